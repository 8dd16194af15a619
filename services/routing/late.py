"""A timely act that arrives after its clock has expired (docs/architecture.md, Clocks).

It is judged by its own legal time: done before the end, it undoes the silence while nobody else
has accepted; the offers made meanwhile are withdrawn. Otherwise it is refused with that reason
and raised to a person.
"""

from exchange.chassis.decider import Alarm
from exchange.contracts.events.base import ReferralStanding
from exchange.contracts.events.proposals import Decline, ProposalMadeV1
from exchange.contracts.events.routing import ReferralDeclinedV1
from exchange.contracts.vocabulary import OFFERED
from services.routing.acts import offers
from services.routing.clocks import is_timely, keep_time, stop, undo_expiry
from services.routing.limits import ACCEPT
from services.routing.refusals import unlawful
from services.routing.story import Story

TAKEN_UP = frozenset({"accepted", "failed"})


def accept(story: Story, proposal: ProposalMadeV1) -> None:
    """The silence is undone, what was offered to others is withdrawn, the acceptance stands."""
    referral = _require_timely(story, proposal)
    _require_untaken(story, proposal, referral)
    undo_expiry(story, ACCEPT, referral.referral_id)
    _withdraw_others(story)
    story.touch(referral.referral_id, status="offered")
    story.change(stage="offered", level=referral.level)
    offers.accept(story, proposal)


def decline(story: Story, proposal: ProposalMadeV1) -> None:
    """It was not silence but a refusal; others are asked already, and may have accepted since."""
    facts = proposal.facts
    assert isinstance(facts, Decline)
    referral = _require_timely(story, proposal)
    undo_expiry(story, ACCEPT, referral.referral_id)
    story.touch(referral.referral_id, status="declined")
    story.tell(ReferralDeclinedV1, referral_id=referral.referral_id, reason=facts.reason)
    keep_time(story, "decline", "mediation", referral.referral_id)


def _require_timely(story: Story, proposal: ProposalMadeV1) -> ReferralStanding:
    referral = story.referral(proposal.referral_id)
    expired = story.run_out(ACCEPT, referral.referral_id)
    if expired is None or not is_timely(story, expired):
        raise unlawful("late.after_end")
    return referral


def _require_untaken(story: Story, proposal: ProposalMadeV1, referral: ReferralStanding) -> None:
    """Two cannot hold it: who has accepted since the silence keeps it, and a person is told.

    Who tried and failed before this agency was asked stands in nobody's way.
    """
    since = [r for r in story.standing.referrals if r.last_sequence > referral.last_sequence]
    if any(other.purpose == "mediation" and other.status in TAKEN_UP for other in since):
        detail = f"{proposal.facts.act}: {proposal.actor}, {referral.referral_id}"
        raise unlawful("late.other_accepted", alarm=Alarm("late_act_refused", detail))


def _withdraw_others(story: Story) -> None:
    for referral in story.standing.referrals:
        if referral.purpose == "mediation" and referral.status in OFFERED:
            story.touch(referral.referral_id, status="concluded")
            stop(story, ACCEPT, referral.referral_id, "原受理机构在期限内受理，本要约收回")
