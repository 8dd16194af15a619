"""A dispute enters the register: what may not, what comes twice, what is published and kept."""

from typing import Any

import pytest
from pydantic import ValidationError

from exchange.chassis.decider import ClockDue, EventArrived, KeepBlob, Publish, Refused, Repeated
from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.base import Event
from exchange.contracts.events.intake import (
    DisputeRegisteredV1,
)
from exchange.dossier.sealing import SealBroken, SealingKey, UnknownSealingKey
from sandbox.people import person
from services.intake.decider import Unexpected, decide
from services.intake.gates import registration_errors
from services.intake.opening import data_key, disclosed, opened
from services.intake.registering import AlreadyRegistered, WrongDispute
from services.intake.schemas import RegistrationForm
from services.intake.state import Register, new_register
from tests.unit.intake import window
from tests.unit.intake.window import (
    AGENCIES,
    CENTRE,
    CODE,
    COMMITTEE,
    COUNTY,
    KEYS,
    NOW,
    OTHER,
    STATION,
    VILLAGE,
    arrived,
    dossier,
    paper,
    refer,
    requested,
    sensitive,
    story,
    view,
    walk_in,
)


def published(decision: Any) -> list[Event]:
    return [e.event for e in decision.effects if isinstance(e, Publish)]


def blobs(decision: Any) -> dict[str, bytes]:
    return {e.name: e.content for e in decision.effects if isinstance(e, KeepBlob)}


def wrong_with(form: dict[str, Any]) -> dict[str, str]:
    errors = registration_errors(
        RegistrationForm.model_validate(form), AGENCIES, COUNTY, on=NOW.date()
    )
    return {error.pointer: error.code for error in errors}


# A linkage's referral that may not come in


def test_a_dossier_sealed_to_a_key_that_was_never_ours_is_not_opened() -> None:
    with pytest.raises(UnknownSealingKey):
        opened(requested(sealing=SealingKey.generate("foreign")), KEYS)


def test_a_dossier_sealed_for_another_dispute_is_not_opened() -> None:
    with pytest.raises(SealBroken):
        opened(requested(sealed_for=OTHER), KEYS)


def test_a_dossier_without_its_form_is_refused_without_repeating_a_value() -> None:
    broken = dossier()
    broken["parties"] = [{"name": {"nested": person(7).name}}]
    with pytest.raises(ValidationError) as refused:
        opened(requested(broken), KEYS)
    assert person(7).name not in str(refused.value)


def test_a_request_that_names_another_dispute_than_its_key_is_refused() -> None:
    with pytest.raises(WrongDispute):
        decide(new_register(OTHER), arrived(requested()), view(OTHER), NOW)


def test_a_second_request_under_a_registered_code_waits_for_a_person() -> None:
    first = refer(requested())
    with pytest.raises(AlreadyRegistered):
        decide(first.state, arrived(requested()), view(), NOW)


def test_a_request_that_nobody_opened_is_never_decided() -> None:
    raw = EventArrived(requested(), "event-1", None, "police_link.request.v1")
    with pytest.raises(Unexpected):
        decide(new_register(CODE), raw, view(), NOW)


def test_a_clock_is_nothing_that_intake_ever_set() -> None:
    with pytest.raises(Unexpected):
        decide(new_register(CODE), ClockDue("police.case", "1", 0, NOW, NOW), view(), NOW)


# The form of intake's own door that may not come in


def test_an_accusation_is_never_registered_and_the_article_is_named() -> None:
    form = RegistrationForm.model_validate(paper(事项性质="检举控告"))
    (error,) = registration_errors(form, AGENCIES, COUNTY, on=NOW.date())
    assert error.code == "intake.accusation.never_referred"
    assert "第30条" in error.message_zh


def test_an_administrative_dispute_is_refused() -> None:
    assert wrong_with(paper(事项性质="行政争议")) == {"/事项性质": "intake.administrative"}


def test_a_sensitive_matter_with_people_or_story_is_refused_field_by_field() -> None:
    form = paper(
        敏感=True,
        诉求="赔礼道歉",
        地点={"区划代码": VILLAGE, "详址": "某村 1 号"},
    )
    offline = "intake.sensitive.offline"
    assert wrong_with(form) == {
        "/当事人": offline,
        "/案情": offline,
        "/诉求": offline,
        "/地点/详址": offline,
        "/纸质卷宗存放处": "missing_field",
    }


def test_an_ordinary_matter_needs_parties_and_a_story() -> None:
    assert wrong_with(paper(当事人=None, 案情=None)) == {
        "/当事人": "missing_field",
        "/案情": "missing_field",
    }


@pytest.mark.parametrize(
    ("place", "code"),
    [("110101001001", "place_outside_county"), ("330803999001", "unknown_place")],
)
def test_a_place_that_is_not_ours_or_not_there_is_named(place: str, code: str) -> None:
    assert wrong_with(paper(地点={"区划代码": place})) == {"/地点/区划代码": code}


def test_every_error_is_said_at_once() -> None:
    form = paper(事项性质="检举控告", 当事人=None, 案情=None, 地点={"区划代码": "110101001001"})
    assert len(wrong_with(form)) == 4


@pytest.mark.parametrize(
    ("party", "kind"),
    [
        ({"公民身份号码": "33080319800517001X"}, "bad_citizen_id"),
        ({"电话": "12345"}, "bad_phone"),
        ({"身份": "路人"}, "literal_error"),
        ({"姓氏": "试"}, "extra_forbidden"),
    ],
)
def test_a_party_with_a_wrong_value_is_refused(party: dict[str, str], kind: str) -> None:
    form = paper(当事人=[{"姓名": "试一某", "身份": "申请人", **party}])
    with pytest.raises(ValidationError) as refused:
        RegistrationForm.model_validate(form)
    assert [e["type"] for e in refused.value.errors()] == [kind]


def test_the_shelf_of_a_sensitive_file_names_no_number() -> None:
    with pytest.raises(ValidationError, match="不得写证件号码"):
        RegistrationForm.model_validate(sensitive(纸质卷宗存放处=f"柜 {person(1).phone}"))


# What comes twice


def test_the_same_own_number_with_the_same_content_gets_the_first_answer_again() -> None:
    first = walk_in(paper(登记编号="D-1"), key="key-1")
    with pytest.raises(Repeated) as again:
        walk_in(paper(登记编号="D-1"), code=OTHER, before=[(CODE, NOW, first)], key="key-2")
    assert again.value.idempotency_key == "key-1"


def test_the_same_own_number_with_another_content_is_a_conflict_that_names_the_first() -> None:
    first = walk_in(paper(登记编号="D-1"))
    with pytest.raises(Refused) as refused:
        walk_in(paper(登记编号="D-1"), code=OTHER, before=[(CODE, NOW, first)], digest="e" * 64)
    assert refused.value.code == "already_registered"
    assert refused.value.extra == {"dispute_code": CODE}


def test_an_abolished_committee_registers_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = window.BOOK.by_code[COMMITTEE].model_copy(update={"abolished": True})
    book = AgencyBook(2, {**window.BOOK.by_code, COMMITTEE: gone})
    monkeypatch.setattr(window, "BOOK", book)
    with pytest.raises(Refused) as refused:
        walk_in(paper(), agency=COMMITTEE)
    assert (refused.value.status, refused.value.code) == (409, "agency_abolished")


def test_the_same_own_number_of_another_agency_is_another_matter() -> None:
    first = walk_in(paper(person(5), 登记编号="D-1"), agency=COMMITTEE)
    second = walk_in(paper(person(6), 登记编号="D-1"), code=OTHER, before=[(CODE, NOW, first)])
    assert second.state.registered_at == NOW


# What is registered


def test_a_referral_is_registered_with_its_facts_and_its_dossier_kept_encrypted() -> None:
    decision = refer(requested())
    (event,) = published(decision)
    assert isinstance(event, DisputeRegisteredV1)
    assert (event.origin, event.channel, event.mode) == (STATION, "police", "entrust")
    assert event.gates_passed == ("police.consent.both",)
    assert event.dossier is not None
    assert event.dossier.parties == 2
    assert decision.state.dossier == event.dossier

    kept = blobs(decision)
    read = disclosed(data_key(CODE, kept["key"], KEYS), kept["dossier/1"])
    assert [party.name for party in read.parties] == [person(1).name, person(2).name]


def test_what_a_linkage_adds_to_a_dossier_is_kept_and_shown_to_nobody() -> None:
    kept = blobs(refer(requested(dossier(calls_before=3))))
    key = data_key(CODE, kept["key"], KEYS)
    assert b'"calls_before":3' in key.decrypt("dossier", 1, kept["dossier/1"])


def test_a_walk_in_is_registered_by_the_agency_that_took_it_in() -> None:
    decision = walk_in(paper())
    (event,) = published(decision)
    assert isinstance(event, DisputeRegisteredV1)
    assert (event.actor, event.origin, event.channel) == (CENTRE, CENTRE, "window")
    assert (event.mode, event.matter.level) == ("hand_over", "village")
    assert decision.reply == {
        "status_url": f"/v1/disputes/{CODE}/registration",
        "candidates": [],
        "linked_to": None,
    }


def test_a_sensitive_matter_is_number_kind_and_place_and_where_its_paper_lies() -> None:
    decision = walk_in(sensitive(登记编号="D-9"))
    (event,) = published(decision)
    assert isinstance(event, DisputeRegisteredV1)
    assert (event.sensitive, event.dossier) == (True, None)
    assert decision.state.paper_at == "综治中心档案柜"
    assert blobs(decision) == {}
    assert "档案柜" not in event.model_dump_json()


@pytest.mark.parametrize(
    ("place", "level"),
    [(VILLAGE, "village"), ("330803112000", "township"), ("330803000000", "county")],
)
def test_the_ladder_starts_at_the_level_of_the_place(place: str, level: str) -> None:
    (event,) = published(walk_in(paper(地点={"区划代码": place})))
    assert isinstance(event, DisputeRegisteredV1)
    assert event.matter.level == level


# The story as intake follows it


def test_the_standing_of_each_canonical_event_is_remembered() -> None:
    state = refer(requested()).state
    after = decide(state, story(sequence=2), view(), NOW).state

    assert (after.last_sequence, after.registered_at) == (2, NOW)
    assert after.standing is not None
    assert Register.model_validate_json(after.model_dump_json(exclude_defaults=True)) == after
