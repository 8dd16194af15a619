"""What is typed wrong is told in Chinese first, with the next step; the help is in Chinese too."""

import re
from collections.abc import Iterator

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner

from fengqiao.cli.program import COMMANDS, PANELS, program

USAGE = 2
CHINESE_FIRST = re.compile(r"[^a-z]*[\u4e00-\u9fff]")
OWN_OPTIONS = {"help", "install_completion", "show_completion"}
"""The library's, in its words."""

TYPED = [
    ("bogus", "没有命令 bogus /", "fengqiao --help"),
    ("paked", "没有命令 paked，是不是 'parked' /", "fengqiao --help"),
    ("parked shw", "没有命令 shw，是不是 'show' /", "fengqiao parked --help"),
    ("--nope", "没有选项 --nope /", "fengqiao --help"),
    ("alarms --servic x", "没有选项 --servic，是不是 --service /", "fengqiao alarms --help"),
    ("up --home", "选项 --home 后面要写值 /", "fengqiao --help"),
    ("up --bare=1", "选项 --bare 后面不写值 /", "fengqiao --help"),
    ("explain", "缺少参数 code（案码） /", "fengqiao explain --help"),
    ("handoffs resend x", "缺少选项 --service（服务） /", "fengqiao handoffs resend --help"),
    ("explain a b", "多写了 b /", "fengqiao explain --help"),
    ("demo --cases nowhere", "的值不对：不存在 /", "fengqiao demo --help"),
    ("verify .", "的值不对：文件与目录弄反了 /", "fengqiao verify --help"),
    ("topics --replication x", "的值不对：须为整数 /", "fengqiao topics --help"),
    ("topics --replication 0", "的值不对：不得小于 1 /", "fengqiao topics --help"),
]


@pytest.mark.parametrize(("typed", "zh", "next_step"), TYPED, ids=[typed for typed, *_ in TYPED])
def test_what_is_typed_wrong_is_told_in_chinese_first(typed: str, zh: str, next_step: str) -> None:
    ended = CliRunner().invoke(program(), typed, prog_name="fengqiao")

    assert ended.exit_code == USAGE
    assert ended.stdout == ""
    first, *_, last = ended.stderr.splitlines()
    assert first.startswith("✗ ")
    assert zh in first
    assert last == f"  → 请看 / see: {next_step}"


def test_the_help_has_every_command_under_its_heading_as_one_meets_them() -> None:
    shown = CliRunner().invoke(program(), ["--help"], env={"COLUMNS": "200"}).stdout

    wanted = [name for heading, commands in PANELS.items() for name in (heading, *commands)]
    words = "|".join(re.escape(name) for name in wanted)
    assert re.findall(rf"^[╭│]─? ({words}) ", shown, re.MULTILINE) == wanted


def commands(group: TyperGroup, path: str = "fengqiao") -> Iterator[tuple[str, TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{path} {name}")
        elif isinstance(command, TyperCommand):
            yield f"{path} {name}", command


def test_every_line_of_help_is_in_chinese_with_english_after_it() -> None:
    root = typer.main.get_command(program())
    assert isinstance(root, TyperGroup)
    lines = {path: command.help for path, command in commands(root)}
    lines |= {
        f"{path} {param.name}": getattr(param, "help", None)
        for path, command in commands(root)
        for param in command.params
        if param.name not in OWN_OPTIONS
    }

    assert len(lines) > 50
    assert [
        path
        for path, said in lines.items()
        if not CHINESE_FIRST.match(said or "") or "/ " not in said
    ] == []


@pytest.mark.parametrize("word", COMMANDS)
def test_a_command_loaded_alone_is_called_as_among_all_the_others(word: str) -> None:
    alone, among_all = (typer.main.get_command(program(name)) for name in (word, None))

    assert isinstance(alone, TyperGroup)
    assert isinstance(among_all, TyperGroup)
    assert list(alone.commands) == [word]
    shown = [
        CliRunner().invoke(program(name), [word, "--help"], prog_name="fengqiao").stdout
        for name in (word, None)
    ]
    assert shown[0] == shown[1]
