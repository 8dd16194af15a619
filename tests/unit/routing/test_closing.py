"""The origin's end of the story: what the police need before no penalty follows (9Ⅳ, 186)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from exchange.contracts.events.proposals import (
    Accept,
    Agree,
    ApplyClosing,
    Close,
    Fail,
    Perform,
)
from tests.unit.routing.scene import CENTRE, DAY_0, ROOM, STATION, TOWN, VILLAGE, Scene

TODAY = date(2026, 3, 2)
APPLIED = ApplyClosing(applied_on=TODAY, applicants=2)
WAIVED = Close(outcome="not_punished", approved=True)


def accepted(**given: str) -> Scene:
    scene = Scene().register(**given)
    scene.act(VILLAGE, Accept(accepted_on=TODAY))
    return scene


def agreed() -> Scene:
    scene = accepted()
    scene.act(VILLAGE, Agree(form="written", agreed_on=TODAY))
    return scene


def performed() -> Scene:
    scene = agreed()
    scene.act(VILLAGE, Perform(instalment=1))
    return scene


def closing() -> Scene:
    scene = performed()
    scene.propose(STATION, APPLIED)
    return scene


@pytest.mark.parametrize(
    ("scene", "facts", "missing"),
    [
        (accepted, WAIVED, "police.close.agreement"),
        (agreed, WAIVED, "police.close.performed"),
        (performed, WAIVED, "police.close.application"),
        (closing, Close(outcome="not_punished", approved=False), "police.close.approval"),
        (accepted, APPLIED, "police.close.agreement"),
        (agreed, APPLIED, "police.close.performed"),
        (performed, ApplyClosing(applied_on=TODAY, applicants=1), "police.close.application"),
        (closing, APPLIED, "act.not_now"),
        (closing, Close(outcome="settled", approved=True), "closing.outcome"),
        (closing, Close(outcome="case_resumed", approved=True), "closing.outcome"),
    ],
)
def test_no_penalty_is_waived_before_everything_is_there(
    scene: Callable[[], Scene], facts: ApplyClosing | Close, missing: str
) -> None:
    story = scene()
    assert story.propose(STATION, facts) == ["proposal.refused"]
    assert story.refused[-1].rule == missing


def test_after_the_end_of_the_case_no_penalty_is_waived() -> None:
    scene = closing().on_day(31)
    assert "police_case_expired" in scene.alarmed
    scene.propose(STATION, WAIVED)
    assert scene.refused[-1].rule == "closing.after_end"
    assert "第118条" in scene.refused[-1].message_zh


def test_a_closing_that_was_timely_counts_although_it_arrived_after_the_end() -> None:
    scene = closing()
    scene.on_day(30, hour=18)
    in_time = scene.now
    scene.on_day(31)
    told = scene.propose(STATION, WAIVED, at=in_time)
    assert told == ["clock.reinstated", "clock.stopped", "dispute.closed"]


def test_a_quarrel_that_is_no_case_has_no_penalty_to_waive() -> None:
    scene = Scene().register(filed_on=None)
    scene.act(VILLAGE, Accept(accepted_on=TODAY))
    scene.act(VILLAGE, Agree(form="oral", agreed_on=TODAY))
    scene.act(VILLAGE, Perform(instalment=1))
    scene.propose(STATION, WAIVED)
    assert scene.refused[-1].rule == "police.close.in_scope"
    scene.propose(STATION, APPLIED)
    assert scene.refused[-1].rule == "closing.police_only"
    told = scene.propose(STATION, Close(outcome="settled", approved=True))
    assert told[-1] == "dispute.closed"


def test_a_sensitive_case_is_dealt_with_off_the_exchange_and_closed_by_its_origin() -> None:
    scene = Scene().register(sensitive=True)
    told = scene.propose(STATION, Close(outcome="case_resumed", approved=True))
    assert told == ["clock.stopped", "dispute.closed"]


def test_when_every_level_has_failed_the_case_resumes() -> None:
    scene = accepted()
    failed = Fail(reason="deadlocked", routes_notified=True)
    scene.act(VILLAGE, failed)
    for agency in (TOWN, CENTRE):
        scene.act(agency, Accept(accepted_on=TODAY))
        scene.act(agency, failed)
    assert scene.stage == "failed"
    assert ROOM not in {r.receiver for r in scene.standing.referrals}
    told = scene.propose(STATION, Close(outcome="case_resumed", approved=True))
    assert told == ["clock.stopped", "dispute.closed"]
    assert scene.tallies == {f"load:{a}": 0 for a in (VILLAGE, TOWN, CENTRE)}


@pytest.mark.parametrize(("outcome", "closes"), [("settled", False), ("unsettled", True)])
def test_a_walk_in_that_came_to_nothing_is_closed_as_unsettled(outcome: str, closes: bool) -> None:
    scene = Scene().register(origin=VILLAGE, filed_on=None, level="county")
    scene.act(CENTRE, Accept(accepted_on=TODAY))
    scene.act(CENTRE, Fail(reason="refused", routes_notified=True))
    facts = Close.model_validate({"outcome": outcome, "approved": True})
    assert (scene.propose(VILLAGE, facts) == ["dispute.closed"]) is closes


def test_a_closing_concludes_all_that_was_open_and_stops_every_clock() -> None:
    scene = closing()
    told = scene.propose(STATION, WAIVED)
    assert told == ["clock.stopped", "clock.stopped", "dispute.closed"]
    closed = scene.told[-1].standing
    assert closed is not None
    assert (closed.stage, closed.holder, closed.clocks) == ("closed", None, ())
    assert {r.status for r in closed.referrals} == {"concluded"}
    assert scene.clocks == {}
    assert scene.now - DAY_0 < timedelta(days=1)
