"""A timely act is never expired by anybody's backlog; a late one is told so (see `late`)."""

from datetime import date, timedelta

import pytest

from exchange.contracts.events.proposals import (
    Accept,
    Agree,
    ApplyConfirmation,
    Decline,
    Fail,
    Receive,
)
from exchange.contracts.events.routing import (
    ClockReinstatedV1,
    ClockWarnedV1,
    ReferralDeclinedV1,
)
from tests.unit.routing.scene import CENTRE, COURT, FILE, ROOM, TOWN, VILLAGE, Scene

TODAY = date(2026, 3, 2)
ACCEPTED = Accept(accepted_on=TODAY)


def silent() -> Scene:
    """The village's committee was silent, the township's has the offer now."""
    scene = Scene().register()
    return scene.on_day(4)


def test_an_acceptance_after_the_limit_stays_without_effect() -> None:
    scene = silent()
    assert scene.act(VILLAGE, ACCEPTED) == ["proposal.refused"]
    assert scene.refused[-1].rule == "late.after_end"
    assert scene.newest(TOWN).status == "offered"


def test_a_timely_acceptance_loses_where_another_has_accepted_and_a_person_is_told() -> None:
    scene = silent()
    in_time = scene.now - timedelta(days=1)
    scene.act(TOWN, Accept(accepted_on=date(2026, 3, 6)))
    assert scene.act(VILLAGE, ACCEPTED, at=in_time) == ["proposal.refused"]
    assert scene.refused[-1].rule == "late.other_accepted"
    assert scene.alarmed == ["late_act_refused"]
    assert scene.standing.holder == TOWN


def test_that_the_other_has_failed_since_makes_no_difference() -> None:
    scene = silent()
    in_time = scene.now - timedelta(days=1)
    scene.act(TOWN, Accept(accepted_on=TODAY))
    scene.act(TOWN, Fail(reason="refused", routes_notified=True))
    scene.act(VILLAGE, ACCEPTED, at=in_time)
    assert scene.refused[-1].rule == "late.other_accepted"
    assert scene.newest(CENTRE).status == "offered"


def test_who_had_failed_before_this_agency_was_asked_does_not_stand_in_its_way() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    scene.act(VILLAGE, Fail(reason="refused", routes_notified=True))
    in_time = scene.now + timedelta(days=1)
    scene.on_day(4)
    assert scene.newest(TOWN).status == "silent"

    told = scene.act(TOWN, ACCEPTED, at=in_time)

    assert told[0] == "clock.reinstated"
    assert scene.standing.holder == TOWN


def test_a_timely_acceptance_undoes_the_silence_and_withdraws_the_other_offer() -> None:
    scene = silent()
    told = scene.act(VILLAGE, ACCEPTED, at=scene.now - timedelta(days=1), basis=3)
    assert told == [
        "clock.reinstated",
        "clock.stopped",
        "referral.accepted",
        "clock.stopped",
        "clock.set",
    ]
    assert scene.last(ClockReinstatedV1).instance == scene.newest(VILLAGE).referral_id
    assert scene.newest(TOWN).status == "concluded"
    assert (scene.standing.holder, scene.stage) == (VILLAGE, "accepted")
    assert scene.standing.level == "village"
    assert scene.running() == {"police.case", "mediation.conduct"}
    assert not [key for key in scene.clocks if key[0] == "referral.accept"]


def test_whose_offer_was_withdrawn_may_not_accept_it_any_more() -> None:
    scene = silent()
    scene.act(VILLAGE, ACCEPTED, at=scene.now - timedelta(days=1))
    scene.act(TOWN, ACCEPTED)
    assert scene.refused[-1].rule == "act.not_now"


def test_a_timely_acceptance_helps_even_where_nobody_was_left() -> None:
    scene = Scene().register().on_day(20)
    assert scene.stage == "unplaced"
    told = scene.act(CENTRE, ACCEPTED, at=scene.now - timedelta(days=6))
    assert told[0] == "clock.reinstated"
    assert scene.standing.holder == CENTRE


def test_a_timely_decline_was_no_silence_and_nobody_loses_an_offer_by_it() -> None:
    scene = silent()
    told = scene.act(VILLAGE, Decline(reason="no_capacity"), at=scene.now - timedelta(days=1))
    assert told == ["clock.reinstated", "referral.declined", "clock.stopped"]
    assert scene.last(ReferralDeclinedV1).reason == "no_capacity"
    assert scene.newest(VILLAGE).status == "declined"
    assert scene.newest(TOWN).status == "offered"
    assert scene.stage == "offered"


def test_a_timely_decline_is_taken_even_where_another_has_accepted_and_nobody_is_called() -> None:
    scene = silent()
    in_time = scene.now - timedelta(days=1)
    scene.act(TOWN, Accept(accepted_on=date(2026, 3, 6)))
    told = scene.act(VILLAGE, Decline(reason="no_capacity"), at=in_time)
    assert told == ["clock.reinstated", "referral.declined", "clock.stopped"]
    assert scene.alarmed == []
    assert (scene.standing.holder, scene.stage) == (TOWN, "accepted")


def test_a_receipt_does_not_undo_a_silence() -> None:
    scene = silent()
    scene.act(VILLAGE, Receive(), at=scene.now - timedelta(days=1))
    assert scene.refused[-1].rule == "act.not_now"


def test_nobody_else_may_undo_a_silence() -> None:
    scene = silent()
    offer = scene.newest(VILLAGE).referral_id
    scene.propose(ROOM, ACCEPTED, referral=offer, at=scene.now - timedelta(days=1))
    assert scene.refused[-1].rule == "holder.not_yours"


def test_an_acceptance_between_the_end_and_its_notice_still_counts() -> None:
    """Nobody was told of a silence yet, and nobody else was asked."""
    scene = Scene().register()
    scene.now += timedelta(days=4)
    assert scene.act(VILLAGE, ACCEPTED)[0] == "referral.accepted"


def test_when_a_mediation_lasts_too_long_a_person_is_told_and_it_goes_on() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    scene.on_day(33)
    assert "mediation_conduct_expired" in scene.alarmed
    assert "police_case_expired" in scene.alarmed
    assert scene.stage == "accepted"
    told = scene.act(VILLAGE, Agree(form="oral", agreed_on=date(2026, 4, 3)))
    assert told == ["agreement.reached", "clock.set"]


def test_an_agreement_of_before_the_end_reinstates_the_clock_of_the_mediation() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    scene.on_day(31)
    in_time = scene.now
    scene.on_day(33)
    told = scene.act(VILLAGE, Agree(form="oral", agreed_on=date(2026, 4, 2)), at=in_time)
    assert told == ["agreement.reached", "clock.reinstated", "clock.stopped", "clock.set"]


@pytest.mark.parametrize(("early", "answered"), [(True, "clock.reinstated"), (False, None)])
def test_the_window_to_apply_is_judged_by_when_the_parties_applied(
    early: bool, answered: str | None
) -> None:
    """The window ends on 1 April; the application arrives on the 3rd."""
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    scene.act(VILLAGE, Agree(form="written", agreed_on=TODAY))
    scene.on_day(30, hour=20)
    in_time = scene.now
    scene.on_day(32)
    asked = ApplyConfirmation(court=COURT, applied_on=date(2026, 4, 1), package=(FILE,))
    told = scene.act(VILLAGE, asked, at=in_time if early else None)
    if answered:
        assert told[:2] == [answered, "confirmation.applied"]
    else:
        assert scene.refused[-1].rule == "confirmation.apply.window"
        assert "第205条" in scene.refused[-1].message_zh


def test_a_warning_is_told_once_per_rung_with_its_article() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    scene.on_day(28)
    rungs = [(e.rule, e.rung) for e in scene.told if isinstance(e, ClockWarnedV1)]
    rules = ("mediation.conduct", "police.case")
    assert sorted(rungs) == [(rule, rung) for rule in rules for rung in (1, 2)]
    assert all(e.citation for e in scene.told if isinstance(e, ClockWarnedV1))
