"""The lawyer's workbook: what it shows, how it comes back, which signatures stand."""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import law
from fengqiao.cli.law import program as law_program
from fengqiao.cli.law.content import ALSO, EXPIRY, FIELDS_ZH, ROLL, WARNING
from fengqiao.cli.law.sheets import BadWorkbook, read_workbook, write_workbook
from fengqiao.cli.law.workbook import (
    COLUMNS,
    COVERED,
    NOTE,
    SIGNED_BY,
    SIGNED_ON,
    SINCE,
)

Ask = Callable[..., Any]
CASE = "police.case@2026-01-01"


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Asks with --json and gives the one object of stdout."""

    def ask(*words: str) -> Any:
        law_program.run([*words, "--json"], "fengqiao law")
        return json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def exported(asked: Ask, tmp_path: Path) -> Path:
    """The workbook as a lawyer receives it."""
    file = tmp_path / "law.xlsx"
    asked("export", str(file))
    return file


def signed(file: Path, row: dict[str, str], *, by: str = "试一某", on: str = "2026-01-05") -> Path:
    """The workbook as a lawyer hands it back: one row signed, or corrected and signed."""
    sheets = read_workbook(file)
    for rows in sheets.values():
        for place, cells in enumerate(rows[1:], 1):
            if cells[0] == row["version"]:
                whole = [*cells, *[""] * (len(COLUMNS) - len(cells))]
                told = {**dict(zip(COLUMNS, whole, strict=True)), **row}
                told |= {SIGNED_BY: by, SIGNED_ON: on}
                rows[place] = [told[column] for column in COLUMNS]
    back = file.with_name("back.xlsx")
    write_workbook(back, sheets)
    return back


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.xlsx").write_text("no workbook")
    with zipfile.ZipFile(tmp_path / "empty.xlsx", "w") as empty:
        empty.writestr("readme.txt", "nothing")

    for name in ("no.xlsx", "empty.xlsx"):
        with pytest.raises(BadWorkbook):
            read_workbook(tmp_path / name)


def test_what_a_lawyer_did_not_touch_changes_nothing(asked: Ask, tmp_path: Path) -> None:
    file = tmp_path / "law.xlsx"
    exported = asked("export", str(file))

    plan = asked("import", "--plan", str(file))

    assert exported["rules"] > 150
    assert plan == {
        "changes": [],
        "signatures": [],
        "signatures_lost": [],
        "not_in_tables": [],
        "not_in_workbook": [],
    }


def test_a_signature_stands_only_for_an_unchanged_row(asked: Ask, tmp_path: Path) -> None:
    file = tmp_path / "law.xlsx"
    asked("export", str(file))
    version = "police.case@2026-01-01"

    kept = asked("import", "--plan", str(signed(file, {"version": version})))
    edited = asked("import", "--plan", str(signed(file, {"version": version, "条文": "第119条"})))
    undated = asked("import", "--plan", str(signed(file, {"version": version}, on="someday")))
    stale = asked(
        "import", "--plan", str(signed(file, {"version": version, COLUMNS[-1]: "0" * 64}))
    )

    assert [one["version"] for one in kept["signatures"]] == [version]
    assert kept["signatures"][0]["signed_by"] == "试一某"
    assert edited["changes"] == [
        {
            "version": version,
            "column": "条文",
            "table": "第118条",
            "workbook": "第119条",
            "drops_signature": True,
        }
    ]
    for plan in (edited, undated, stale):
        assert plan["signatures"] == []
        assert [one["version"] for one in plan["signatures_lost"]] == [version]


def test_texts_that_an_office_program_shares_are_read(tmp_path: Path) -> None:
    file = tmp_path / "shared.xlsx"
    write_workbook(file, {"期限": [["甲 <乙> & 丙", "", "丁"]]})
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(file) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        f'<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1" t="s"><v>1</v></c>'
        f'<c r="C1" t="s"><v>0</v></c></row></sheetData></worksheet>'
    ).encode()
    parts["xl/sharedStrings.xml"] = (
        f'<sst xmlns="{main}"><si><t>丁</t></si><si><r><t>甲</t></r><r><t>乙</t></r></si></sst>'
    ).encode()
    with zipfile.ZipFile(tmp_path / "saved.xlsx", "w") as saved:
        for name, content in parts.items():
            saved.writestr(name, content)

    assert read_workbook(file) == {"期限": [["甲 <乙> & 丙", "", "丁"]]}
    assert read_workbook(tmp_path / "saved.xlsx") == {"期限": [["甲乙", "", "丁"]]}


def test_what_is_wrong_with_the_file_is_said_plainly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file, says in ((tmp_path / "no.xlsx", "没有文件"), (tmp_path, "不能读")):
        with pytest.raises(SystemExit) as left:
            law_program.run(["import", "--plan", str(file)], "fengqiao law")

        said = capsys.readouterr().err
        assert left.value.code == 3
        assert said.startswith(f"✗ {says}")
        assert "Errno" not in said


def test_a_row_that_came_back_twice_is_refused(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets = read_workbook(exported)
    sheets["期限"].append(sheets["期限"][1])
    write_workbook(exported, sheets)

    with pytest.raises(SystemExit) as left:
        law_program.run(["import", "--plan", str(exported)], "fengqiao law")

    assert left.value.code == 3
    assert "有两行" in capsys.readouterr().err


def leaves(value: Any) -> Iterator[str]:
    """Every text and number inside a row's covered content."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    elif not isinstance(value, bool):
        yield str(value)


def test_the_lawyer_sees_all_that_a_signature_covers(exported: Path) -> None:
    shown = {
        cells[0]: dict(zip(COLUMNS, cells, strict=False))
        for rows in read_workbook(exported).values()
        for cells in rows[1:]
    }
    named = {"hour": "小时", "day": "日", "working_day": "个工作日", "month": "个月"}
    named |= {"statute": "全国规定", "regional": "地方规定", "agreed": "约定"}

    for rule in law.load().rules:
        covered = shown[rule.version][COVERED]
        assert len(covered.splitlines()) == len(rule.row.content)
        for leaf in leaves(rule.row.content):
            assert named.get(leaf, leaf) in covered, (rule.version, leaf)
        assert all(FIELDS_ZH[name] in covered for name in rule.row.content)


def test_sources_roll_warnings_and_what_follows_have_columns_of_their_own(exported: Path) -> None:
    rows = {cells[0]: cells for cells in read_workbook(exported)["期限"]}
    case = dict(zip(COLUMNS, rows[CASE], strict=False))
    apply = dict(zip(COLUMNS, rows["confirmation.apply@2024-01-01"], strict=False))

    assert "第35条：期间的最后一日是节假日的" in case[ALSO]
    assert case[ROLL] == "公安机关办理行政案件程序规定第35条（把握 V）"
    assert case[WARNING] == "第20、27日（把握 I）"
    assert apply[EXPIRY].startswith("不能再申请司法确认")


def test_a_rule_is_shown_with_all_that_a_signature_covers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    law_program.run(["show", "police.case"], "fengqiao law")

    page = capsys.readouterr().out
    for said in ("并见：", "期间的最后一日是节假日的", "顺延的把握：V", "预警：20；27", "原文："):
        assert said in page


@pytest.mark.parametrize(
    "written",
    ["2026-11-24", "2026/11/24", "2026年11月24日", "2026-11-24 00:00:00", "46350", "46350.5"],
)
def test_the_day_of_a_signature_is_read_as_an_office_program_wrote_it(
    asked: Ask, exported: Path, written: str
) -> None:
    plan = asked("import", "--plan", str(signed(exported, {"version": CASE}, on=written)))

    assert [one["signed_on"] for one in plan["signatures"]] == ["2026-11-24"]


@pytest.mark.parametrize("written", ["2026-02-30", "46", "99999", "24.11.2026", ""])
def test_what_is_no_day_signs_nothing(asked: Ask, exported: Path, written: str) -> None:
    plan = asked("import", "--plan", str(signed(exported, {"version": CASE}, on=written)))

    assert plan["signatures"] == []
    assert "不是一个日期" in plan["signatures_lost"][0]["why"]


def test_a_day_that_was_only_written_otherwise_is_no_change(asked: Ask, exported: Path) -> None:
    same = asked("import", "--plan", str(signed(exported, {"version": CASE, SINCE: "46023"})))
    other = asked("import", "--plan", str(signed(exported, {"version": CASE, SINCE: "46024"})))

    assert (same["changes"], len(same["signatures"])) == ([], 1)
    assert (len(other["changes"]), other["signatures"]) == (1, [])


def test_an_edited_note_is_told_and_drops_no_signature(asked: Ask, exported: Path) -> None:
    plan = asked("import", "--plan", str(signed(exported, {"version": CASE, NOTE: "另见批复"})))

    (change,) = plan["changes"]
    assert (change["column"], change["workbook"]) == (NOTE, "另见批复")
    assert change["drops_signature"] is False
    assert [one["version"] for one in plan["signatures"]] == [CASE]


def test_the_plan_says_what_becomes_of_the_signature(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for edit, says in (({NOTE: "另见批复"}, "审签不受影响"), ({"条文": "第119条"}, "须重新审签")):
        back = signed(exported, {"version": CASE, **edit})
        law_program.run(["import", "--plan", str(back)], "fengqiao law")

        assert says in capsys.readouterr().out


def test_a_workbook_of_the_1904_date_system_is_refused(exported: Path) -> None:
    with zipfile.ZipFile(exported) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        b"<sheets>", b'<workbookPr date1904="1"/><sheets>'
    )
    with zipfile.ZipFile(exported, "w") as saved:
        for name, content in parts.items():
            saved.writestr(name, content)

    with pytest.raises(BadWorkbook, match="1904"):
        read_workbook(exported)
