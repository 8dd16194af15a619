"""The canonical story as a door remembers it: the standing, and its own open proposals.

Every canonical event carries the resulting standing, so a door may join at any sequence.
"""

from datetime import date
from typing import TypeVar

from exchange.chassis.decider import EventArrived
from exchange.contracts.events.base import DisputeEvent, ReferralEvent, ReferralStanding, Standing
from exchange.contracts.events.routing import (
    AgreementReachedV1,
    ProposalRefusedV1,
    ReferralAcceptedV1,
)
from exchange.contracts.model import AgencyCode, Contract, Instant
from exchange.contracts.vocabulary import Act

TIMELINE_MAX = 200

DATED = (ReferralAcceptedV1, AgreementReachedV1)
"""Events that tell the day of their act beside the moment of its report."""


class Pending(Contract):
    """A proposal that routing has not answered yet."""

    proposal_id: str
    agency: AgencyCode
    referral_id: str | None
    act: Act


class Moment(Contract):
    """One canonical event, as a timeline shows it; `referral_id` is the one that it touched.

    `at` is when the act was told, `acted_on` the day on which it was done, where that is given.
    """

    sequence: int
    type: str
    at: Instant
    referral_id: str | None = None
    acted_on: date | None = None


class Answered(Contract):
    """The last proposal of this door that was refused: why, and what may be done instead."""

    proposal_id: str
    agency: AgencyCode
    act: Act
    rule: str
    message_zh: str
    message_en: str
    acts_allowed: tuple[Act, ...] = ()


class Projection(Contract):
    """What a door knows of one dispute. `standing` is None until its first canonical event.

    `proposals_made` is this door's own count; `timeline` holds the last TIMELINE_MAX events.
    """

    dispute_code: str
    last_sequence: int = 0
    standing: Standing | None = None
    proposals_made: int = 0
    pending: tuple[Pending, ...] = ()
    refused: Answered | None = None
    timeline: tuple[Moment, ...] = ()

    def referral(self, referral_id: str | None) -> ReferralStanding | None:
        if self.standing is None or referral_id is None:
            return None
        return self.standing.referral(referral_id)

    def moments(self, type_: str, referral_id: str) -> tuple[Moment, ...]:
        """When events of that type touched that referral, in order."""
        return tuple(m for m in self.timeline if (m.type, m.referral_id) == (type_, referral_id))

    def latest(self, type_: str, referral_id: str) -> Moment | None:
        """The last of them."""
        return next(reversed(self.moments(type_, referral_id)), None)

    def open_proposals(self, agency: str, referral_id: str | None) -> tuple[Pending, ...]:
        """What this agency has open on this referral (None: on the dispute): a receipt, an act."""
        return tuple(p for p in self.pending if (p.agency, p.referral_id) == (agency, referral_id))

    def open_act(self, agency: str, referral_id: str | None) -> Pending | None:
        """The one of them that is more than a receipt."""
        own = self.open_proposals(agency, referral_id)
        return next((p for p in own if p.act != "receive"), None)


P = TypeVar("P", bound=Projection)


def learn(state: P, arrived: EventArrived) -> P:
    """The projection after an event: the new standing, and the proposal that it answers closed."""
    event = arrived.event
    if isinstance(event, ProposalRefusedV1):
        return _learn_refusal(state, event)
    if not isinstance(event, DisputeEvent):
        return state
    update: dict[str, object] = {}
    if event.proposal_id is not None:
        update["pending"] = _without(state.pending, event.proposal_id)
    if event.standing is not None:
        update["standing"] = event.standing
    if arrived.sequence is not None:
        moment = Moment(
            sequence=arrived.sequence,
            type=event.type,
            at=event.legal_at,
            referral_id=event.referral_id if isinstance(event, ReferralEvent) else None,
            acted_on=event.acted_on if isinstance(event, DATED) else None,
        )
        update["last_sequence"] = arrived.sequence
        update["timeline"] = (*state.timeline, moment)[-TIMELINE_MAX:]
    return state.changed(**update)


def _learn_refusal(state: P, event: ProposalRefusedV1) -> P:
    if not any(p.proposal_id == event.proposal_id for p in state.pending):
        return state
    refused = Answered(
        proposal_id=event.proposal_id,
        agency=event.agency,
        act=event.act,
        rule=event.rule,
        message_zh=event.message_zh,
        message_en=event.message_en,
        acts_allowed=event.acts_allowed,
    )
    pending = _without(state.pending, event.proposal_id)
    return state.changed(pending=pending, refused=refused)


def _without(pending: tuple[Pending, ...], proposal_id: str) -> tuple[Pending, ...]:
    return tuple(p for p in pending if p.proposal_id != proposal_id)
