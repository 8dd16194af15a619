"""不予处罚 needs all of 治安管理处罚法 9 para. 4 and 程序规定 186; 恢复办理 needs a failure."""

from typing import Any

import pytest

from exchange.chassis.decider import Decision, Refused
from exchange.contracts.events.proposals import ApplyClosing, Close
from exchange.contracts.vocabulary import Stage
from services.police_link.decider import PoliceState, acts_allowed, decide
from services.police_link.schemas import ApplyClosingForm, CloseForm
from tests.unit.doors.scene import (
    CODE,
    COMMITTEE,
    NOW,
    STATION,
    command,
    proposals,
    referral,
    standing,
    view,
)

FILE = {"文件编号": "file-1", "密文摘要": "a" * 64}
APPLICATION = {"申请日期": "2026-03-02", "申请人序号": [1, 2], "申请书": [FILE]}
CLOSING = {"结案结果": "不予处罚", "结案日期": "2026-03-02", "公安机关认可": True}


def at(stage: Stage, *, is_case: bool = True) -> PoliceState:
    return PoliceState(
        dispute_code=CODE,
        station=STATION,
        parties=2,
        is_case=is_case,
        last_sequence=9,
        standing=standing(stage, referral()),
    )


def apply(state: PoliceState, agency: str = STATION, **changes: Any) -> Decision[PoliceState]:
    form = ApplyClosingForm.model_validate({**APPLICATION, **changes})
    return decide(state, command("apply_closing", agency, form), view(), NOW)


def close(state: PoliceState, agency: str = STATION, **changes: Any) -> Decision[PoliceState]:
    form = CloseForm.model_validate({**CLOSING, **changes})
    return decide(state, command("close", agency, form), view(), NOW)


def refusal(act: Any, *args: Any, **changes: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        act(*args, **changes)
    return refused.value


@pytest.mark.parametrize(
    ("stage", "changes", "rule"),
    [
        ("mediating", {}, "police.close.agreement"),
        ("agreed", {}, "police.close.performed"),
        ("breached", {}, "police.close.performed"),
        ("performed", {"申请人序号": [1]}, "police.close.application"),
        ("performed", {"申请书": []}, "police.close.application"),
    ],
)
def test_an_application_before_performance_or_by_one_alone_is_refused(
    stage: Stage, changes: dict[str, Any], rule: str
) -> None:
    refused = refusal(apply, at(stage), **changes)
    assert (refused.status, refused.rule) == (409, rule)


@pytest.mark.parametrize(
    ("stage", "changes", "rules"),
    [
        ("agreed", {}, ["police.close.performed", "police.close.application"]),
        ("performed", {}, ["police.close.application"]),
        ("closing", {"公安机关认可": False}, ["police.close.approval"]),
        (
            "closing",
            {"公安机关认可": False, "已作出处理决定": True},
            ["police.close.before_decision", "police.close.approval"],
        ),
    ],
)
def test_no_penalty_without_every_condition(
    stage: Stage, changes: dict[str, Any], rules: list[str]
) -> None:
    refused = refusal(close, at(stage), **changes)
    assert (refused.status, refused.code) == (409, "may_not_be_closed")
    assert [error.code for error in refused.errors] == rules


def test_a_dispute_that_is_no_case_is_settled_and_not_left_unpunished() -> None:
    refused = refusal(close, at("closing", is_case=False))
    assert "police.close.in_scope" in {error.code for error in refused.errors}
    assert refusal(close, at("performed"), 结案结果="已化解").code == "wrong_outcome"
    assert proposals(close(at("performed", is_case=False), 结案结果="已化解"))


def test_a_case_is_taken_up_again_only_after_a_failure_or_a_breach() -> None:
    assert refusal(close, at("mediating"), 结案结果="恢复办理").code == "not_now"
    stages: tuple[Stage, ...] = ("failed", "breached", "unplaced")
    for stage in stages:
        [made] = proposals(close(at(stage), 结案结果="恢复办理"))
        assert made.facts == Close(outcome="case_resumed", approved=True)


def test_nothing_is_closed_twice_before_its_day_or_by_another_agency() -> None:
    assert refusal(close, at("closed")).code == "not_now"
    assert refusal(apply, at("closing")).code == "not_now"
    assert refusal(close, at("closing"), COMMITTEE).status == 404
    assert refusal(close, at("closing"), 结案日期="2026-03-03").status == 422


def test_before_its_registration_nothing_can_be_closed() -> None:
    fresh = PoliceState(dispute_code=CODE, station=STATION, is_case=True)
    assert refusal(close, fresh).code == "not_now"
    assert refusal(close, PoliceState(dispute_code=CODE)).status == 404


def test_a_second_act_waits_until_the_first_is_answered() -> None:
    state = apply(at("performed")).state
    refused = refusal(close, state)
    assert (refused.status, refused.code) == (409, "proposal_pending")


def test_after_performance_both_apply_and_the_police_close() -> None:
    decision = apply(at("performed"))
    [made] = proposals(decision)
    assert isinstance(made.facts, ApplyClosing)
    assert (made.facts.applicants, made.basis, made.number) == (2, 9, 1)
    assert acts_allowed(at("closing")) == ("close",)
    [closing] = proposals(close(at("closing")))
    assert isinstance(closing.facts, Close)
    assert closing.facts.approved
    assert "police.close.performed" in closing.facts.gates_passed
