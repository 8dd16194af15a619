"""The printed form is read as printed: unknown words, bad numbers and stray fields all at once."""

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from exchange.chassis.problems import field_errors
from exchange.doors.matters import KINDS
from sandbox.people import person
from services.directory.facts.reading import read
from services.police_link.mapping import dossier_of, station_of
from services.police_link.schemas import ReferralForm
from tests.unit.doors.scene import NATIVE_CODE, STATION, book
from tests.unit.police_link.station import paper, party


def problems(form: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ValidationError) as invalid:
        ReferralForm.model_validate_json(orjson.dumps(form))
    return {error.pointer: error.message_zh for error in field_errors(invalid.value)}


def test_every_mistake_on_the_form_is_told_at_once_at_its_printed_key() -> None:
    wrong = party(person(1), "路人", 公民身份号码="339999198005170011", 电话="12")
    told = problems(paper(当事人=[wrong], 警情类别="火灾", 备注="多余", 简要案情=None))
    assert set(told) == {
        "/当事人/0/身份",
        "/当事人/0/公民身份号码",
        "/当事人/0/电话",
        "/警情类别",
        "/备注",
        "/简要案情",
    }
    assert "违法嫌疑人" in told["/当事人/0/身份"]


def test_a_number_that_does_not_parse_is_never_repeated_in_its_error() -> None:
    number = person(1).citizen_id[:-1] + ("1" if person(1).citizen_id[-1] != "1" else "2")
    told = problems(paper(当事人=[party(person(1), "违法嫌疑人", 公民身份号码=number)]))
    assert "校验码" in told["/当事人/0/公民身份号码"]
    assert number not in repr(told)


def test_english_keys_and_codes_say_the_same_as_the_printed_words() -> None:
    printed = ReferralForm.model_validate_json(orjson.dumps(paper()))
    english = ReferralForm.model_validate_json(printed.model_dump_json())
    assert english == printed


def test_a_time_without_a_zone_is_beijing_time_and_a_time_will_do_for_a_day() -> None:
    form = ReferralForm.model_validate(paper(立案时间="2026-03-02T10:15:00+08:00"))
    assert form.reported_at.isoformat() == "2026-03-02T09:30:00+08:00"
    assert str(form.filed_on) == "2026-03-02"


def test_the_dossier_holds_the_people_under_the_words_that_intake_reads() -> None:
    dossier = dossier_of(ReferralForm.model_validate(paper()))
    first = dossier["parties"][0]
    assert (first["name"], first["id_number"]) == (person(1).name, person(1).citizen_id)
    assert (first["role"], first["born_on"]) == ("suspect", "1980-05-17")
    assert set(dossier) >= {"narrative", "handling", "address", "parties"}


def test_a_station_is_known_by_its_own_code_and_by_the_directory_s() -> None:
    assert station_of(NATIVE_CODE, book()) == station_of(STATION, book()) == book().get(STATION)
    assert station_of("330803999999", book()) is None


def test_the_police_s_words_agree_with_the_directory_s_facts() -> None:
    assert {kind.name_zh: kind.slug for kind in read("330803").kinds} == KINDS
