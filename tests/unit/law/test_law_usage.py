"""What `fengqiao law` says of a command that is written wrongly: Chinese first, with an example."""

import json
import re
import shlex
from pathlib import Path

import pytest

from fengqiao.cli.law import program as law_program

DUE = ("due", "police.case", "--from", "2026-03-02")


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str]:
    """The exit code and the words on stderr."""
    with pytest.raises(SystemExit) as left:
        law_program.run(words, "fengqiao law")
    return left.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "请写一个命令"),
        (["dew"], "没有命令 dew，是不是 due"),
        (["due"], "缺少 RULE, --from"),
        (["due", "police.case", "--frm", "2026-03-02"], "不认识的选项 --frm，是不是 --from"),
        (["due", "police.case", "——from", "2026-03-02"], "不认识的选项 ——from，是不是 --from"),
        (["due", "police.case", "--from"], "--from 后面要写一个值"),
        ([*DUE, "--extended", "--by", "x"], "--by 应为整数"),
        ([*DUE, "--json=1"], "--json 后面不写值"),
        ([*DUE, "--paused", "2026-03-10..2026-03-16", "鉴定"], "值里有空格的，请加引号"),
        ([*DUE, "--regon", "330803"], "是不是 --region"),
        ([*DUE, "--reg", "330803"], "不认识的选项 --reg"),
        (["calendar", "abc"], "YEAR 应为整数"),
        (["import", "a.xlsx"], "缺少 --plan"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_wrong_usage_is_told_in_chinese_first(
    capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    code, said = refused(capsys, *words)

    first = said.splitlines()[0]
    assert code == 2
    assert first.startswith("✗ ")
    assert told in first
    assert "用法：fengqiao law" in said
    assert "usage:" not in said


def test_whoever_misuses_a_command_sees_an_example_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "例：fengqiao law due police.case --from 2026-03-02" in refused(capsys, "due")[1]


@pytest.mark.parametrize("name", law_program.COMMANDS)
def test_the_help_of_every_command_has_an_example(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit) as left:
        law_program.run([name, "--help"], "fengqiao law")

    page = capsys.readouterr().out
    assert left.value.code == 0
    assert re.search(rf"^例：\n  fengqiao law {name} ", page, re.MULTILINE)
    assert not re.search("usage|options:|positional|show this help", page)


EXAMPLES = [name for name in law_program.COMMANDS if name not in ("check", "export", "import")]
"""Those of the others name a file or folder of the user's own."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_answers(capsys: pytest.CaptureFixture[str], name: str) -> None:
    law_program.run([name, *shlex.split(law_program.COMMANDS[name].example)], "fengqiao law")

    assert capsys.readouterr().out


def test_everything_that_is_wrong_is_said_at_once_an_unknown_rule_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = (
        "due", "polic.case", "--from", "3/2/2026", "--region", "衢江区", "--paused", "三天",
        "--json",
    )  # fmt: skip
    with pytest.raises(SystemExit) as left:
        law_program.run(words, "fengqiao law")

    answer = json.loads(capsys.readouterr().out)
    assert left.value.code == 4
    assert set(answer["errors"]) == {"rule", "from", "region", "paused 三天"}
    assert answer["nearest"][0] == "police.case"


def test_a_place_that_is_named_is_answered_with_its_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, told in (("衢江区", "浙江省衢州市衢江区 330803"), ("浙江", "浙江省 33")):
        code, said = refused(capsys, *DUE, "--region", name)

        assert code == 3
        assert told in said
    assert "不是区划代码，请写代码，如 330803" in refused(capsys, *DUE, "--region", "无此地")[1]


def test_full_width_digits_of_a_place_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    law_program.run([*DUE, "--region", "３３０８０３"], "fengqiao law")

    assert "届满：2026-04-01" in capsys.readouterr().out


def test_a_family_or_instrument_that_is_none_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = refused(capsys, "list", "--link", "nosuch", "--instrument", "信访工做条例")

    assert code == 3
    assert "没有以“nosuch”开头的规则；有：" in said
    assert "petition" in said
    assert "相近的有：信访工作条例" in said


def test_a_year_without_a_calendar_is_answered_with_the_years_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = refused(capsys, "calendar", "2199")

    assert code == 3
    assert "有 2004 至 " in said


def test_a_folder_without_tables_is_no_clean_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, said = refused(capsys, "check", "--tables", str(tmp_path))

    assert code == 3
    assert "里面没有规则表" in said
