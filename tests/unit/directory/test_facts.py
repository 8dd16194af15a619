"""The facts of a county are checked whole: a bad table is refused with all its errors at once."""

import json
from importlib.resources import files
from typing import Any

import pytest

from services.directory.facts.reading import (
    BadFacts,
    UnknownCounty,
    UnknownPlace,
    assemble,
    read,
)

QUJIANG = "330803"
FOLDER = files("services.directory.facts")
Tables = dict[str, dict[str, Any]]


def tables() -> Tables:
    """The real facts, as plain values that a test may spoil."""
    paths = (
        FOLDER / QUJIANG / "divisions.json",
        FOLDER / QUJIANG / "institutions.json",
        FOLDER / "dispute_kinds.json",
    )
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def refusal(spoiled: Tables, county: str = QUJIANG) -> tuple[str, ...]:
    with pytest.raises(BadFacts) as refused:
        assemble(county, {name: json.dumps(table) for name, table in spoiled.items()})
    return refused.value.problems


def row(spoiled: Tables, code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        division for division in spoiled["divisions.json"]["divisions"] if division["code"] == code
    )
    return found


def test_a_county_without_facts_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(UnknownCounty) as refused:
        read("110101")
    assert refused.value.known == (QUJIANG,)


def test_a_place_outside_the_county_is_refused() -> None:
    with pytest.raises(UnknownPlace):
        read(QUJIANG).division("330802001000")


def test_errors_of_form_in_all_three_files_are_told_together_with_their_places() -> None:
    spoiled = tables()
    spoiled["divisions.json"]["divisions"][0]["code"] = "33080300000"
    spoiled["divisions.json"]["divisions"][1]["mayor"] = "?"
    spoiled["institutions.json"]["county_agencies"][0]["capacity"] = 0
    del spoiled["dispute_kinds.json"]["kinds"][17]["name_en"]

    problems = refusal(spoiled)

    assert [problem.split(": ")[:2] for problem in problems] == [
        ["divisions.json", "/divisions/0/code"],
        ["divisions.json", "/divisions/1/mayor"],
        ["institutions.json", "/county_agencies/0/capacity"],
        ["dispute_kinds.json", "/kinds/17/name_en"],
    ]


def test_contradictions_between_rows_are_told_together() -> None:
    spoiled = tables()
    row(spoiled, "330803112000")["source"] = "hearsay"
    row(spoiled, "330803200000")["successor"] = "330803100000"
    spoiled["institutions.json"]["police_stations"].append(
        {"place": "330803213000", "native_code": "330802510000"}
    )
    spoiled["institutions.json"]["county_agencies"][5]["specialties"] = ["weather"]
    spoiled["dispute_kinds.json"]["kinds"][1]["slug"] = "marriage_family"

    problems = "\n".join(refusal(spoiled))

    assert "330803112000 廿里镇: unknown source hearsay" in problems
    assert "330803200000 灰坪乡: successor 330803100000 does not fit later=not_listed" in problems
    assert "code 330803100000 appears 2 times" in problems
    assert "police station at 330803213000: no such township stands" in problems
    assert "330802510000 is not of 330803" in problems
    assert "specialist_committee 01: unknown dispute kind weather" in problems
    assert "slug marriage_family appears 2 times" in problems


@pytest.mark.parametrize(
    ("code", "spoil", "said"),
    [
        ("330803112213", {"code": "330802112213"}, "lies outside county 330803"),
        ("330803112213", {"level": "township"}, "the code is not that of a township"),
        ("330803112000", {"level": "village"}, "the code is not that of a village"),
        ("330803112000", {"code": "330803120000"}, "its parent 330803112000 is missing"),
        ("330803112213", {"unit": None}, "`unit` belongs to villages"),
        ("330803112000", {"later": None}, "`later` belongs to townships"),
        ("330803114000", {"successor": None}, "successor None does not fit later=recoded"),
        ("330803114000", {"successor_name": None}, "successor and successor_name go together"),
        ("330803114000", {"successor": "330803102000"}, "code 330803102000 appears 2 times"),
    ],
)
def test_each_rule_of_a_division_is_kept(code: str, spoil: dict[str, Any], said: str) -> None:
    spoiled = tables()
    row(spoiled, code).update(spoil)
    assert any(said in problem for problem in refusal(spoiled))


def test_a_file_of_another_county_is_refused() -> None:
    problems = refusal(tables(), county="330802")
    assert problems[0] == "divisions.json: county is 330803, not 330802"
    assert "institutions.json: county is 330803, not 330802" in problems


def test_a_county_needs_its_one_centre() -> None:
    spoiled = tables()
    spoiled["institutions.json"]["county_agencies"][0]["number"] = "02"
    assert any("exactly one centre" in problem for problem in refusal(spoiled))


def test_qujiang_has_the_townships_and_villages_of_2023_and_the_street_that_came_later() -> None:
    divisions = read(QUJIANG).divisions
    townships = [division for division in divisions if division.level == "township"]
    assert sum(township.source == "nbs2023" for township in townships) == 20
    assert sum(division.level == "village" for division in divisions) == 295
    assert [t.name for t in townships if t.later == "first_listed"] == ["路港街道"]


def test_what_the_list_of_2025_still_shows_is_18_townships() -> None:
    townships = [division for division in read(QUJIANG).divisions if division.level == "township"]
    assert sum(township.later != "not_listed" for township in townships) == 18


def test_a_township_is_found_by_its_old_code_and_by_its_successor() -> None:
    facts = read(QUJIANG)
    assert facts.division("330803116000") is facts.division("330803207000")
    assert facts.division("330803207000").name == "云溪乡"
    assert facts.division("330803207000").name_now == "云溪镇"


def test_no_successor_is_guessed_where_the_lists_show_none() -> None:
    gone = [d for d in read(QUJIANG).divisions if d.later == "not_listed"]
    assert [division.name for division in gone] == ["灰坪乡", "举村乡", "岭洋乡"]
    assert all(division.successor is None and division.note for division in gone)


def test_the_ministry_counts_18_kinds_of_dispute() -> None:
    kinds = read(QUJIANG).kinds
    assert len(kinds) == 18
    assert {kind.name_zh: kind.slug for kind in kinds}["邻里"] == "neighbourhood"
