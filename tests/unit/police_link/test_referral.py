"""A station refers a dispute: what is refused and why, what comes twice, what is sent on."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from exchange.chassis.decider import Decision, Found, Index, Refused, Repeated
from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.intake import ReferralRequestedV1
from exchange.doors.own_numbers import own_number_key
from sandbox.people import person
from services.police_link.decider import PoliceState, decide, lookups
from tests.unit.doors.scene import (
    CENTRE,
    CODE,
    GONE,
    NOW,
    STATION,
    book,
    command,
    published,
    view,
)
from tests.unit.police_link.station import CHILD, YOUTH, paper, party, quarrel, referral

FRESH = PoliceState(dispute_code=CODE)
SUCCESSOR = "PS-330803113000-01"
OWN = ("own_number", own_number_key(STATION, "J3308030302001"))


def refer(form: dict[str, Any], agency: str = STATION) -> Decision[PoliceState]:
    return decide(FRESH, command("refer", agency, referral(form)), view(), NOW)


def refusal(form: dict[str, Any], agency: str = STATION) -> Refused:
    with pytest.raises(Refused) as refused:
        refer(form, agency)
    return refused.value


def errors_of(refused: Refused) -> dict[str, str]:
    return {error.pointer: error.code for error in refused.errors}


@pytest.mark.parametrize(
    ("printed", "word", "pointer", "rule"),
    [
        ("排除情形", ["雇凶伤害他人"], "/排除情形/0", "police.excluded.hired"),
        ("排除情形", ["结伙斗殴或者其他寻衅滋事"], "/排除情形/0", "police.excluded.gang"),
        ("排除情形", ["多次实施违反治安管理行为"], "/排除情形/0", "police.excluded.repeated"),
        ("排除情形", ["当事人不愿意调解"], "/排除情形/0", "police.excluded.unwilling"),
        (
            "排除情形",
            ["调解过程中又实施违法行为"],
            "/排除情形/0",
            "police.excluded.violation_during",
        ),
        ("排除情形", ["违法嫌疑人逃跑"], "/排除情形/0", "police.excluded.fled"),
        ("排除情形", ["其他不宜调解"], "/排除情形/0", "police.excluded.unsuitable"),
        ("违法行为", "寻衅滋事", "/违法行为", "police.excluded.gang"),
        ("违法行为", "盗窃", "/违法行为", "police.kind.eligible"),
        ("情节", "一般", "/情节", "police.circumstances.minor"),
        ("纠纷起因", "非民间纠纷", "/纠纷起因", "police.cause.civil"),
        ("纠纷起因", None, "/纠纷起因", "police.ground.listed"),
        ("双方调解意愿", [], "/双方调解意愿", "police.consent.both"),
    ],
)
def test_a_matter_that_the_law_keeps_from_mediation_is_refused_with_its_article(
    printed: str, word: object, pointer: str, rule: str
) -> None:
    refused = refusal(paper(**{printed: word}))
    assert (refused.status, refused.code, refused.rule) == (422, "may_not_be_mediated", rule)
    assert errors_of(refused) == {pointer: rule}
    assert "第17" in refused.errors[0].message_zh or "第9条" in refused.errors[0].message_zh


def test_all_gates_that_fail_are_told_at_once() -> None:
    refused = refusal(
        paper(情节="严重", 违法行为="盗窃", 双方调解意愿=[], 排除情形=["违法嫌疑人逃跑"])
    )
    assert errors_of(refused) == {
        "/双方调解意愿": "police.consent.both",
        "/情节": "police.circumstances.minor",
        "/违法行为": "police.kind.eligible",
        "/排除情形/0": "police.excluded.fled",
    }


def test_a_party_that_refuses_is_named_by_its_place_and_not_by_its_name() -> None:
    said = [
        {"当事人序号": 1, "同意": True, "日期": "2026-03-02"},
        {"当事人序号": 2, "同意": False, "日期": "2026-03-02"},
    ]
    refused = refusal(paper(双方调解意愿=said))
    assert errors_of(refused) == {"/双方调解意愿/1/同意": "police.excluded.unwilling"}
    assert person(2).name not in repr(refused.errors)


def test_a_dispute_that_is_no_case_needs_the_notice_of_other_ways_and_no_filing() -> None:
    assert errors_of(refusal(quarrel(已告知救济途径=False))) == {
        "/已告知救济途径": "police.inform.not_public_security"
    }
    assert errors_of(refusal(quarrel(立案时间="2026-03-02"))) == {"/立案时间": "not_a_case"}


@pytest.mark.parametrize(
    ("birth", "flags", "stopped"),
    [
        (CHILD, {}, True),
        (CHILD, {"以自己劳动收入为主要生活来源": True}, True),
        (YOUTH, {}, True),
        (YOUTH, {"以自己劳动收入为主要生活来源": True}, False),
        (CHILD, {"监护人已通知": True}, False),
    ],
)
def test_the_guardian_of_a_minor_is_notified_first(
    birth: Any, flags: dict[str, bool], stopped: bool
) -> None:
    minor = party(person(3, birth=birth), "被侵害人", **flags)
    form = paper(当事人=[party(person(1), "违法嫌疑人"), minor])
    if not stopped:
        assert published(refer(form))
        return
    assert errors_of(refusal(form)) == {"/当事人/1/监护人已通知": "police.minor.guardian"}


def test_wrong_codes_places_and_days_are_told_together_with_the_gates() -> None:
    refused = refusal(
        paper(
            派出所代码="330803999999",
            收件机构=GONE,
            报警时间="2026-03-03T09:00:00",
            立案时间="2026-03-01",
            情节="一般",
        )
    )
    assert (refused.status, refused.code) == (422, "not_valid")
    codes = {(e.pointer, e.code) for e in refused.errors}
    assert codes >= {
        ("/派出所代码", "unknown_agency"),
        ("/收件机构", "abolished_agency"),
        ("/报警时间", "in_the_future"),
        ("/立案时间", "out_of_order"),
        ("/情节", "police.circumstances.minor"),
    }


def test_the_agency_that_the_station_asks_for_is_carried_as_its_wish() -> None:
    (effect,) = published(refer(paper(收件机构=CENTRE)))
    assert isinstance(effect.event, ReferralRequestedV1)
    assert effect.event.matter.preferred == CENTRE


def test_a_station_refers_in_its_own_name_and_its_own_county_only() -> None:
    other = refusal(paper(), agency="PS-330803113000-01")
    assert errors_of(other) == {"/派出所代码": "not_your_station"}
    outside = refusal(paper(案发地点={"区划代码": "330802001001"}))
    assert errors_of(outside) == {"/案发地点/区划代码": "outside_county"}
    nowhere = refusal(paper(案发地点={"区划代码": "330803999001"}))
    assert errors_of(nowhere) == {"/案发地点/区划代码": "unknown_place"}


def test_one_side_alone_is_no_dispute_and_an_age_must_be_known() -> None:
    nameless = {"姓名": "某", "身份": "违法嫌疑人"}
    refused = refusal(paper(当事人=[party(person(1), "违法嫌疑人"), nameless]))
    assert errors_of(refused) == {"/当事人/1/公民身份号码": "missing_field", "/当事人": "one_sided"}


def test_the_same_form_under_a_new_key_gets_the_first_answer() -> None:
    given = command("refer", STATION, referral(paper()), key="key-2")
    before = Found("330803-2026-FIRST00000-0", f"{given.own_digest}|key-1", NOW)
    with pytest.raises(Repeated) as repeated:
        decide(FRESH, given, view({OWN: [before]}), NOW)
    assert repeated.value.idempotency_key == "key-1"


def test_another_form_under_the_same_number_is_pointed_to_its_correction() -> None:
    before = Found("330803-2026-FIRST00000-0", f"{'e' * 64}|key-1", NOW)
    given = command("refer", STATION, referral(paper()), key="key-2")
    with pytest.raises(Refused) as refused:
        decide(FRESH, given, view({OWN: [before]}), NOW)
    assert (refused.value.status, refused.value.code) == (409, "already_referred")
    assert refused.value.extra["dispute_code"] == "330803-2026-FIRST00000-0"
    assert "correct_by" in refused.value.extra


def test_an_abolished_station_refers_nothing_new_and_is_told_its_successor() -> None:
    known = book().by_code
    gone = known[STATION].model_copy(update={"abolished": True, "successor": SUCCESSOR})
    after = replace(view(), agencies=AgencyBook(2, {**known, STATION: gone}))
    with pytest.raises(Refused) as refused:
        decide(FRESH, command("refer", STATION, referral(paper())), after, NOW)
    assert (refused.value.status, refused.value.code) == (409, "agency_abolished")
    assert refused.value.extra == {"successor": SUCCESSOR}


@pytest.mark.parametrize("number", [person(1).citizen_id, "13812345678"])
def test_a_number_that_names_a_person_is_no_own_number(number: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        referral(paper(接警单号=number))
    assert [(error["loc"], error["type"]) for error in wrong.value.errors()] == [
        (("接警单号",), "names_a_person")
    ]
    assert number not in wrong.value.errors()[0]["msg"]


def test_a_referral_asks_the_index_for_its_own_number() -> None:
    assert lookups(command("refer", STATION, referral(paper()))) == [OWN]


def test_a_lawful_referral_is_requested_of_intake_with_the_clock_that_runs() -> None:
    decision = refer(paper())

    [publish] = published(decision)
    event = publish.event
    assert isinstance(event, ReferralRequestedV1)
    assert publish.topic == "police_link.request.v1"
    assert (event.origin, event.mode, event.sealed) == (STATION, "entrust", "sealed.jwe")
    assert (event.matter.kind, event.matter.level) == ("neighbourhood", "village")
    assert [(c.rule, str(c.started_on)) for c in event.started_clocks] == [
        ("police.case", "2026-03-02")
    ]
    assert "police.circumstances.minor" in event.gates_passed
    assert decision.status == 201
    assert decision.reply is not None
    assert decision.reply["due"] == datetime(2026, 4, 1, 16, tzinfo=UTC)
    assert decision.reply["status_url"] == f"/police/v1/referrals/{CODE}"
    assert Index(*OWN, f"{'d' * 64}|key-1", exclusive=True) in decision.effects
    assert "J3308030302001" not in str([e for e in decision.effects if isinstance(e, Index)])


def test_a_dispute_that_is_no_case_has_no_statutory_end_and_says_so() -> None:
    reply = refer(quarrel()).reply
    assert reply is not None
    assert reply["due"] is None
    assert reply["due_because"]


def test_an_end_past_the_known_calendar_is_said_to_be_unknown() -> None:
    late = datetime(2026, 12, 20, 12, tzinfo=NOW.tzinfo)
    said = [{"当事人序号": n, "同意": True, "日期": "2026-12-20"} for n in (1, 2)]
    form = paper(报警时间="2026-12-20T09:00", 立案时间="2026-12-20", 双方调解意愿=said)
    decision = decide(FRESH, command("refer", STATION, referral(form)), view(), late)
    assert decision.reply is not None
    assert decision.reply["due"] is None
    assert "2027" in decision.reply["due_because"]


def test_nobody_is_named_in_what_the_door_keeps_or_sends() -> None:
    decision = refer(paper())
    kept = decision.state.model_dump_json() + repr(decision.effects) + repr(decision.reply)
    for who in (person(1), person(2)):
        assert who.name not in kept
        assert who.citizen_id not in kept
        assert who.phone not in kept
    assert "推搡" not in kept
