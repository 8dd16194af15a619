"""Acts on an offer of mediation: it is received, accepted or declined."""

from exchange.contracts.events.proposals import Accept, Decline, ProposalMadeV1
from exchange.contracts.events.routing import (
    ReferralAcceptedV1,
    ReferralDeclinedV1,
    ReferralReceivedV1,
)
from services.routing.choice import LEVEL_ZH, ladder_zh
from services.routing.clocks import keep_time
from services.routing.days import not_in_future
from services.routing.placing import place, search
from services.routing.story import Story


def receive(story: Story, proposal: ProposalMadeV1) -> None:
    """The agency's system holds it. A receipt that comes after the acceptance changes nothing."""
    referral = story.referral(proposal.referral_id)
    if referral.status == "offered":
        story.touch(referral.referral_id, status="received")
    story.tell(ReferralReceivedV1, referral_id=referral.referral_id)


def accept(story: Story, proposal: ProposalMadeV1) -> None:
    """受理: the receiver is the holder now, and the clock of its own law starts (调解法 17)."""
    facts = proposal.facts
    assert isinstance(facts, Accept)
    not_in_future(story, facts.accepted_on)
    referral = story.referral(proposal.referral_id)
    story.touch(referral.referral_id, status="accepted")
    story.change(stage="accepted", holder=referral.receiver)
    story.count(referral)
    story.tell(ReferralAcceptedV1, referral_id=referral.referral_id, acted_on=facts.accepted_on)
    keep_time(story, "accept", "mediation", referral.referral_id, facts.accepted_on)


def decline(story: Story, proposal: ProposalMadeV1) -> None:
    """不予受理: another agency at the same level is asked, and if none is left the next level."""
    facts = proposal.facts
    assert isinstance(facts, Decline)
    referral = story.referral(proposal.referral_id)
    story.touch(referral.referral_id, status="declined")
    found = search(story, referral.level)
    story.tell(ReferralDeclinedV1, referral_id=referral.referral_id, reason=facts.reason)
    keep_time(story, "decline", "mediation", referral.referral_id)
    nobody = f"{LEVEL_ZH[referral.level]}没有其他可办理的机构，按{ladder_zh(story.law)}"
    place(story, found, ended=referral, because=nobody)
