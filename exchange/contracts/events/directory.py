"""An agency as the directory lists it: reference data on a compacted topic."""

from typing import ClassVar, Literal

from exchange.contracts.events.base import Event
from exchange.contracts.model import AgencyCode, Contract, Instant
from exchange.contracts.vocabulary import AgencyKind, Level


class AgencyKey(Contract):
    """A public key: Ed25519 to verify signatures, or X25519 to seal dossiers to intake."""

    key_id: str
    use: Literal["sign", "seal"]
    algorithm: str
    public: str
    valid_from: Instant
    valid_to: Instant | None = None


class Delivery(Contract):
    """How handoffs reach the agency: a signed POST to `url`, or its own polling."""

    mode: Literal["push", "mailbox"] = "mailbox"
    url: str | None = None
    concurrency: int = 4


class AgencyListedV1(Event):
    """An agency that can send or hold a referral. `place` is its 12-digit division.

    `native_code` is its code in its own system: the police's 12 digits, a court's 代字.
    """

    type: ClassVar[str] = "agency.listed"

    agency: AgencyCode
    name: str
    kind: AgencyKind
    level: Level
    place: str
    parent: AgencyCode | None = None
    stationed_at: AgencyCode | None = None
    specialties: tuple[str, ...] = ()
    capacity: int = 0
    abolished: bool = False
    successor: AgencyCode | None = None
    native_code: str | None = None
    delivery: Delivery = Delivery()
    keys: tuple[AgencyKey, ...] = ()
