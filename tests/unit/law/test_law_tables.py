"""Loading is all or nothing: every fault of every file is named with its line, then it fails."""

import re
from datetime import date
from itertools import takewhile
from pathlib import Path
from textwrap import dedent

import pytest

import law
import law.divisions
from law.load import law_of
from law.tables import read_tables

PACKAGED = Path(law.__file__).parent / "tables"

GOOD_ROW = """\
rows:
  - id: local.accept
    title_zh: 某区受理期限
    title_en: A district's acceptance limit
    instrument: 人民调解法
    article: 第17条
    valid_from: 2020-01-01
    region: "330803"
    basis: regional
    mark: L
    start_act_zh: 收到
    start_act_en: receipt
    unit: day
    budget: 3
    rolls: false
    examples:
      - {start: 2026-03-02, due: 2026-03-05, why: 三日}
      - {start: 2026-03-03, due: 2026-03-06, why: 三日}
      - {start: 2026-03-04, due: 2026-03-07, why: 三日}
"""


def local_clocks(folder: Path, text: str) -> Path:
    (folder / "clocks").mkdir()
    (folder / "clocks" / "local.yaml").write_text(dedent(text), encoding="utf-8")
    return folder


def faults_of(folder: Path) -> list[law.TableFault]:
    with pytest.raises(law.LawTableError) as refused:
        law_of(read_tables([PACKAGED, folder]))
    return list(refused.value.faults)


@pytest.mark.parametrize(
    ("good", "bad", "line", "says"),
    [
        ("    article: 第17条\n", "", 2, "article: 缺少这一项"),
        ("    start_act_zh: 收到\n", "", 2, "start_act_zh: 缺少这一项"),
        ("unit: day", "unit: fortnight", 13, "unit: 不在允许的取值之内"),
        ("mark: L", "mark: Z", 10, "mark: 不在允许的取值之内"),
        ("budget: 3", "budget: 0", 14, "budget"),
        ("budget: 3", "budget: 3\n    buget: 4", 15, "buget: 没有这一项"),
        ("title_zh: 某区受理期限", "title_zh: ' '", 3, "title_zh: 不能为空"),
        ('region: "330803"', 'region: "33080"', 8, "区划代码"),
        ('region: "330803"', "region: CN", 2, "basis"),
        ("rolls: false", "rolls: true", 2, "rolls_by"),
        ("rolls: false", "rolls: false\n    warn_after: [3]", 2, "warn_after"),
        ("valid_from: 2020-01-01", "valid_from: 2020-01-01\n    valid_to: 2019-01-01", 2, "早于"),
        ("mark: L", "mark: L\n    signed_by: 某律师", 2, "签名"),
        ("start: 2026-03-03, ", "", 18, "examples.1.start: 缺少这一项"),
        ("      - {start: 2026-03-04, due: 2026-03-07, why: 三日}\n", "", 16, "examples"),
        ("instrument: 人民调解法", "instrument: 没有的法", 2, "没有的法"),
        ("valid_from: 2020-01-01", "valid_from: 2010-12-31", 2, "施行日"),
        ("mark: L", "mark: V", 2, "把握 V 须附原文"),
        (
            "article: 第17条",
            "article: 第17条\n    also: [{instrument: 民事诉讼法（2023修正）, article: 第205条}]",
            2,
            "施行日 2024-01-01，请分成两个版本",
        ),
        (
            "rolls: false",
            "rolls: true\n    rolls_by: 民事诉讼法第85条\n    rolls_mark: I",
            2,
            "rolls_by 的规范没有写在 instrument 或 also 里",
        ),
        ("mark: L", "mark: L\n    mark: V", 11, "mark 写了两次"),
        ("unit: day", "unit: [day", 14, "YAML"),
        ("due: 2026-03-06", "due: 2026-02-30", 18, "2026-02-30 不是一个日期"),
        ("title_en: A", "title_en: \x07A", 1, "YAML"),
    ],
)
def test_a_fault_in_a_row_is_named_with_its_file_and_line(
    tmp_path: Path, good: str, bad: str, line: int, says: str
) -> None:
    assert good in GOOD_ROW
    folder = local_clocks(tmp_path, GOOD_ROW.replace(good, bad))

    faults = faults_of(folder)

    found = [fault for fault in faults if says in fault.message]
    assert [(fault.file, fault.line) for fault in found] == [("clocks/local.yaml", line)], faults


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    folder = local_clocks(
        tmp_path, GOOD_ROW.replace("unit: day", "unit: week").replace("mark: L", "mark: Z")
    )
    (folder / "gates").mkdir()
    (folder / "gates" / "empty.yaml").write_text("- not a mapping\n", encoding="utf-8")
    (folder / "calendars").mkdir()
    (folder / "calendars" / "2026.yaml").write_bytes(
        (PACKAGED / "calendars/2026.yaml").read_bytes()
    )

    faults = faults_of(folder)

    files = {fault.file.split("/")[0] for fault in faults}
    assert files == {"clocks", "gates", "calendars"}
    assert len([fault for fault in faults if fault.file == "clocks/local.yaml"]) == 2


def test_two_versions_that_overlap_are_refused(tmp_path: Path) -> None:
    second = GOOD_ROW.removeprefix("rows:\n").replace("2020-01-01", "2024-01-01")
    folder = local_clocks(tmp_path, GOOD_ROW + second)

    (fault,) = faults_of(folder)

    assert "重叠" in fault.message
    assert (fault.file, fault.line) == ("clocks/local.yaml", 20)


def test_a_version_that_begins_after_the_earlier_one_ended_is_accepted(tmp_path: Path) -> None:
    first = GOOD_ROW.replace(
        "valid_from: 2020-01-01", "valid_from: 2020-01-01\n    valid_to: 2023-12-31"
    )
    second = GOOD_ROW.removeprefix("rows:\n").replace("2020-01-01", "2024-01-01")
    book = law_of(read_tables([PACKAGED, local_clocks(tmp_path, first + second)]))

    rule = book.clock("local.accept", region="330803", started_on=date(2024, 1, 1))

    assert rule is not None
    assert rule.version == "local.accept@2024-01-01.330803"


def test_a_missing_folder_is_refused_and_an_oversized_file_too(tmp_path: Path) -> None:
    local_clocks(tmp_path, "#" * 1_000_001)

    assert "没有这个文件夹" in faults_of(tmp_path / "nowhere")[0].message
    assert "不能读" in faults_of(tmp_path / "clocks" / "local.yaml")[0].message
    assert "不能读" in faults_of(tmp_path / ("a" * 5_000))[0].message
    assert "大于" in faults_of(tmp_path)[0].message


def test_what_would_be_left_unread_is_a_fault(tmp_path: Path) -> None:
    """An operator who names the wrong folder is not told that all is well."""
    nothing, astray = tmp_path / "nothing", tmp_path / "astray"
    nothing.mkdir()
    (astray / "clock").mkdir(parents=True)
    (astray / "gates").mkdir()
    (astray / "gates" / "330803.yml").write_text("rows: []", encoding="utf-8")

    assert "里面没有规则表" in faults_of(nothing)[0].message
    assert {fault.file.rpartition("/")[2] for fault in faults_of(astray)} == {
        "clock",
        "330803.yml",
    }


def test_tables_without_a_calendar_are_refused(tmp_path: Path) -> None:
    with pytest.raises(law.LawTableError, match="没有工作日历"):
        law_of(read_tables([tmp_path]))


def test_a_local_row_is_in_force_beside_the_packaged_ones(tmp_path: Path) -> None:
    folder = local_clocks(tmp_path, GOOD_ROW)

    book = law.load(folder)

    rule = book.clock("local.accept", region="330803104", started_on=date(2026, 3, 2))
    assert rule is not None
    assert rule.due(date(2026, 3, 2)).on == date(2026, 3, 5)
    assert law.load(folder) is book
    with pytest.raises(law.UnknownRule):
        law.load().clock("local.accept", region="330803", started_on=date(2026, 3, 2))


def test_next_years_calendar_is_added_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "2027.yaml").write_text(
        dedent("""\
            year: 2027
            notice: 一个虚构的通知
            notice_number: 虚构〔2026〕1号
            issued_on: 2026-11-01
            mark: M
            source: test
            days_off: 7
            make_up_days: 0
            holidays:
              - {name_zh: 元旦, name_en: feast, from: 2027-01-01, to: 2027-01-01, days: 1}
              - {name_zh: 春节, name_en: feast, from: 2027-02-08, to: 2027-02-08, days: 1}
              - {name_zh: 清明节, name_en: feast, from: 2027-04-05, to: 2027-04-05, days: 1}
              - {name_zh: 劳动节, name_en: feast, from: 2027-05-01, to: 2027-05-01, days: 1}
              - {name_zh: 端午节, name_en: feast, from: 2027-06-09, to: 2027-06-09, days: 1}
              - {name_zh: 中秋节, name_en: feast, from: 2027-09-15, to: 2027-09-15, days: 1}
              - {name_zh: 国庆节, name_en: feast, from: 2027-10-01, to: 2027-10-01, days: 1}
            """),
        encoding="utf-8",
    )
    book = law.load(tmp_path)
    rule = book.clock("police.case", region="330803", started_on=date(2026, 12, 10))
    assert rule is not None

    due = rule.due(date(2026, 12, 10))

    assert (due.on, due.rolled) == (date(2027, 1, 11), True)


def test_a_signature_covers_the_value_and_is_lost_when_it_changes(tmp_path: Path) -> None:
    unsigned = law_of(read_tables([PACKAGED, local_clocks(tmp_path, GOOD_ROW)]))
    row = next(rule.row for rule in unsigned.clocks if rule.id == "local.accept")
    signature = (
        f"mark: L\n    signed_by: 试一某\n    signed_on: 2026-01-05\n"
        f"    signed_sha256: {row.content_sha256}"
    )
    signed_text = GOOD_ROW.replace("mark: L", signature)
    changed_text = signed_text.replace("budget: 3", "budget: 4")
    file = tmp_path / "clocks" / "local.yaml"

    version = "local.accept@2020-01-01.330803"
    file.write_text(signed_text, encoding="utf-8")
    signed = law_of(read_tables([PACKAGED, tmp_path])).clock_version(version)
    file.write_text(changed_text, encoding="utf-8")
    changed = law_of(read_tables([PACKAGED, tmp_path])).clock_version(version)

    assert (signed.signed, signed.signed_zh) == (True, "试一某 于 2026-01-05 审签")
    assert (changed.signed, changed.signed_zh) == (False, "未经审签")


def heads(*folders: str) -> dict[str, str]:
    """The comment at the head of every table of those folders, by file."""
    found = {}
    for folder in folders:
        for path in sorted((PACKAGED / folder).glob("*.yaml")):
            lines = path.read_text("utf-8").splitlines()
            comment = takewhile(lambda line: line.startswith("#"), lines)
            found[f"{folder}/{path.name}"] = "\n".join(comment)
    return found


def test_every_table_says_at_its_head_what_it_is_and_who_keeps_it_in_both_languages() -> None:
    every = heads(*(folder.name for folder in PACKAGED.iterdir() if folder.is_dir()))

    kept = re.compile(r"由[^。\n]*(?:维护|审签|添加|填写)")
    silent = [
        name
        for name, head in every.items()
        if not (kept.search(head) and re.search(r"[Kk]ept by", head))
    ]
    assert len(every) > 50
    assert silent == []


def test_a_reader_who_opens_one_table_is_told_how_to_read_it() -> None:
    """Each kind of rule: source, from when, where, how sure; and what is its own."""
    every_rule = ("instrument、article、quote", "valid_from、valid_to", "region", "mark")
    own = {"clocks": ("budget", "rolls", "extension"), "gates": ("message_zh",), "levels": ()}

    for folder, words in own.items():
        for name, head in heads(folder).items():
            assert "读法" in head, name
            assert [word for word in (*every_rule, *words) if word not in head] == [], name


def test_a_place_is_named_beside_its_code() -> None:
    """A number alone does not say where a rule holds."""
    divisions = law.divisions.load()
    written = [
        (path.name, *found.groups())
        for path in sorted(PACKAGED.rglob("*.yaml"))
        for found in re.finditer(r'region: "(\d+)"(?:  # (.+))?', path.read_text("utf-8"))
    ]

    assert len(written) > 20
    assert [
        (file, code)
        for file, code, name in written
        if name is None or not name.startswith(divisions.full_name(code))
    ] == []
