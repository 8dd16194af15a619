"""Acts of the holder of a mediation: sessions, failure, agreement, performance, breach."""

from exchange.contracts.events.proposals import Agree, Breach, Fail, Perform, ProposalMadeV1, Start
from exchange.contracts.events.routing import (
    AgreementBreachedV1,
    AgreementPerformedV1,
    AgreementReachedV1,
    MediationFailedV1,
    MediationStartedV1,
    PerformanceRecordedV1,
)
from law.local_time import end_of
from services.routing.choice import LEVEL_ZH, Placement, ladder_zh, level_above
from services.routing.clocks import keep_time
from services.routing.days import not_in_future
from services.routing.placing import place, search
from services.routing.refusals import not_met, unlawful
from services.routing.story import Story


def start(story: Story, proposal: ProposalMadeV1) -> None:
    """A session begins."""
    facts = proposal.facts
    assert isinstance(facts, Start)
    story.change(stage="mediating")
    story.tell(MediationStartedV1, referral_id=proposal.referral_id, session=facts.session)


def fail(story: Story, proposal: ProposalMadeV1) -> None:
    """调解不成 (调解法 26): the dispute climbs one level; at the top it goes back to its origin."""
    facts = proposal.facts
    assert isinstance(facts, Fail)
    if not facts.routes_notified:
        raise not_met(story.law, "mediation.failure.inform")
    referral = story.referral(proposal.referral_id)
    story.touch(referral.referral_id, status="failed")
    story.release(referral)
    above = level_above(story.standing.place, referral.level, story.law.on)
    found: Placement | None = None
    if above is not None:
        found = search(story, above)
        story.change(holder=None)
    else:
        story.change(stage="failed", holder=None)
    story.tell(
        MediationFailedV1,
        referral_id=referral.referral_id,
        reason=facts.reason,
        exhausted=above is None,
    )
    keep_time(story, "fail", "mediation", referral.referral_id)
    if found is not None:
        because = f"{LEVEL_ZH[referral.level]}调解不成，按{ladder_zh(story.law)}上报"
        place(story, found, ended=referral, because=because)


def agree(story: Story, proposal: ProposalMadeV1) -> None:
    """达成协议 (调解法 28-30): thirty days to apply for its confirmation begin (民诉法 205)."""
    facts = proposal.facts
    assert isinstance(facts, Agree)
    not_in_future(story, facts.agreed_on)
    if facts.instalments < 1:
        raise unlawful("agreement.instalments")
    due_on = facts.performance_due_on
    performance_due = end_of(due_on) if due_on else None
    story.change(
        stage="agreed",
        agreement_form=facts.form,
        instalments_due=facts.instalments,
        instalments_paid=0,
        performance_due=performance_due,
    )
    story.tell(
        AgreementReachedV1,
        referral_id=proposal.referral_id,
        form=facts.form,
        instalments=facts.instalments,
        performance_due=performance_due,
        files=facts.files,
        acted_on=facts.agreed_on,
    )
    referral_id = story.referral(proposal.referral_id).referral_id
    keep_time(story, "agree", "mediation", referral_id, facts.agreed_on)


def perform(story: Story, proposal: ProposalMadeV1) -> None:
    """履行: instalments in their order; with the last the agreement is performed (调解法 31).

    Payment after a breach heals it.
    """
    facts = proposal.facts
    assert isinstance(facts, Perform)
    due, paid = story.standing.instalments_due, story.standing.instalments_paid
    if not paid < facts.instalment <= due:
        raise unlawful(
            "performance.unknown_instalment", because_zh=f"（共 {due} 期，已履行 {paid} 期）"
        )
    if facts.instalment != paid + 1:
        raise unlawful("performance.order", because_zh=f"（下一期为第 {paid + 1} 期）")
    referral = story.referral(proposal.referral_id)
    story.change(stage="agreed", instalments_paid=facts.instalment)
    story.tell(
        PerformanceRecordedV1,
        referral_id=referral.referral_id,
        instalment=facts.instalment,
        instalments=due,
    )
    if facts.instalment == due:
        story.change(stage="performed")
        story.release(referral)
        story.tell(AgreementPerformedV1, referral_id=referral.referral_id)


def breach(story: Story, proposal: ProposalMadeV1) -> None:
    """未按期履行: the other party may sue (调解法 32), the police may resume (程序规定 186)."""
    facts = proposal.facts
    assert isinstance(facts, Breach)
    due, paid = story.standing.instalments_due, story.standing.instalments_paid
    if not paid < facts.instalment <= due:
        raise unlawful(
            "performance.unknown_instalment", because_zh=f"（共 {due} 期，已履行 {paid} 期）"
        )
    story.change(stage="breached")
    story.tell(AgreementBreachedV1, referral_id=proposal.referral_id, instalment=facts.instalment)
