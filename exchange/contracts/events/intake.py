"""What a linkage asks of intake, and what intake then makes known: the register's entries."""

from datetime import date
from typing import ClassVar

from exchange.contracts.events.base import DisputeEvent, Evidence
from exchange.contracts.model import AgencyCode, Contract, Instant, RuleId, Sha256
from exchange.contracts.vocabulary import Channel, Level, Mode, Urgency


class StartedClock(Contract):
    """A statutory clock that the sender's own act started, e.g. `police.case` at 立案."""

    rule: RuleId
    started_on: date


class Matter(Contract):
    """What the dispute is, without anybody in it: kind (司法部类型), place (区划 12 位), level.

    `preferred` is the agency that the sender would see take it (收件机构): a wish, no order.
    """

    kind: str
    place: str
    level: Level = "village"
    urgency: Urgency = "ordinary"
    preferred: AgencyCode | None = None


class DossierPointer(Contract):
    """Which version of the dossier there is at intake, and the digest of its ciphertext."""

    version: int
    ciphertext_sha256: Sha256
    parties: int


class FileRef(Contract):
    """A file at intake: its id and the digest of its ciphertext. Never its name."""

    file_id: str
    ciphertext_sha256: Sha256


class ReferralRequestedV1(DisputeEvent):
    """An agency's referral, its dossier sealed to intake's public key (JWE)."""

    type: ClassVar[str] = "referral.requested"

    origin: AgencyCode
    channel: Channel
    mode: Mode
    matter: Matter
    received_at: Instant
    started_clocks: tuple[StartedClock, ...] = ()
    gates_passed: tuple[RuleId, ...] = ()
    sealed: str
    evidence: Evidence | None = None


class DisputeRegisteredV1(DisputeEvent):
    """A dispute is in the register under its one code. A sensitive one has no dossier here."""

    type: ClassVar[str] = "dispute.registered"

    origin: AgencyCode
    channel: Channel
    mode: Mode
    matter: Matter
    received_at: Instant
    started_clocks: tuple[StartedClock, ...] = ()
    gates_passed: tuple[RuleId, ...] = ()
    dossier: DossierPointer | None = None
    sensitive: bool = False
    evidence: Evidence | None = None


class DisputeLinkedV1(DisputeEvent):
    """The same dispute came in through another channel: this code now leads to `lead_code`."""

    type: ClassVar[str] = "dispute.linked"

    lead_code: str
    grounds: tuple[str, ...]
