"""The rows that a store keeps and a broker carries: plain values, the same in both worlds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from exchange.contracts.envelope import Headers


@dataclass(slots=True)
class DisputeRow:
    """One dispute in one service. `state` is None before the first decision.

    `sequence_in` is the last canonical sequence consumed, `sequence_out` the last ledger entry
    written here, `head` the hash of the one or the other; `parked` the length of its parked queue.
    """

    code: str
    partition: int
    state: bytes | None = None
    sequence_in: int = 0
    sequence_out: int = 0
    head: bytes = b""
    parked: int = 0
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event on its way to Kafka. `id` is given by the store and orders a partition's rows.

    Of one that is `in_ledger` the store need not keep the bytes twice.
    """

    id: int
    partition: int
    topic: str
    code: str
    event_id: str
    headers: Headers
    value: bytes
    in_ledger: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One entry of a dispute's ledger; `value` as published, `evidence` the cause's signature."""

    code: str
    partition: int
    sequence: int
    id: str
    type: str
    version: int
    at: datetime
    headers: Headers
    value: bytes
    prev: bytes
    hash: bytes
    evidence: bytes | None = None


@dataclass(frozen=True, slots=True)
class HandoffRow:
    """One delivery owed. `position` orders those of one dispute and agency.

    `settlings` counts under how many leases its answer was there to be folded: more than one
    where the process died over it."""

    id: str
    code: str
    partition: int
    agency: str
    about: str
    body: bytes
    traceparent: str | None
    created_at: datetime
    position: int = 0
    attempts: int = 0
    settlings: int = 0
    state: Literal["open", "unknown", "delivered", "dead", "cancelled"] = "open"


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One rung of one clock (rung 0 is its end); `due_at` is a legal instant."""

    code: str
    partition: int
    rule: str
    instance: str
    rung: int
    due_at: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """One event, due clock or answer that waits behind a failure, with its original bytes."""

    code: str
    partition: int
    kind: Literal["event", "clock", "answer"]
    cause: str
    error: str
    source: str
    event_id: str
    event_at: datetime
    traceparent: str | None
    headers: Headers
    value: bytes
    parked_at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A record that belongs to no dispute: unreadable key, wrong partition."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    value: bytes | None
    cause: str


@dataclass(frozen=True, slots=True)
class IndexRow:
    kind: str
    key: str
    code: str
    value: str
    exclusive: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredReply:
    """The answer to one idempotency key of one agency.

    Its body, receipt and all, is given again byte for byte; the HTTP signature around it is made
    anew, since it covers the request that it answers.
    """

    agency: str
    key: str
    digest: str
    nonce: str
    status: int
    body: bytes
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one partition number: lost as soon as `epoch` is not the row's.

    `deaths` counts takeovers from owners that died without moving the positions.
    """

    partition: int
    owner: str
    epoch: int
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A partition's lease as stored. `deaths` counts takeovers without progress in between."""

    partition: int
    owner: str | None
    epoch: int
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class Cluster:
    """All leases of a service, and its members that live."""

    leases: Sequence[LeaseRow]
    alive: frozenset[str]


@dataclass(frozen=True, slots=True)
class Times:
    """Machine time and legal time of one transaction (`now()`, `legal_now()`)."""

    machine: datetime
    legal: datetime


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A signed checkpoint. Entries of transactions below `covered_to` are in it or before it."""

    number: int
    sha256: str
    signed: bytes
    covered_to: int


@dataclass(frozen=True, slots=True)
class CheckpointHead:
    """One dispute's head in a checkpoint: leaf number `leaf`, audit path lowest sibling first."""

    code: str
    sequence: int
    hash: bytes
    leaf: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Ages:
    """How old rows may become before they are pruned; a member's age is its silence."""

    inbox: timedelta
    replies: timedelta
    handoffs: timedelta
    members: timedelta = timedelta(days=1)


ClockKey: TypeAlias = tuple[str, str, str, int]
"""(dispute code, rule, instance, rung)."""


@dataclass(slots=True)
class Writes:
    """Everything one transaction writes; one statement for each kind that is not empty."""

    rows: list[DisputeRow] = field(default_factory=list)
    ledger: list[LedgerRow] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    handoffs: list[HandoffRow] = field(default_factory=list)
    handoffs_cancelled: list[tuple[str, str, str]] = field(default_factory=list)
    handoffs_done: list[tuple[str, str]] = field(default_factory=list)
    clocks: list[ClockRow] = field(default_factory=list)
    clocks_stopped: list[tuple[str, str, str]] = field(default_factory=list)
    clocks_fired: list[ClockKey] = field(default_factory=list)
    index: list[IndexRow] = field(default_factory=list)
    index_dropped: list[tuple[str, str, str]] = field(default_factory=list)
    blobs: list[tuple[str, str, bytes]] = field(default_factory=list)
    blobs_dropped: list[tuple[str, str]] = field(default_factory=list)
    tallies: dict[str, int] = field(default_factory=dict)
    parked: list[ParkedRow] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    quarantined: list[QuarantinedRow] = field(default_factory=list)
    alarms: list[tuple[str, str, str]] = field(default_factory=list)
    alarms_cleared: list[tuple[str, str]] = field(default_factory=list)
    agencies: list[tuple[str, bytes]] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    reply: StoredReply | None = None


@dataclass(frozen=True, slots=True)
class Record:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    value: bytes | None


Part: TypeAlias = tuple[str, int]
"""(topic, partition)."""


@dataclass(frozen=True, slots=True)
class SeenTopic:
    """A topic as a service finds it on the cluster, and what it may do there."""

    partitions: int
    may_read: bool
    may_write: bool


AnyService = Any
"""A Service of whatever state."""
