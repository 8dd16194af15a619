"""An agency's act becomes a proposal: numbered, based on what its author could see, one at a time.

A proposal is not yet a fact. Until routing answers it (with a canonical event or with
`proposal.refused`) the same agency may make no other on the same referral. The receipt that its
system gives by itself stands in nobody's way: with Kafka away it may wait for hours.
"""

from datetime import datetime

from exchange.chassis.decider import CommandGiven, Decision, HandoffAnswered, Publish, Refused, View
from exchange.contracts.events.base import Evidence
from exchange.contracts.events.proposals import Facts, ProposalMadeV1, Receive
from exchange.doors.projection import P, Pending
from exchange.identity.evidence import evidence_sha256, request_sha256

OFFER = "referral.offered:"
"""What an offer's handoff is about: this, and the referral's id."""

RETRY_AFTER_S = 1


def propose(
    state: P,
    command: CommandGiven,
    view: View,
    now: datetime,
    *,
    topic: str,
    referral_id: str | None,
    facts: Facts,
) -> Decision[P]:
    """The decision that proposes `facts`. Raises Refused 409 `proposal_pending`."""
    require_free(state, command.agency, referral_id)
    made = _made(
        state, view, now, command.agency, referral_id, facts, command.received_at, command.evidence
    )
    reply = {
        "proposal_id": made.proposal_id,
        "referral_id": referral_id,
        "act": facts.act,
        "state": "pending",
        "basis": made.basis,
    }
    return Decision(_with_open(state, made), (Publish(topic, made),), reply=reply)


def receive(
    state: P, answered: HandoffAnswered, view: View, now: datetime, *, topic: str
) -> Decision[P]:
    """The receiver's system holds the offer: `receive` is proposed, where that still says more.

    An agency that has acted on the offer already needs no receipt of it.
    """
    referral_id = answered.about.removeprefix(OFFER)
    referral = state.referral(referral_id)
    if (
        not answered.delivered
        or not answered.about.startswith(OFFER)
        or referral is None
        or referral.status != "offered"
        or state.open_proposals(answered.agency, referral_id)
    ):
        return Decision(state)
    made = _made(
        state,
        view,
        now,
        answered.agency,
        referral_id,
        Receive(),
        answered.answered_at,
        answered.evidence,
    )
    return Decision(_with_open(state, made), (Publish(topic, made),))


def require_free(state: P, agency: str, referral_id: str | None) -> None:
    """Raises Refused 409 while an earlier act of this agency waits for its answer."""
    waiting = state.open_act(agency, referral_id)
    if waiting is not None:
        raise Refused(
            "proposal_pending",
            f"上一项办理意见（{waiting.act}）尚未答复，请稍候再办",
            f"an earlier proposal ({waiting.act}) is not answered yet; try again shortly",
            extra={"proposal_id": waiting.proposal_id, "retry_after_s": RETRY_AFTER_S},
        )


def _made(
    state: P,
    view: View,
    now: datetime,
    agency: str,
    referral_id: str | None,
    facts: Facts,
    received_at: datetime,
    evidence: Evidence | None,
) -> ProposalMadeV1:
    return ProposalMadeV1(
        dispute_code=view.code,
        legal_at=now,
        actor=agency,
        evidence_sha256=evidence_sha256(evidence) if evidence else None,
        request_sha256=request_sha256(evidence) if evidence else None,
        proposal_id=view.ids.new("proposal"),
        referral_id=referral_id,
        basis=state.last_sequence,
        number=state.proposals_made + 1,
        received_at=received_at,
        facts=facts,
        evidence=evidence,
    )


def _with_open(state: P, made: ProposalMadeV1) -> P:
    pending = Pending(
        proposal_id=made.proposal_id,
        agency=made.actor,
        referral_id=made.referral_id,
        act=made.facts.act,
    )
    return state.changed(proposals_made=made.number, pending=(*state.pending, pending))
