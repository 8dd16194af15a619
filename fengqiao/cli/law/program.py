"""Every command of `fengqiao law`: its help and example, what it takes, where it is answered.

One JSON object on stdout with `--json`, else a page for a clerk. Exit codes: 1 a number that was
checked and is invalid; 2 usage; 3 a question that makes no sense (a date, region, ground or table
that is none, the due date of a rule that is no clock); 4 a rule that is in no table. Built on
argparse, and each command's module is imported when it is asked for: an answer takes less time than
the main program's imports.
"""

import difflib
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from fengqiao.cli.law.usage import USAGE, Usage
from law.regions import NATION


def _well_used(_: Mapping[str, Any]) -> None:
    """Nothing beyond what argparse asks for."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its help, an example, the module and function that answer, what it takes.

    `misuse` says what is wrong with options that are well only together.
    """

    help: str
    example: str
    module: str
    function: str
    takes: Sequence[Callable[[ArgumentParser], object]]
    misuse: Callable[[Mapping[str, Any]], str | None] = _well_used


def run(arguments: Sequence[str], prog: str) -> None:
    """Answer one question. Raises SystemExit with the exit code where it cannot be answered."""
    name, words = (arguments[0] if arguments else ""), arguments[1:]
    if name in ("-h", "--help"):
        sys.stdout.write(_overview(prog))
        return
    command = COMMANDS.get(name)
    if command is None:
        sys.stderr.write(f"✗ {_no_command(name)}\n{_overview(prog)}")
        raise SystemExit(USAGE)
    usage = Usage(f"{prog} {name}", command.help, f"fengqiao law {name} {command.example}".strip())
    for take in (*command.takes, _json):
        take(usage)
    usage.require_known_options(words)
    asked = vars(usage.parse_args(words))
    if misuse := command.misuse(asked):
        usage.error(misuse)
    getattr(import_module(command.module), command.function)(**asked)


def _no_command(name: str) -> str:
    if not name:
        return "请写一个命令 / which command?"
    near = difflib.get_close_matches(name, COMMANDS, 1)
    told = f"，是不是 {near[0]}" if near else ""
    return f"没有命令 {name}{told} / no such command"


def _overview(prog: str) -> str:
    def lines() -> Iterator[str]:
        yield f"用法：{prog} 命令 …"
        yield ""
        yield "法律：期限、条件、日历、号码 / the law as data"
        yield ""
        yield from (f"  {name:<9} {command.help}" for name, command in COMMANDS.items())
        yield ""
        yield f"一个命令的各项和例子：{prog} due --help"

    return "\n".join(lines()) + "\n"


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


def _on(parser: ArgumentParser) -> None:
    parser.add_argument("--on", metavar="DATE", help="看哪一天的现行版本；不写为今天")


def _clock(parser: ArgumentParser) -> None:
    """What happened to a clock."""
    add = parser.add_argument
    add(
        "--from", dest="start", metavar="DATE_OR_TIME", required=True,
        help="起算的行为之日，如 2026-03-02、2026年3月2日；按小时算的写到时刻，如 2026-03-02T15:30",
    )  # fmt: skip
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
        "police.case --from 2026-03-02 --paused '2026-03-10..2026-03-16 鉴定' --extended",
        "fengqiao.cli.law.due", "due", (_rule, _clock, _region, _tables), _by_alone,
    ),
    "show": Command(
        "一条规则的全部版本 / every version of a rule",
        "police.case",
        "fengqiao.cli.law.show", "show", (_rule, _on, _tables),
    ),
    "list": Command(
        "规则目录 / the rules",
        "--link petition",
        "fengqiao.cli.law.rules", "list_rules", (_narrowed, _tables),
    ),
    "check": Command(
        "检查规则表，重算每个例子 / validate the tables",
        "--tables 文件夹",
        "fengqiao.cli.law.rules", "check", (_tables,),
    ),
    "diff": Command(
        "两个日期之间哪些规则变了 / what changed between two dates",
        "--at 2025-12-31 --at 2026-01-01",
        "fengqiao.cli.law.rules", "diff", (_two_days, _region, _tables), _not_two_days,
    ),
    "number": Command(
        "号码的种类、各部分、哪里不对 / what a number is",
        "'（2026）浙0803民初12号'",
        "fengqiao.cli.law.lookups", "number", (_text, _region, _tables),
    ),
    "map": Command(
        "类别对照 / a category of one list in another",
        "邻里纠纷 --from 警情 --to 人民调解",
        "fengqiao.cli.law.lookups", "map_text", (_text, _lists, _tables),
    ),
    "calendar": Command(
        "一年的放假和调休 / a year's working days",
        "2026",
        "fengqiao.cli.law.lookups", "calendar", (_year, _tables),
    ),
    "export": Command(
        "全部规则写成一个工作簿 / one workbook for a lawyer",
        "规则.xlsx",
        "fengqiao.cli.law.workbook", "export", (_file, _tables),
    ),
    "import": Command(
        "交回的工作簿与规则表的差别 / what a returned workbook would change",
        "--plan 规则.xlsx",
        "fengqiao.cli.law.workbook", "plan_import", (_file, _planned, _tables),
    ),
}  # fmt: skip
