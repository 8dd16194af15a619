"""Divisions, the printed forms, and what the schemas say of them."""

import pytest

from exchange.contracts.divisions import digits_of
from services.directory.divisions import division_body
from services.directory.facts.reading import UnknownCounty, UnknownPlace
from services.directory.schemas import AgencyForm


def test_a_division_that_never_was_is_unknown() -> None:
    with pytest.raises(UnknownPlace):
        division_body("330803999999")
    with pytest.raises(UnknownCounty):
        division_body("110101001001")


def test_a_division_says_what_it_is_and_where_that_was_read() -> None:
    body = division_body("330803112000")
    assert (body["name"], body["level"], body["parent"]) == ("廿里镇", "township", "330803000000")
    assert body["source"]["publisher"] == "国家统计局"


def test_a_recoded_division_is_found_by_both_codes() -> None:
    old = division_body("330803207000")
    new = division_body(old["successor"])
    assert new["code"] == old["code"]
    assert (new["asked"], new["name_now"]) == (old["successor"], "云溪镇")


@pytest.mark.parametrize(
    ("place", "prefix"),
    [
        ("330803000000", "330803"),
        ("330803112000", "330803112"),
        ("330803112213", "330803112213"),
    ],
)
def test_a_place_holds_what_lies_below_it(place: str, prefix: str) -> None:
    assert digits_of(place) == prefix


def test_the_printed_form_and_the_english_one_say_the_same() -> None:
    printed = {
        "机构代码": "PM-330803112213-01",
        "名称": "衢江区廿里镇富里村人民调解委员会",
        "机构类型": "人民调解委员会",
        "层级": "村",
        "区划代码": "330803112213",
        "受理容量": 20,
        "投递方式": {"方式": "信箱"},
    }
    form = AgencyForm.model_validate(printed)
    assert (form.kind, form.level) == ("committee", "village")
    assert AgencyForm.model_validate_json(form.model_dump_json()) == form
