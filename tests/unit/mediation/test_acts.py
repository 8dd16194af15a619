"""A committee's acts: what the law asks of each, what is out of order, what is then proposed."""

from typing import Any

import pytest
from pydantic import ValidationError

from exchange.chassis.decider import Decision, Refused
from exchange.chassis.problems import field_errors
from exchange.contracts.events.intake import FileRef
from exchange.contracts.events.proposals import Accept, Agree, Breach, Close, Decline, Fail, Perform
from exchange.contracts.vocabulary import Stage
from exchange.doors.projection import Moment
from services.mediation.decider import MediationState, acts_allowed, decide
from services.mediation.schemas import FORMS
from tests.unit.doors.scene import (
    CENTRE,
    CODE,
    COMMITTEE,
    NOW,
    REFERRAL,
    TOWN_COMMITTEE,
    command,
    confirmation,
    proposals,
    referral,
    standing,
    view,
)

FILE = {"文件编号": "file-1", "密文摘要": "a" * 64}
REF = FileRef(file_id="file-1", ciphertext_sha256="a" * 64)
WRITTEN = {
    "协议形式": "书面",
    "达成日期": "2026-03-02",
    "当事人签名盖章或者按指印": True,
    "调解员签名": True,
    "加盖调解委员会印章": True,
    "协议书": [FILE],
    "履行安排": [{"期次": 1, "履行期限": "2026-03-12"}, {"期次": 2, "履行期限": "2026-04-12"}],
}
ORAL: dict[str, Any] = {
    "协议形式": "口头",
    "达成日期": "2026-03-02",
    "已记录协议内容": True,
    "履行安排": [{"期次": 1, "履行期限": "2026-03-02"}],
}
FORM_OF: dict[str, dict[str, Any]] = {
    "accept": {"受理日期": "2026-03-02", "调解员人数": 2, "无回避情形声明": True},
    "decline": {"理由": "没有调解力量"},
    "start": {"调解次数": 1, "调解日期": "2026-03-02", "双方到场": True},
    "fail": {"理由": "分歧过大", "已告知其他途径": True},
    "agree": WRITTEN,
    "perform": {"期次": 1, "履行日期": "2026-03-02", "履行凭证": FILE},
    "breach": {"期次": 1, "已告知可以起诉": True},
    "close": {"办结结果": "已化解", "办结日期": "2026-03-02"},
}


def at(stage: Stage, status: str = "accepted", **more: Any) -> MediationState:
    """A dispute offered on 1 March and accepted on 2 March, seen by the committee's door."""
    moments = (
        Moment(sequence=3, type="referral.offered", at=NOW.replace(day=1), referral_id=REFERRAL),
        Moment(
            sequence=4,
            type="referral.accepted",
            at=NOW,
            referral_id=REFERRAL,
            acted_on=NOW.date(),
        ),
    )
    return MediationState(
        dispute_code=CODE,
        last_sequence=4,
        standing=standing(stage, referral(status), **more),
        timeline=moments if status == "accepted" else moments[:1],
    )


OFFERED = at("offered", "received")
MEDIATING = at("mediating")
AGREED = at("agreed", agreement_form="written", instalments_due=2, instalments_paid=0)


def do(
    state: MediationState, name: str, agency: str = COMMITTEE, **changes: Any
) -> Decision[MediationState]:
    form = FORMS[name].model_validate({**FORM_OF[name], **changes})
    return decide(state, command(name, agency, form, target=REFERRAL), view(), NOW)


def refusal(state: MediationState, name: str, agency: str = COMMITTEE, **changes: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        do(state, name, agency, **changes)
    return refused.value


def facts(decision: Decision[MediationState]) -> Any:
    [made] = proposals(decision)
    return made.facts


# What the law asks


@pytest.mark.parametrize(
    ("state", "name", "changes", "pointer", "rule"),
    [
        (OFFERED, "decline", {"理由": "有现实危险"}, "/已报告公安机关", "mediation.danger.report"),
        (
            MEDIATING,
            "fail",
            {"已告知其他途径": False},
            "/已告知其他途径",
            "mediation.failure.inform",
        ),
        (
            MEDIATING,
            "agree",
            {"当事人签名盖章或者按指印": False},
            "/当事人签名盖章或者按指印",
            "mediation.agreement.signatures",
        ),
        (MEDIATING, "agree", {"调解员签名": False}, "/调解员签名", "mediation.agreement.mediator"),
        (
            MEDIATING,
            "agree",
            {"加盖调解委员会印章": False},
            "/加盖调解委员会印章",
            "mediation.agreement.seal",
        ),
        (
            MEDIATING,
            "agree",
            {**ORAL, "已记录协议内容": False},
            "/已记录协议内容",
            "mediation.agreement.oral_recorded",
        ),
        (AGREED, "perform", {"履行凭证": None}, "/履行凭证", "mediation.performance.supervised"),
        (
            AGREED,
            "breach",
            {"已告知可以起诉": False},
            "/已告知可以起诉",
            "mediation.performance.suit",
        ),
    ],
)
def test_what_the_law_asks_of_an_act_is_asked_with_its_article(
    state: MediationState, name: str, changes: dict[str, Any], pointer: str, rule: str
) -> None:
    refused = refusal(state, name, **changes)
    assert (refused.status, refused.code, refused.rule) == (422, "not_lawful", rule)
    assert [(error.pointer, error.code) for error in refused.errors] == [(pointer, rule)]
    assert "《人民调解法》" in refused.errors[0].message_zh
    assert refused.acts_allowed


def test_all_that_a_paper_lacks_is_told_at_once() -> None:
    bare = {"当事人签名盖章或者按指印": False, "调解员签名": False, "加盖调解委员会印章": False}
    form = FORMS["agree"].model_validate({**WRITTEN, **bare, "协议书": [], "履行安排": []})
    with pytest.raises(Refused) as refused:
        decide(MEDIATING, command("agree", COMMITTEE, form, target=REFERRAL), view(), NOW)
    assert {error.pointer for error in refused.value.errors} == {
        "/协议书",
        "/履行安排",
        *(f"/{field}" for field in bare),
    }


# What is out of order


@pytest.mark.parametrize(
    ("name", "changes", "code"),
    [
        ("accept", {"无回避情形声明": False}, "conflict_undeclared"),
        ("accept", {"受理日期": "2026-03-03"}, "in_the_future"),
        ("accept", {"受理日期": "2026-02-28"}, "out_of_order"),
    ],
)
def test_an_acceptance_without_declaration_or_on_another_day_is_refused(
    name: str, changes: dict[str, Any], code: str
) -> None:
    refused = refusal(OFFERED, name, **changes)
    assert (refused.status, refused.code) == (422, "not_valid")
    assert [error.code for error in refused.errors] == [code]


@pytest.mark.parametrize(
    ("state", "name", "changes", "code"),
    [
        (MEDIATING, "start", {"双方到场": False}, "not_both_present"),
        (MEDIATING, "start", {"调解次数": 3}, "wrong_session"),
        (MEDIATING, "agree", {"达成日期": "2026-03-01"}, "out_of_order"),
        (MEDIATING, "agree", {"履行安排": [{"期次": 2, "履行期限": "2026-03-12"}]}, "out_of_order"),
        (MEDIATING, "agree", {"履行安排": [{"期次": 1, "履行期限": "2026-03-01"}]}, "out_of_order"),
        (AGREED, "perform", {"期次": 2}, "wrong_instalment"),
        (AGREED, "breach", {"期次": 2}, "wrong_instalment"),
    ],
)
def test_days_and_numbers_follow_one_another(
    state: MediationState, name: str, changes: dict[str, Any], code: str
) -> None:
    assert code in {error.code for error in refusal(state, name, **changes).errors}


def test_what_was_done_before_it_was_typed_in_keeps_its_own_day() -> None:
    """All of it was done on 1 March and entered on the 2nd; only the next form is still to come."""
    yesterday = NOW.date().replace(day=1)
    accepted, agreed = (
        Moment(sequence=n, type=type_, at=NOW, referral_id=REFERRAL, acted_on=yesterday)
        for n, type_ in ((4, "referral.accepted"), (5, "agreement.reached"))
    )
    offered = MEDIATING.timeline[0]
    held = MEDIATING.model_copy(update={"timeline": (offered, accepted)})
    paid = AGREED.model_copy(update={"timeline": (offered, accepted, agreed)})
    assert facts(do(held, "start", 调解日期="2026-03-01"))
    assert facts(do(held, "agree", 达成日期="2026-03-01"))
    assert facts(do(paid, "perform", 履行日期="2026-03-01"))


def test_a_day_that_was_never_told_holds_nobody_up() -> None:
    untold = MEDIATING.timeline[1].model_copy(update={"acted_on": None})
    held = MEDIATING.model_copy(update={"timeline": (untold,)})
    assert facts(do(held, "start", 调解日期="2026-03-01"))


@pytest.mark.parametrize(
    ("state", "name", "allowed"),
    [
        (OFFERED, "agree", ("accept", "decline")),
        (MEDIATING, "accept", ("start", "fail", "agree")),
        (MEDIATING, "perform", ("start", "fail", "agree")),
        (AGREED, "fail", ("perform", "breach", "apply_confirmation")),
        (at("offered", "silent"), "accept", ()),
        (at("closed", "concluded"), "perform", ()),
    ],
)
def test_an_act_out_of_order_is_answered_with_the_acts_that_are_not(
    state: MediationState, name: str, allowed: tuple[str, ...]
) -> None:
    refused = refusal(state, name)
    assert (refused.status, refused.code, refused.acts_allowed) == (409, "not_now", allowed)


def test_a_referral_is_nobody_else_s_and_a_confirmation_is_the_court_s() -> None:
    assert refusal(OFFERED, "accept", TOWN_COMMITTEE).status == 404
    assert refusal(MediationState(dispute_code=CODE), "accept").status == 404
    assert acts_allowed(standing("agreed", confirmation()), confirmation()) == ()


def test_while_a_proposal_is_open_no_other_is_taken() -> None:
    state = do(OFFERED, "accept").state
    refused = refusal(state, "decline")
    assert refused.code == "proposal_pending"
    assert refused.extra["retry_after_s"] > 0


def test_a_stray_word_is_told_with_those_that_are_known() -> None:
    with pytest.raises(ValidationError) as invalid:
        FORMS["decline"].model_validate({"理由": "太忙"})
    [error] = field_errors(invalid.value)
    assert (error.pointer, error.code) == ("/理由", "unknown_code")
    assert "没有调解力量" in error.message_zh


# What is then proposed


def test_acceptance_and_decline_are_proposed_on_what_was_seen() -> None:
    decision = do(OFFERED, "accept")
    [made] = proposals(decision)
    assert made.facts == Accept(accepted_on=NOW.date(), mediators=2)
    assert (made.actor, made.referral_id, made.basis) == (COMMITTEE, REFERRAL, 4)
    assert (made.legal_at, made.evidence_sha256 is not None) == (NOW, True)
    assert decision.reply is not None
    assert decision.reply["state"] == "pending"
    declined = facts(do(OFFERED, "decline", 理由="由专门机关管辖"))
    assert declined == Decline(reason="special_organ", gate="mediation.not_acceptable.reserved")


def test_a_failure_carries_its_notice_of_the_other_routes() -> None:
    assert facts(do(MEDIATING, "fail")) == Fail(reason="deadlocked", routes_notified=True)


def test_a_written_agreement_lists_its_marks_and_its_instalments() -> None:
    agreed = facts(do(MEDIATING, "agree"))
    assert isinstance(agreed, Agree)
    assert agreed.signed_by == ("parties", "mediator", "committee")
    assert (agreed.instalments, str(agreed.performance_due_on)) == (2, "2026-04-12")
    assert agreed.files == (REF,)


def test_an_oral_agreement_needs_its_record_and_no_paper() -> None:
    agreed = facts(do(MEDIATING, "agree", **ORAL, 协议书=[]))
    assert (agreed.form, agreed.signed_by, agreed.files) == ("oral", (), ())


def test_performance_and_breach_name_the_next_instalment() -> None:
    assert facts(do(AGREED, "perform")) == Perform(instalment=1, proof=REF)
    assert facts(do(AGREED, "breach")) == Breach(instalment=1)


def test_an_origin_without_a_linkage_closes_what_it_brought_in() -> None:
    performed = at("performed").model_copy(
        update={
            "standing": standing("performed", referral("concluded")).model_copy(
                update={"origin": CENTRE}
            )
        }
    )
    assert facts(do(performed, "close", CENTRE)) == Close(outcome="settled", approved=True)
    assert refusal(performed, "close", CENTRE, 办结结果="未化解").code == "not_now"
    assert refusal(performed, "close", CENTRE, 办结日期="2026-03-03").status == 422
    assert refusal(performed, "close", COMMITTEE).status == 404
