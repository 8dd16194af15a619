"""Judicial confirmation (司法确认): the application, the court's acceptance, refusal or ruling.

民事诉讼法 205-206; refusal to accept by 民诉解释 355, dismissal by 358. The court's referral runs
beside the mediation's: the holder stays the holder.
"""

from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.events.proposals import (
    Accept,
    ApplyConfirmation,
    Decline,
    ProposalMadeV1,
    Rule,
)
from exchange.contracts.events.routing import (
    ConfirmationAppliedV1,
    ConfirmationRuledV1,
    Reason,
    ReferralAcceptedV1,
)
from services.routing.clocks import APPLY, expire, is_timely, keep_time, undo_expiry
from services.routing.days import not_in_future
from services.routing.placing import is_full, offer
from services.routing.refusals import not_met, unlawful
from services.routing.story import Story

MAY_APPLY_AGAIN = frozenset({None, "refused"})
"""A refusal by 355 leaves the window open (for another court, say); a ruling does not."""

REFUSE = "confirmation.refuse."
DISMISS = "confirmation.dismiss."
COURT = "confirmation.apply.court"


def apply(story: Story, proposal: ProposalMadeV1) -> None:
    """Both parties apply, through the holder: within thirty days, judged by the act's own time."""
    facts = proposal.facts
    assert isinstance(facts, ApplyConfirmation)
    not_in_future(story, facts.applied_on)
    if story.standing.confirmation not in MAY_APPLY_AGAIN:
        raise unlawful("confirmation.already")
    window = story.running(APPLY) or story.run_out(APPLY)
    if window is None or not is_timely(story, window):
        raise not_met(story.law, "confirmation.apply.window")
    if not facts.package:
        raise not_met(story.law, "confirmation.apply.agreement")
    if is_full(story):
        raise unlawful("referral.too_many")
    court = _court(story, facts.court)
    undo_expiry(story, APPLY)
    story.change(confirmation="applied")
    story.tell(
        ConfirmationAppliedV1,
        referral_id=proposal.referral_id,
        court=court.agency,
        package=facts.package,
    )
    offer(
        story,
        court,
        purpose="confirmation",
        mode="transfer",
        level=court.level,
        sender=proposal.actor,
        reasons=(Reason(rule=COURT, text=_chosen_zh(story)),),
        files=facts.package,
    )


def accept(story: Story, proposal: ProposalMadeV1) -> None:
    """法院立案: the application is with the court, whose thirty days begin (民诉法 187)."""
    facts = proposal.facts
    assert isinstance(facts, Accept)
    not_in_future(story, facts.accepted_on)
    referral = story.referral(proposal.referral_id)
    story.touch(referral.referral_id, status="accepted")
    story.change(confirmation="accepted")
    story.count(referral)
    story.tell(ReferralAcceptedV1, referral_id=referral.referral_id, acted_on=facts.accepted_on)
    keep_time(story, "accept", "confirmation", referral.referral_id, facts.accepted_on)


def decline(story: Story, proposal: ProposalMadeV1) -> None:
    """不予受理 (民诉解释 355): the court names its ground."""
    facts = proposal.facts
    assert isinstance(facts, Decline)
    _refuse(story, proposal, (facts.gate,) if facts.gate else ())


def rule(story: Story, proposal: ProposalMadeV1) -> None:
    """裁定有效, or 驳回申请 with its grounds; a refusal to accept may be told in this form too."""
    facts = proposal.facts
    assert isinstance(facts, Rule)
    not_in_future(story, facts.ruled_on)
    referral = story.referral(proposal.referral_id)
    is_accepted = referral.status == "accepted"
    if facts.ruling == "refused" and not is_accepted:
        _refuse(story, proposal, facts.grounds)
        return
    if not is_accepted:
        raise unlawful("confirmation.ruling.unaccepted")
    if facts.ruling != "valid" and not _all_under(facts.grounds, DISMISS, REFUSE):
        raise unlawful("confirmation.dismiss.ground")
    ruling = "valid" if facts.ruling == "valid" else "dismissed"
    story.touch(referral.referral_id, status="concluded")
    story.release(referral)
    story.change(confirmation=ruling)
    story.tell(
        ConfirmationRuledV1,
        referral_id=referral.referral_id,
        ruling=ruling,
        grounds=facts.grounds,
    )
    keep_time(story, "rule", "confirmation", referral.referral_id)


def _refuse(story: Story, proposal: ProposalMadeV1, grounds: tuple[str, ...]) -> None:
    """The court did not accept. The parties' window runs on; if it is over, that is told now."""
    if not _all_under(grounds, REFUSE):
        raise unlawful("confirmation.refuse.ground")
    referral = story.referral(proposal.referral_id)
    story.touch(referral.referral_id, status="declined")
    story.change(confirmation="refused")
    story.tell(
        ConfirmationRuledV1, referral_id=referral.referral_id, ruling="refused", grounds=grounds
    )
    keep_time(story, "decline", "confirmation", referral.referral_id)
    window = story.running(APPLY)
    if window is not None and window.ends_at is not None and window.ends_at <= story.now:
        expire(story, window, story.now)


def _all_under(grounds: tuple[str, ...], *families: str) -> bool:
    return bool(grounds) and all(ground.startswith(families) for ground in grounds)


def _chosen_zh(story: Story) -> str:
    gate = story.law.gate(COURT)
    return f"双方选定的法院（{gate.citation_zh}）" if gate else "双方选定的法院"


def _court(story: Story, code: str) -> AgencyListedV1:
    court = story.view.agencies.get(code)
    if court is None or court.kind != "court" or court.abolished:
        raise not_met(story.law, COURT)
    return court
