"""What the events of a dispute share: the act's time, its evidence, where the dispute stands."""

from typing import ClassVar

from exchange.contracts.model import AgencyCode, Contract, DisputeCode, Instant, RuleId, Sha256
from exchange.contracts.vocabulary import (
    AgencyKind,
    ConfirmationStatus,
    Level,
    Mode,
    Purpose,
    ReferralStatus,
    Stage,
)


class Event(Contract):
    """A fact on a topic. `type` and `version` name its schema, `schemas/<type>/v<version>.json`."""

    type: ClassVar[str]
    version: ClassVar[int] = 1


class ReferralStanding(Contract):
    """One handover: who owes what to whom.

    `last_sequence` is the last event that changed what may be done with it: all but its receipt.
    """

    referral_id: str
    purpose: Purpose
    mode: Mode
    level: Level
    sender: AgencyCode
    receiver: AgencyCode
    receiver_kind: AgencyKind
    status: ReferralStatus
    last_sequence: int


class ClockStanding(Contract):
    """A running clock. `ends_at` is exclusive (00:00 of the day after the last day), or unknown."""

    rule: RuleId
    instance: str
    rule_version: str
    citation: str
    ends_at: Instant | None = None
    unsigned: bool = False


class Standing(Contract):
    """Where the dispute stands after an event: compact, so that a reader may join at any one."""

    stage: Stage
    origin: AgencyCode
    holder: AgencyCode | None = None
    kind: str
    place: str
    level: Level
    referrals: tuple[ReferralStanding, ...] = ()
    clocks: tuple[ClockStanding, ...] = ()
    confirmation: ConfirmationStatus | None = None
    agreement_form: str | None = None
    instalments_due: int = 0
    instalments_paid: int = 0
    performance_due: Instant | None = None

    def referral(self, referral_id: str) -> ReferralStanding | None:
        for referral in self.referrals:
            if referral.referral_id == referral_id:
                return referral
        return None

    def latest(self, purpose: Purpose) -> ReferralStanding | None:
        """The newest referral of that purpose."""
        return next((r for r in reversed(self.referrals) if r.purpose == purpose), None)


class DisputeEvent(Event):
    """An event of one dispute.

    `legal_at` is the legal instant of the act, `actor` the agency that acted (the exchange itself
    for clocks and choices), `evidence_sha256` the digest of the actor's signed request,
    `request_sha256` that of the request's body, as its receipt and its signature name it,
    `proposal_id` the proposal that this event answers, `standing` the state that results (the last
    two on canonical events only).
    """

    dispute_code: DisputeCode
    legal_at: Instant
    actor: AgencyCode
    evidence_sha256: Sha256 | None = None
    request_sha256: Sha256 | None = None
    proposal_id: str | None = None
    standing: Standing | None = None


class ReferralEvent(DisputeEvent):
    """An event that touches one referral."""

    referral_id: str


class Evidence(Contract):
    """A request as its agency signed it: whoever holds the key can check it (RFC 9421).

    `base` is the signature base, `signature` its Ed25519 signature in base64.
    """

    key_id: str
    agency: AgencyCode
    base: str
    signature: str
    algorithm: str = "ed25519"
    on_behalf: bool = False
