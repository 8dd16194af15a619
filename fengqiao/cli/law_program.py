"""`fengqiao law`: what the law says, asked from the shell. It needs no exchange that runs.

One JSON object on stdout with `--json`, else a page for a clerk. Exit codes: 1 a number that was
checked and is invalid; 2 usage; 3 a question that makes no sense (a date, region, ground or table
that is none, the due date of a rule that is no clock); 4 a rule that is in no table. Built on
argparse, and each command's module is imported when it is asked for: an answer takes less time than
the main program's imports.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from law.regions import NATION


def _well_used(_: Mapping[str, Any]) -> None:
    """Nothing beyond what argparse asks for."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its help, the module and function that answer, what it takes.

    `misuse` says what is wrong with options that are well only together.
    """

    help: str
    module: str
    function: str
    takes: Sequence[Callable[[ArgumentParser], object]]
    misuse: Callable[[Mapping[str, Any]], str | None] = _well_used


def run(arguments: Sequence[str], prog: str) -> None:
    """Answer one question. Raises SystemExit with the exit code where it cannot be answered."""
    asked = vars(_parser(prog).parse_args(arguments))
    command, usage_error = COMMANDS[asked.pop("command")], asked.pop("usage_error")
    if misuse := command.misuse(asked):
        usage_error(misuse)
    getattr(import_module(command.module), command.function)(**asked)


def _parser(prog: str) -> ArgumentParser:
    parser = ArgumentParser(prog=prog, description="法律：期限、条件、日历、号码 / the law as data")
    named = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        one = named.add_parser(name, help=command.help, description=command.help)
        one.set_defaults(usage_error=one.error)
        for take in (*command.takes, _json):
            take(one)
    return parser


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", dest="as_json", action="store_true", help="一个 JSON 对象")


def _tables(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--tables", metavar="FOLDER", type=Path, action="append", default=[],
        help="本地规则表的文件夹，可多次 / a folder of local tables",
    )  # fmt: skip


def _rule(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE", help="规则编号，如 police.case")


def _region(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--region", metavar="CODE", default=NATION, help="区划代码，如 330803；不写为全国"
    )


def _clock(parser: ArgumentParser) -> None:
    """What happened to a clock."""
    add = parser.add_argument
    add("--from", dest="start", metavar="DATE_OR_TIME", required=True, help="起算的行为之日")
    add(
        "--paused", metavar="A..B", action="append", default=[],
        help="扣除期间，可写事由：'2026-03-10..2026-03-16 鉴定'",
    )  # fmt: skip
    add("--extended", action="count", default=0, help="依法延长一次；再写一次为两次")
    add("--by", dest="extended_by", metavar="N", type=int, help="每次延长多少，与 --extended 同用")
    add("--restarted", metavar="DATE", action="append", default=[],
        help="重新计算之日，可写事由")  # fmt: skip
    add("--in-custody", action="store_true", help="在押，最后一日不顺延")
    add("--variant", help="如 specialist（行业性、专业性）")
    add("--version", metavar="V", help="已适用的版本，如 police.case@2013-01-01")


def _by_alone(asked: Mapping[str, Any]) -> str | None:
    alone = asked["extended_by"] is not None and not asked["extended"]
    return "--by 要与 --extended 同用 / --by goes with --extended" if alone else None


def _narrowed(parser: ArgumentParser) -> None:
    parser.add_argument("--instrument", metavar="TEXT", help="规范名称的一部分，如 信访")
    parser.add_argument("--link", help="编号的开头，如 police、court、petition")
    parser.add_argument(
        "--region",
        metavar="CODE",
        help="在该地适用的（连同上级的、全国的），如 330803；不写为各地的全部",
    )


def _two_days(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--at", metavar="DATE", action="append", default=[], required=True, help="写两次：两个日期"
    )


def _not_two_days(asked: Mapping[str, Any]) -> str | None:
    two = len(asked["at"]) == 2
    return None if two else "请写两个日期：--at 2025-12-31 --at 2026-01-01 / two dates"


def _text(parser: ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT")


def _lists(parser: ArgumentParser) -> None:
    parser.add_argument("--from", dest="source", metavar="LIST", required=True, help="如 警情")
    parser.add_argument("--to", dest="target", metavar="LIST", required=True, help="如 人民调解")


def _year(parser: ArgumentParser) -> None:
    parser.add_argument("year", metavar="YEAR", type=int, help="年份，如 2026")


def _file(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.xlsx", type=Path)


def _planned(parser: ArgumentParser) -> None:
    """Must be said: nothing but a plan is made."""
    parser.add_argument("--plan", action="store_true", required=True, help="只列出差别，不改任何表")


COMMANDS: Mapping[str, Command] = {
    "due": Command(
        "期限何时届满，逐步列出 / when a limit ends",
        "fengqiao.cli.law_due", "due", (_rule, _clock, _region, _tables), _by_alone,
    ),
    "show": Command(
        "一条规则的全部版本 / every version of a rule",
        "fengqiao.cli.law_rules", "show", (_rule, _tables),
    ),
    "list": Command(
        "规则目录 / the rules", "fengqiao.cli.law_rules", "list_rules", (_narrowed, _tables)
    ),
    "check": Command(
        "检查规则表，重算每个例子 / validate the tables",
        "fengqiao.cli.law_rules", "check", (_tables,),
    ),
    "diff": Command(
        "两个日期之间哪些规则变了 / what changed between two dates",
        "fengqiao.cli.law_rules", "diff", (_two_days, _region, _tables), _not_two_days,
    ),
    "number": Command(
        "号码的种类、各部分、哪里不对 / what a number is",
        "fengqiao.cli.law_lookups", "number", (_text, _region, _tables),
    ),
    "map": Command(
        "类别对照 / a category of one list in another",
        "fengqiao.cli.law_lookups", "map_text", (_text, _lists, _tables),
    ),
    "calendar": Command(
        "一年的放假和调休 / a year's working days",
        "fengqiao.cli.law_lookups", "calendar", (_year, _tables),
    ),
    "export": Command(
        "全部规则写成一个工作簿 / one workbook for a lawyer",
        "fengqiao.cli.law_workbook", "export", (_file, _tables),
    ),
    "import": Command(
        "交回的工作簿与规则表的差别 / what a returned workbook would change",
        "fengqiao.cli.law_workbook", "plan_import", (_file, _planned, _tables),
    ),
}  # fmt: skip
