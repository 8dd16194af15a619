"""Judicial confirmation: an application that is not complete, the window, the court's answers."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from exchange.chassis.decider import Decision, Refused
from exchange.contracts.events.proposals import Accept, ApplyConfirmation, Decline, Rule
from exchange.doors.projection import Moment
from services.court_link.decider import CourtState, decide
from services.court_link.schemas import FORMS
from tests.unit.doors.scene import (
    CODE,
    COMMITTEE,
    CONFIRMATION,
    COURT,
    NOW,
    OTHER_COURT,
    REFERRAL,
    STATION,
    TOWN_COMMITTEE,
    clock,
    command,
    confirmation,
    proposals,
    referral,
    standing,
    view,
)


def file(number: int) -> dict[str, str]:
    return {"文件编号": f"file-{number}", "密文摘要": f"{number}" * 64}


APPLICATION: dict[str, Any] = {
    "案码": CODE,
    "申请法院": COURT,
    "申请日期": "2026-03-02",
    "双方共同申请": True,
    "调解协议书": file(1),
    "申请书": file(2),
    "主持调解证明": file(3),
    "身份证明": [file(4), file(5)],
    "不予受理情形": [],
}
FORM_OF: dict[str, dict[str, Any]] = {
    "apply": APPLICATION,
    "accept": {"立案日期": "2026-03-02", "案号": "(2026)浙0803民特12号"},
    "refuse": {"不予受理情形": "确认身份关系"},
    "rule": {"裁定结果": "裁定有效", "裁定日期": "2026-03-02", "双方到场": True},
}
WINDOW = clock("confirmation.apply", NOW + timedelta(days=20))


def agreed(**more: Any) -> CourtState:
    given = {"clocks": (WINDOW,), **more}
    reached = Moment(
        sequence=8,
        type="agreement.reached",
        at=NOW,
        referral_id=REFERRAL,
        acted_on=NOW.date() - timedelta(days=5),
    )
    return CourtState(
        dispute_code=CODE,
        last_sequence=8,
        standing=standing("agreed", referral(), **given),
        timeline=(reached,),
    )


def asked(status: str) -> CourtState:
    offered, accepted = (
        Moment(sequence=n, type=type_, at=NOW, referral_id=CONFIRMATION, acted_on=acted_on)
        for n, type_, acted_on in (
            (10, "referral.offered", None),
            (11, "referral.accepted", NOW.date()),
        )
    )
    return CourtState(
        dispute_code=CODE,
        last_sequence=11,
        standing=standing("agreed", referral(), confirmation(status)),
        timeline=(offered, accepted) if status == "accepted" else (offered,),
    )


def do(
    state: CourtState, name: str, agency: str, *, without: str = "", **changes: Any
) -> Decision[CourtState]:
    given = {k: v for k, v in {**FORM_OF[name], **changes}.items() if k != without}
    form = FORMS["confirmation" if name == "apply" else name].model_validate(given)
    return decide(state, command(name, agency, form, target=CONFIRMATION), view(), NOW)


def refusal(
    state: CourtState, name: str, agency: str, *, without: str = "", **changes: Any
) -> Refused:
    with pytest.raises(Refused) as refused:
        do(state, name, agency, without=without, **changes)
    return refused.value


def told(refused: Refused) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in refused.errors]


# The application


@pytest.mark.parametrize(
    ("without", "changes", "pointer", "rule"),
    [
        ("调解协议书", {}, "/调解协议书", "confirmation.apply.agreement"),
        ("主持调解证明", {}, "/主持调解证明", "confirmation.apply.proof"),
        ("申请书", {}, "/申请书", "confirmation.apply.joint"),
        ("", {"双方共同申请": False}, "/双方共同申请", "confirmation.apply.joint"),
        ("", {"申请法院": OTHER_COURT}, "/申请法院", "confirmation.apply.court"),
        (
            "",
            {"不予受理情形": ["不属于法院受理范围"]},
            "/不予受理情形/0",
            "confirmation.refuse.scope",
        ),
        (
            "",
            {"不予受理情形": ["不属于本院管辖"]},
            "/不予受理情形/0",
            "confirmation.refuse.jurisdiction",
        ),
        ("", {"不予受理情形": ["确认身份关系"]}, "/不予受理情形/0", "confirmation.refuse.identity"),
        (
            "",
            {"不予受理情形": ["适用其他特别程序"]},
            "/不予受理情形/0",
            "confirmation.refuse.other_procedure",
        ),
        ("", {"不予受理情形": ["涉及确权"]}, "/不予受理情形/0", "confirmation.refuse.title"),
    ],
)
def test_what_an_application_lacks_or_may_not_be_is_refused_by_name(
    without: str, changes: dict[str, Any], pointer: str, rule: str
) -> None:
    refused = refusal(agreed(), "apply", COMMITTEE, without=without, **changes)
    assert (refused.status, refused.code, refused.rule) == (422, "confirmation_incomplete", rule)
    assert told(refused) == [(pointer, rule)]


def test_everything_that_is_wrong_with_an_application_is_told_at_once() -> None:
    refused = refusal(
        agreed(),
        "apply",
        COMMITTEE,
        without="调解协议书",
        申请法院=STATION,
        申请日期="2026-03-03",
        身份证明=[],
        双方共同申请=False,
    )
    assert refused.code == "not_valid"
    assert {pointer for pointer, _ in told(refused)} == {
        "/申请日期",
        "/身份证明",
        "/申请法院",
        "/调解协议书",
        "/双方共同申请",
    }


def test_after_the_thirty_days_the_window_is_closed() -> None:
    gone = then(agreed(clocks=()), "clock.set", "clock.expired")
    for state in (agreed(clocks=(clock("confirmation.apply", NOW),)), gone):
        refused = refusal(state, "apply", COMMITTEE)
        assert told(refused) == [("/申请日期", "confirmation.apply.window")]


def test_before_the_agreements_clocks_are_told_no_window_has_run_out() -> None:
    for told_since in ((), ("clock.stopped",), ("clock.stopped", "clock.set")):
        early = then(agreed(clocks=()), *told_since)
        assert refusal(early, "apply", COMMITTEE).code == "not_now"


def then(state: CourtState, *types: str) -> CourtState:
    """These events were told since."""
    last = state.timeline[-1].sequence
    moments = [Moment(sequence=last + n, type=t, at=NOW) for n, t in enumerate(types, start=1)]
    return state.model_copy(update={"timeline": (*state.timeline, *moments)})


def test_a_window_whose_end_is_not_known_is_left_to_routing() -> None:
    unknown = agreed(clocks=(clock("confirmation.apply", None),))
    assert proposals(do(unknown, "apply", COMMITTEE))


def test_only_who_holds_an_agreement_applies_and_only_once() -> None:
    assert refusal(agreed(), "apply", TOWN_COMMITTEE).status == 404
    early = CourtState(dispute_code=CODE, standing=standing("mediating", referral()))
    assert refusal(early, "apply", COMMITTEE).code == "not_now"
    assert refusal(agreed(confirmation="applied"), "apply", COMMITTEE).code == "not_now"
    assert refusal(agreed(confirmation="dismissed"), "apply", COMMITTEE).code == "not_now"
    pending = do(agreed(), "apply", COMMITTEE).state
    assert refusal(pending, "apply", COMMITTEE).code == "proposal_pending"


def test_a_party_s_domicile_or_the_subject_matter_opens_another_court() -> None:
    for changes in ({"当事人住所地": ["330802"]}, {"标的物所在地": "330802001001"}):
        assert proposals(do(agreed(), "apply", COMMITTEE, 申请法院=OTHER_COURT, **changes))


def test_refused_for_jurisdiction_it_may_go_to_the_right_court() -> None:
    assert proposals(do(agreed(confirmation="refused"), "apply", COMMITTEE))


def test_a_complete_application_is_proposed_on_the_mediation_s_referral() -> None:
    [made] = proposals(do(agreed(), "apply", COMMITTEE))
    facts = made.facts
    assert isinstance(facts, ApplyConfirmation)
    assert (made.referral_id, made.basis, facts.court) == (REFERRAL, 8, COURT)
    assert [f.file_id for f in facts.package] == [f"file-{n}" for n in (1, 2, 3, 4, 5)]
    assert "confirmation.apply.window" in facts.gates_passed


# The court's answers


@pytest.mark.parametrize(
    ("changes", "pointer", "rule"),
    [
        ({"双方到场": False}, "/双方到场", "confirmation.attend.both"),
        ({"裁定结果": "驳回申请"}, "/驳回情形", "confirmation.ruling"),
        ({"驳回情形": ["内容不明确"]}, "/驳回情形", "confirmation.ruling"),
    ],
)
def test_a_ruling_follows_356_and_358(changes: dict[str, Any], pointer: str, rule: str) -> None:
    refused = refusal(asked("accepted"), "rule", COURT, **changes)
    assert (refused.status, refused.rule) == (422, rule)
    assert told(refused) == [(pointer, rule)]


@pytest.mark.parametrize(
    ("status", "name", "allowed"),
    [
        ("offered", "rule", ("accept", "decline")),
        ("accepted", "accept", ("rule",)),
        ("accepted", "refuse", ("rule",)),
        ("concluded", "rule", ()),
    ],
)
def test_the_court_answers_in_order(status: str, name: str, allowed: tuple[str, ...]) -> None:
    refused = refusal(asked(status), name, COURT)
    assert (refused.code, refused.acts_allowed) == ("not_now", allowed)


def test_a_confirmation_is_no_other_court_s() -> None:
    assert refusal(asked("offered"), "accept", OTHER_COURT).status == 404
    assert refusal(agreed(), "accept", COURT).status == 404


def test_days_of_a_court_follow_one_another() -> None:
    assert told(refusal(asked("offered"), "accept", COURT, 立案日期="2026-03-03")) == [
        ("/立案日期", "in_the_future")
    ]
    assert told(refusal(asked("offered"), "accept", COURT, 立案日期="2026-03-01")) == [
        ("/立案日期", "out_of_order")
    ]
    assert told(refusal(asked("accepted"), "rule", COURT, 裁定日期="2026-03-01")) == [
        ("/裁定日期", "out_of_order")
    ]


def test_a_case_number_that_does_not_parse_says_which_part() -> None:
    with pytest.raises(ValidationError, match="年份"):
        FORMS["accept"].model_validate({**FORM_OF["accept"], "案号": "2026民特12"})


def test_acceptance_keeps_the_court_s_own_number_at_its_door() -> None:
    decision = do(asked("offered"), "accept", COURT)
    [made] = proposals(decision)
    assert made.facts == Accept(accepted_on=NOW.date())
    assert decision.state.case_number == "（2026）浙0803民特12号"


def test_a_refusal_names_its_ground() -> None:
    [made] = proposals(do(asked("received"), "refuse", COURT))
    assert made.facts == Decline(reason="out_of_scope", gate="confirmation.refuse.identity")
    [made] = proposals(do(asked("received"), "refuse", COURT, 不予受理情形="不属于本院管辖"))
    assert made.facts == Decline(reason="not_our_place", gate="confirmation.refuse.jurisdiction")


def test_the_court_confirms_or_dismisses_with_its_grounds() -> None:
    [made] = proposals(do(asked("accepted"), "rule", COURT))
    assert made.facts == Rule(ruling="valid", ruled_on=NOW.date())
    grounds = ["内容不明确", "违反自愿原则"]
    [made] = proposals(do(asked("accepted"), "rule", COURT, 裁定结果="驳回申请", 驳回情形=grounds))
    assert isinstance(made.facts, Rule)
    assert made.facts.grounds == (
        "confirmation.dismiss.unclear",
        "confirmation.dismiss.involuntary",
    )
