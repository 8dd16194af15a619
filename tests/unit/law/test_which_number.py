"""Any text: which kind of number it is, and at which of its parts it goes wrong."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from law import LawTableError, divisions
from law.numbers import TEXT_MAX, division, dossier, number, patterns
from sandbox import people

LOCAL = """
rows:
  - kind: police_call
    region: "3308"
    name_zh: 虚构市接警单号
    pattern: 'K(?P<seq>\\d{{3}})'
    written_zh: K 加三位数字
    example: {example}
    mark: L
"""


@pytest.mark.parametrize(
    ("text", "kind", "problem"),
    [
        ("", None, "认不出"),
        ("hello", None, "认不出"),
        ("一段话，不是号码", None, "认不出"),
        ("（2026）0803民初1号", "court_case", "法院代字"),
        ("2026人调字第1号", "dossier", "年份"),
        ("（2026）人调第1号", "dossier", "字号"),
        ("（2026）人调字1号", "dossier", "序号"),
        ("（2026）人调字第0号", "dossier", "序号"),
        ("（2026）人调字第1号副本", "dossier", "末尾"),
        ("330899", "division", "第 5、6 位"),
        ("000000000000", "division", "12 位数字"),
        ("330803999000", "division", "第 7 至 9 位"),
        ("330803112999", "division", "第 10 至 12 位"),
        ("3308031122131", "division", "12 位数字"),
        ("11010519491231002", "citizen_id", "18 位"),
        ("110105194912310021", "citizen_id", "校验码"),
        ("11010519491231002Z", "citizen_id", "18 位"),
        ("9144030071526726XX", "uscc", "校验码"),
        ("33080320261302000017", "police_call", "日期"),
        ("99080320260302000017", "police_call", "区划"),
    ],
)
def test_what_is_wrong_is_said_of_the_kind_that_was_meant(
    text: str, kind: str | None, problem: str
) -> None:
    reading = number(text)

    assert (reading.kind, reading.valid, reading.canonical) == (kind, False, None)
    assert reading.problem is not None
    assert reading.problem.startswith(problem) or problem in reading.problem


@pytest.mark.parametrize(
    ("text", "kind", "canonical"),
    [
        ("(2026) 浙0803 民特 12 号", "court_case", "（2026）浙0803民特12号"),
        ("〔2026〕衢江人调字第 012 号", "dossier", "（2026）衢江人调字第12号"),
        ("11010519491231002x", "citizen_id", "11010519491231002X"),
        ("91330100799655058b", "uscc", "91330100799655058B"),
        ("３３０８０３", "division", "330803000000"),
        ("330803112213", "division", "330803112213"),
        ("j202603020017", "police_call", "J202603020017"),
        ("XF-2026-0001", "petition", "XF-2026-0001"),
    ],
)
def test_the_kind_is_known_by_the_form(text: str, kind: str, canonical: str) -> None:
    reading = number(text)

    assert (reading.kind, reading.valid, reading.canonical) == (kind, True, canonical)
    assert reading.as_dict()["problem"] is None


def test_an_abolished_division_is_valid_and_names_its_successor() -> None:
    parts = division("330821").parts

    assert parts["status"] == "abolished"
    assert parts["full_name"] == "浙江省衢州市衢县"
    assert parts["successors"] == ("330803000000",)


def test_a_village_of_a_province_without_villages_is_checked_as_far_as_its_township() -> None:
    elsewhere = division("110101001999")
    nowhere = division("110101099999")

    assert (elsewhere.valid, elsewhere.parts["name"]) == (True, None)
    assert (elsewhere.parts["status"], elsewhere.parts["parent"]) == (
        "not_carried",
        "110101001000",
    )
    assert not nowhere.valid


def test_a_county_right_under_its_province_needs_no_city() -> None:
    assert division("659013").parts["full_name"] == "新疆维吾尔自治区草湖市"


def test_the_police_and_petition_numbers_of_a_place_are_that_places() -> None:
    at_home = number("J202603020017", kind="police_call", region="330803")
    elsewhere = number("J202603020017", kind="police_call", region="420102")
    miswritten = number("J2026", kind="police_call", region="330803")

    assert at_home.parts["date"] == "2026-03-02"
    assert (elsewhere.kind, elsewhere.valid) == ("police_call", False)
    assert "没有登记写法" in (elsewhere.problem or "")
    assert "J、8 位日期" in (miswritten.problem or "")


def test_an_operator_adds_a_pattern_and_a_bad_one_names_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "numbers").mkdir()
    file = tmp_path / "numbers" / "local.yaml"

    file.write_text(LOCAL.format(example="K12"), encoding="utf-8")
    with pytest.raises(LawTableError) as refused:
        patterns(tmp_path)
    assert "numbers/local.yaml:3" in str(refused.value)
    assert "example 不符合" in str(refused.value)

    patterns.cache_clear()
    file.write_text(LOCAL.format(example="K123"), encoding="utf-8")
    reading = number("K456", region="330803112", local=patterns(tmp_path))
    assert (reading.kind, reading.parts["seq"]) == ("police_call", "456")


def test_no_message_repeats_the_number_of_a_person() -> None:
    person = people.citizen_id()

    for place in range(len(person)):
        wrong = person[:place] + ("Z" if person[place] != "Z" else "Y") + person[place + 1 :]
        assert wrong not in str(number(wrong).problem)


@given(st.text(max_size=TEXT_MAX + 20))
def test_any_text_is_answered(text: str) -> None:
    reading = number(text)

    assert reading.valid == (reading.problem is None) == (reading.canonical is not None)


@given(st.integers(1990, 2090), st.text("衢江廿里莲花", max_size=6), st.integers(1, 99_999))
def test_a_generated_dossier_number_is_read_back(year: int, place: str, seq: int) -> None:
    canonical = f"（{year}）{place}人调字第{seq}号"

    assert dossier(canonical).canonical == canonical
    assert number(f"({year}) {place}人调字第{seq:06}号").canonical == canonical


@given(st.sampled_from(divisions.load().history("330803112213") + divisions.load().find("廿里镇")))
def test_a_division_of_the_table_is_valid(one: divisions.Division) -> None:
    assert division(one.code).parts["name"] == one.name


@given(st.dates(date(1900, 1, 1), date(2025, 12, 31)), st.integers(0, 999))
def test_a_person_is_never_taken_for_an_organisation(birth: date, order: int) -> None:
    assert number(people.citizen_id(birth=birth, order=order)).kind == "citizen_id"
    assert number(people.uscc(organisation=f"TETQ{order:05}")).kind == "uscc"
