"""The agencies of 衢江区: who is there, what each serves, and where a failed matter climbs to."""

import json
import re
from collections import Counter
from importlib.resources import files

from services.directory.districts import LETTERS, AgencyFact, agencies, drawn_from
from services.directory.facts.reading import assemble, read

QUJIANG = "330803"
CENTRE = "CC-330803000000-01"
FOLDER = files("services.directory.facts")


def by_code() -> dict[str, AgencyFact]:
    return {agency.code: agency for agency in agencies(QUJIANG)}


def ladder(code: str) -> list[str]:
    """The levels that a matter passes from here, checked to end."""
    steps: list[str] = []
    current: str | None = code
    while current is not None:
        assert len(steps) < 4, f"the ladder from {code} does not end"
        agency = by_code()[current]
        steps.append(agency.level)
        current = agency.parent
    return steps


def test_a_township_that_is_gone_keeps_its_committee_as_abolished_and_is_nobodys_parent() -> None:
    gone = [agency for agency in agencies(QUJIANG) if agency.abolished]
    assert [agency.name for agency in gone] == [
        "衢江区灰坪乡人民调解委员会",
        "衢江区举村乡人民调解委员会",
        "衢江区岭洋乡人民调解委员会",
    ]
    assert not {agency.code for agency in gone} & {agency.parent for agency in agencies(QUJIANG)}


def test_a_village_of_a_township_that_is_gone_climbs_straight_to_the_centre() -> None:
    assert by_code()["PM-330803200203-01"].parent == CENTRE


def test_a_state_farms_living_area_has_no_committee_of_its_own() -> None:
    assert read(QUJIANG).division("330803103500").unit == "similar"
    assert "PM-330803103500-01" not in by_code()


def test_a_street_first_listed_in_2025_has_its_committee_and_no_known_village() -> None:
    assert by_code()["PM-330803003000-01"].name == "衢江区路港街道人民调解委员会"
    assert not [a for a in agencies(QUJIANG) if a.level == "village" and "路港" in a.name]


def test_a_recoded_township_is_named_as_it_is_now_and_keyed_as_it_was() -> None:
    assert by_code()["PM-330803207000-01"].name == "衢江区云溪镇人民调解委员会"


def test_a_matter_climbs_from_village_to_township_to_county() -> None:
    assert ladder("PM-330803112213-01") == ["village", "township", "county"]
    assert by_code()["PM-330803112213-01"].name == "衢江区廿里镇富里村人民调解委员会"
    assert by_code()["PM-330803112213-01"].parent == "PM-330803112000-01"
    assert by_code()["PM-330803112000-01"].parent == CENTRE


def test_every_committee_every_room_and_every_specialist_climbs_to_the_centre() -> None:
    mediating = ("committee", "stationed_room", "specialist_committee")
    for agency in agencies(QUJIANG):
        if agency.kind in mediating:
            assert ladder(agency.code)[-1] == "county"
            assert agency.parent is not None
        else:
            assert agency.parent is None


def test_the_county_has_the_agencies_that_it_should() -> None:
    assert Counter((agency.kind, agency.level) for agency in agencies(QUJIANG)) == {
        ("committee", "village"): 294,
        ("committee", "township"): 21,
        ("police", "township"): 18,
        ("stationed_room", "township"): 18,
        ("specialist_committee", "county"): 4,
        ("centre", "county"): 1,
        ("court", "county"): 1,
        ("procuratorate", "county"): 1,
        ("petition_bureau", "county"): 1,
        ("judicial_bureau", "county"): 1,
    }


def test_every_code_is_unique_says_its_kind_and_its_place_and_every_place_is_known() -> None:
    assert len(by_code()) == len(agencies(QUJIANG))
    for agency in agencies(QUJIANG):
        assert re.fullmatch(rf"{LETTERS[agency.kind]}-{agency.place}-[0-9]{{2}}", agency.code)
        assert read(QUJIANG).division(agency.place).level == agency.level


def test_a_room_is_stationed_at_the_police_station_of_its_own_township() -> None:
    for agency in agencies(QUJIANG):
        if agency.kind == "stationed_room":
            assert agency.stationed_at is not None
            station = by_code()[agency.stationed_at]
            assert (station.kind, station.place) == ("police", agency.place)
        else:
            assert agency.stationed_at is None


def test_the_court_and_the_stations_are_known_by_the_codes_of_their_own_systems() -> None:
    assert by_code()["CT-330803000000-01"].native_code == "浙0803"
    stations = [agency for agency in agencies(QUJIANG) if agency.kind == "police"]
    codes = {agency.native_code for agency in stations}
    assert len(codes) == len(stations)
    assert all(code and re.fullmatch(r"330803[0-9]{2}0000", code) for code in codes)


def test_a_specialist_takes_its_own_kinds_and_a_village_takes_every_kind() -> None:
    labour = by_code()["SC-330803000000-04"]
    assert labour.specialties == ("migrant_wages", "other_labour")
    assert by_code()["PM-330803112213-01"].specialties == ()


def test_only_what_a_public_text_names_is_not_marked_as_invented() -> None:
    real = {agency.name for agency in agencies(QUJIANG) if not agency.invented}
    assert real == {
        "衢江区社会矛盾纠纷调处化解中心",
        "衢州市衢江区人民法院",
        "衢江区信访局",
        "衢江区司法局",
    }


def test_another_order_of_the_same_facts_gives_the_same_agencies() -> None:
    texts = {
        "divisions.json": (FOLDER / QUJIANG / "divisions.json").read_text(encoding="utf-8"),
        "institutions.json": (FOLDER / QUJIANG / "institutions.json").read_text(encoding="utf-8"),
        "dispute_kinds.json": (FOLDER / "dispute_kinds.json").read_text(encoding="utf-8"),
    }
    turned = json.loads(texts["divisions.json"])
    turned["divisions"].reverse()
    texts["divisions.json"] = json.dumps(turned)
    assert drawn_from(assemble(QUJIANG, texts)) == agencies(QUJIANG)
