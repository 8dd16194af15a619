"""The canonical events: a dispute's story, gap-free and hash-chained, written by routing alone."""

from datetime import date
from typing import ClassVar, Literal

from exchange.contracts.events.base import DisputeEvent, Event, ReferralEvent
from exchange.contracts.events.intake import FileRef
from exchange.contracts.model import AgencyCode, Contract, Instant, RuleId
from exchange.contracts.vocabulary import (
    Act,
    AgreementForm,
    ClosingOutcome,
    DeclineReason,
    FailReason,
    Level,
    Mode,
    Purpose,
    Ruling,
    Urgency,
)


class Reason(Contract):
    """Why a choice fell as it did: a rule's id and what it saw, in Chinese for the clerk."""

    rule: str
    text: str


class Alternative(Contract):
    """An agency that was looked at and passed over."""

    agency: AgencyCode
    why_not: str


class ReferralOfferedV1(ReferralEvent):
    """An offer (对接要约). `due_at`: the earlier of its own limit and the sender's, less buffer."""

    type: ClassVar[str] = "referral.offered"

    sender: AgencyCode
    receiver: AgencyCode
    purpose: Purpose
    mode: Mode
    level: Level
    kind: str
    place: str
    urgency: Urgency
    due_at: Instant | None = None
    due_because: str
    reasons: tuple[Reason, ...]
    alternatives: tuple[Alternative, ...] = ()
    directory_version: int = 0
    dossier_version: int | None = None
    files: tuple[FileRef, ...] = ()


class ReferralReceivedV1(ReferralEvent):
    """Received is not accepted: the agency's system holds the offer."""

    type: ClassVar[str] = "referral.received"


class ReferralAcceptedV1(ReferralEvent):
    """`acted_on` is the day of the act as its agency gives it; `legal_at`, when it was told."""

    type: ClassVar[str] = "referral.accepted"

    acted_on: date | None = None


class ReferralDeclinedV1(ReferralEvent):
    type: ClassVar[str] = "referral.declined"

    reason: DeclineReason | Literal["silence"]


class ReferralEscalatedV1(ReferralEvent):
    """三级四步: the dispute climbs. `referral_id` is the one that ended."""

    type: ClassVar[str] = "referral.escalated"

    from_level: Level
    to_level: Level
    because: str


class MediationStartedV1(ReferralEvent):
    type: ClassVar[str] = "mediation.started"

    session: int


class MediationFailedV1(ReferralEvent):
    type: ClassVar[str] = "mediation.failed"

    reason: FailReason
    exhausted: bool = False


class AgreementReachedV1(ReferralEvent):
    """`acted_on` is the day of the agreement; `legal_at`, when it was told."""

    type: ClassVar[str] = "agreement.reached"

    form: AgreementForm
    instalments: int
    performance_due: Instant | None = None
    files: tuple[FileRef, ...]
    acted_on: date | None = None


class PerformanceRecordedV1(ReferralEvent):
    type: ClassVar[str] = "performance.recorded"

    instalment: int
    instalments: int


class AgreementPerformedV1(ReferralEvent):
    type: ClassVar[str] = "agreement.performed"


class AgreementBreachedV1(ReferralEvent):
    type: ClassVar[str] = "agreement.breached"

    instalment: int


class ConfirmationAppliedV1(ReferralEvent):
    """A joint application for judicial confirmation; its referral to the court follows."""

    type: ClassVar[str] = "confirmation.applied"

    court: AgencyCode
    package: tuple[FileRef, ...]


class ConfirmationRuledV1(ReferralEvent):
    type: ClassVar[str] = "confirmation.ruled"

    ruling: Ruling
    grounds: tuple[RuleId, ...] = ()


class ClosingAppliedV1(DisputeEvent):
    type: ClassVar[str] = "closing.applied"


class DisputeClosedV1(DisputeEvent):
    type: ClassVar[str] = "dispute.closed"

    outcome: ClosingOutcome


class ClockEvent(DisputeEvent):
    """A clock's event: its rule, instance, citation and end (exclusive; None: no end is known)."""

    rule: RuleId
    rule_version: str
    instance: str
    citation: str
    ends_at: Instant | None = None


class ClockSetV1(ClockEvent):
    """A clock runs; it warns at `warn_at` (legal instants, in the order of their rungs 1..).

    Entries of the first release do not say when; none is the same as no warning.
    """

    type: ClassVar[str] = "clock.set"

    started_by: str
    unknown: str | None = None
    warn_at: tuple[Instant, ...] | None = None


class ClockWarnedV1(ClockEvent):
    type: ClassVar[str] = "clock.warned"

    rung: int
    fired_at: Instant


class ClockExpiredV1(ClockEvent):
    """Silence became an event. `fired_at` is when it was noticed; `ends_at` when it was due."""

    type: ClassVar[str] = "clock.expired"

    fired_at: Instant


class ClockReinstatedV1(ClockEvent):
    """A timely act arrived after the expiry: the expiry is undone."""

    type: ClassVar[str] = "clock.reinstated"


class ClockStoppedV1(ClockEvent):
    type: ClassVar[str] = "clock.stopped"

    because: str


class ProposalRefusedV1(Event):
    """Beside the ledger: an illegal proposal, answered to its proposer with the rule it broke."""

    type: ClassVar[str] = "proposal.refused"

    dispute_code: str
    proposal_id: str
    number: int
    agency: AgencyCode
    referral_id: str | None = None
    act: Act
    rule: str
    message_zh: str
    message_en: str
    acts_allowed: tuple[Act, ...] = ()
    legal_at: Instant
