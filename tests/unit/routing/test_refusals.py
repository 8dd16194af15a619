"""An illegal proposal is answered with the rule it broke; the story stays as it was."""

from datetime import date, timedelta

import pytest

from exchange.contracts.events.proposals import (
    Accept,
    Agree,
    ApplyClosing,
    Breach,
    Close,
    Decline,
    Fail,
    Perform,
    Receive,
    Start,
)
from exchange.contracts.events.routing import AgreementReachedV1, ReferralAcceptedV1
from services.routing.decider import NotForRouting, NotRegistered
from services.routing.refusals import OWN_RULES
from services.routing.state import HELD_MAX
from tests.unit.routing.scene import CENTRE, COURT, DAY_0, STATION, TOWN, VILLAGE, Scene

TODAY = date(2026, 3, 2)
ACCEPTED = Accept(accepted_on=TODAY)
FAILED = Fail(reason="deadlocked", routes_notified=True)


def agreed() -> Scene:
    """The village's committee has reached an oral agreement in two instalments."""
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    scene.act(VILLAGE, Agree(form="oral", agreed_on=TODAY, instalments=2))
    return scene


def test_an_unknown_referral_is_answered() -> None:
    scene = Scene().register()
    assert scene.propose(VILLAGE, ACCEPTED, referral="nobody's") == ["proposal.refused"]
    assert scene.refused[-1].rule == "referral.unknown"
    assert scene.refused[-1].acts_allowed == ()


def test_an_act_of_a_referral_without_one_is_answered() -> None:
    scene = Scene().register()
    scene.propose(VILLAGE, ACCEPTED)
    assert scene.refused[-1].rule == "referral.wrong_purpose"


def test_another_agency_may_not_act_on_a_referral() -> None:
    scene = Scene().register()
    before = scene.state.standing
    offer = scene.newest(VILLAGE).referral_id
    assert scene.propose(TOWN, ACCEPTED, referral=offer) == ["proposal.refused"]
    assert scene.refused[-1].rule == "holder.not_yours"
    assert scene.state.standing == before


def test_only_the_origin_closes() -> None:
    scene = agreed()
    scene.propose(VILLAGE, Close(outcome="settled", approved=True))
    assert scene.refused[-1].rule == "holder.not_yours"


def test_an_act_out_of_order_is_told_what_may_be_done_instead() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, Start())
    refused = scene.refused[-1]
    assert refused.rule == "act.not_now"
    assert refused.acts_allowed == ("receive", "accept", "decline")
    assert refused.agency == VILLAGE
    assert refused.message_zh
    assert refused.message_en


def test_a_strict_act_on_a_stale_basis_is_refused() -> None:
    """The holder fails what it saw as accepted; meanwhile its own session had begun."""
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    seen = scene.newest(VILLAGE).last_sequence
    scene.act(VILLAGE, Start())
    assert scene.act(VILLAGE, FAILED, basis=seen) == ["proposal.refused"]
    assert scene.refused[-1].rule == "basis.stale"
    assert scene.act(VILLAGE, FAILED)[0] == "mediation.failed"


def test_a_receipt_does_not_make_a_basis_stale() -> None:
    scene = Scene().register()
    seen = scene.state.sequence
    scene.act(VILLAGE, Receive())
    assert scene.act(VILLAGE, ACCEPTED, basis=seen)[0] == "referral.accepted"


def test_an_event_tells_the_day_of_the_act_that_was_entered_later() -> None:
    scene = Scene().register()
    scene.on_day(1)
    scene.act(VILLAGE, ACCEPTED)
    assert scene.last(ReferralAcceptedV1).acted_on == TODAY
    scene.act(VILLAGE, Agree(form="oral", agreed_on=TODAY, instalments=1))
    assert scene.last(AgreementReachedV1).acted_on == TODAY


def test_clocks_do_not_make_a_basis_stale() -> None:
    scene = Scene().register()
    seen = scene.newest(VILLAGE).last_sequence
    scene.on_day(3)
    assert scene.types[-1] == "clock.warned"
    assert scene.act(VILLAGE, ACCEPTED, basis=seen)[0] == "referral.accepted"


def test_the_origin_may_not_close_on_a_stage_that_it_has_not_seen() -> None:
    """It saw the breach; meanwhile all was paid."""
    scene = agreed()
    scene.act(VILLAGE, Breach(instalment=1))
    seen = scene.state.sequence
    scene.act(VILLAGE, Perform(instalment=1))
    scene.act(VILLAGE, Perform(instalment=2))
    scene.propose(STATION, Close(outcome="case_resumed", approved=True), basis=seen)
    assert scene.refused[-1].rule == "basis.stale"


def test_a_failure_without_the_notice_of_other_routes_is_refused_with_its_article() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    scene.act(VILLAGE, Fail(reason="refused", routes_notified=False))
    assert scene.refused[-1].rule == "mediation.failure.inform"
    assert "第26条" in scene.refused[-1].message_zh
    assert scene.stage == "accepted"


def test_an_act_of_tomorrow_is_refused() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, Accept(accepted_on=date(2026, 3, 3)))
    assert scene.refused[-1].rule == "act.future"


def test_after_midnight_in_china_it_is_the_next_day_whatever_the_zone_of_the_machine() -> None:
    scene = Scene().register()
    scene.now = DAY_0.replace(hour=23, minute=59)
    scene.act(VILLAGE, Accept(accepted_on=date(2026, 3, 3)))
    assert scene.refused[-1].rule == "act.future"
    scene.now += timedelta(minutes=1)
    told = scene.act(VILLAGE, Accept(accepted_on=date(2026, 3, 3)))
    assert told[0] == "referral.accepted"


@pytest.mark.parametrize(
    ("instalment", "rule"),
    [
        (2, "performance.order"),
        (0, "performance.unknown_instalment"),
        (3, "performance.unknown_instalment"),
    ],
)
def test_instalments_are_paid_in_their_order(instalment: int, rule: str) -> None:
    scene = agreed()
    scene.act(VILLAGE, Perform(instalment=instalment))
    assert scene.refused[-1].rule == rule
    assert scene.standing.instalments_paid == 0


def test_the_same_instalment_is_not_paid_twice() -> None:
    scene = agreed()
    scene.act(VILLAGE, Perform(instalment=1))
    scene.act(VILLAGE, Perform(instalment=1))
    assert scene.refused[-1].rule == "performance.unknown_instalment"


def test_a_breach_is_of_an_instalment_that_is_owed() -> None:
    scene = agreed()
    scene.act(VILLAGE, Perform(instalment=1))
    scene.act(VILLAGE, Breach(instalment=1))
    assert scene.refused[-1].rule == "performance.unknown_instalment"


def test_a_breach_lets_the_case_resume_but_not_be_waived() -> None:
    scene = agreed()
    assert scene.act(VILLAGE, Breach(instalment=1)) == ["agreement.breached"]
    scene.propose(STATION, Close(outcome="not_punished", approved=True))
    assert scene.refused[-1].rule == "police.close.performed"
    told = scene.propose(STATION, Close(outcome="case_resumed", approved=True))
    assert told == ["clock.stopped", "clock.stopped", "dispute.closed"]
    assert scene.load(VILLAGE) == 0


def test_payment_after_a_breach_heals_it() -> None:
    scene = agreed()
    scene.act(VILLAGE, Breach(instalment=1))
    assert scene.act(VILLAGE, Perform(instalment=1)) == ["performance.recorded"]
    assert scene.stage == "agreed"


def test_a_proposal_that_comes_twice_is_answered_once() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED, proposal_id="p-1")
    assert scene.act(VILLAGE, ACCEPTED, proposal_id="p-1") == []
    scene.act(VILLAGE, Agree(form="oral", agreed_on=TODAY), proposal_id="p-2")
    assert scene.act(VILLAGE, ACCEPTED, proposal_id="p-1") == []


def test_a_refused_proposal_that_comes_twice_is_refused_once() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, FAILED, proposal_id="p-1")
    assert scene.act(VILLAGE, FAILED, proposal_id="p-1") == []
    assert len(scene.refused) == 1


def test_proposals_before_the_registration_are_held_and_answered_after_it() -> None:
    scene = Scene()
    close = Close(outcome="settled", approved=True)
    assert scene.propose(STATION, close, proposal_id="early") == []
    scene.propose(STATION, ApplyClosing(applied_on=TODAY, applicants=2), proposal_id="early-2")
    scene.register()
    assert scene.types == [
        "dispute.registered",
        "clock.set",
        "referral.offered",
        "clock.set",
    ]
    answers = [(r.proposal_id, r.rule) for r in scene.refused]
    assert answers == [("early", "closing.outcome"), ("early-2", "police.close.agreement")]
    assert scene.propose(STATION, close, proposal_id="early") == []


def test_no_more_proposals_are_held_than_the_limit() -> None:
    scene = Scene()
    for number in range(HELD_MAX + 1):
        scene.propose(STATION, Close(outcome="settled", approved=True), proposal_id=f"p-{number}")
    assert [r.rule for r in scene.refused] == ["dispute.unregistered"]
    assert len(scene.state.held) == HELD_MAX


def test_nothing_is_done_under_a_code_that_leads_to_another() -> None:
    scene = Scene().register()
    told = scene.link()
    assert told == ["clock.stopped", "dispute.linked"]
    assert (scene.stage, scene.newest(VILLAGE).status) == ("linked", "concluded")
    assert scene.running() == {"police.case"}
    scene.act(VILLAGE, ACCEPTED)
    assert scene.refused[-1].rule == "dispute.linked"
    assert scene.state.lead_code is not None
    assert scene.state.lead_code in scene.refused[-1].message_zh


def test_a_link_of_what_was_never_registered_waits_for_a_person() -> None:
    with pytest.raises(NotRegistered):
        Scene().link()


def test_an_event_of_another_topic_waits_for_a_person() -> None:
    scene = Scene().register()
    with pytest.raises(NotForRouting):
        scene.arrive(scene.told[-1])


def test_an_agreement_of_no_instalment_is_none() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    scene.act(VILLAGE, Agree(form="oral", agreed_on=TODAY, instalments=0))
    assert scene.refused[-1].rule == "agreement.instalments"


def test_a_holder_is_freed_when_its_dispute_is_linked() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, ACCEPTED)
    scene.link()
    assert (scene.load(VILLAGE), scene.standing.holder) == (0, None)


def test_a_closed_dispute_is_not_linked_any_more() -> None:
    scene = Scene().register(origin=CENTRE, filed_on=None, sensitive=True)
    scene.propose(CENTRE, Close(outcome="settled", approved=True))
    assert scene.stage == "closed"
    assert scene.link() == []
    assert scene.alarmed[-1] == "linked_after_end"


def test_a_closed_dispute_takes_no_act() -> None:
    scene = Scene().register(origin=CENTRE, filed_on=None, sensitive=True)
    scene.propose(CENTRE, Close(outcome="unsettled", approved=True))
    scene.propose(CENTRE, Close(outcome="settled", approved=True))
    assert scene.refused[-1].rule == "dispute.closed"
    assert scene.refused[-1].acts_allowed == ()


@pytest.mark.parametrize("facts", [Receive(), Decline(reason="other"), ACCEPTED])
def test_a_former_receiver_may_do_nothing_more(facts: Receive | Decline | Accept) -> None:
    scene = Scene().register()
    scene.act(VILLAGE, Decline(reason="no_capacity"))
    scene.act(VILLAGE, facts)
    assert scene.refused[-1].rule == "act.not_now"


def test_a_court_has_no_say_in_a_mediation() -> None:
    scene = agreed()
    offer = scene.newest(VILLAGE).referral_id
    scene.propose(COURT, Agree(form="oral", agreed_on=TODAY), referral=offer)
    assert scene.refused[-1].rule == "holder.not_yours"


def test_every_rule_of_ours_is_told_in_both_languages() -> None:
    assert all(zh and en and zh != en for zh, en in OWN_RULES.values())
