"""The ports behind which the two worlds stand: Postgres and Kafka, or memory.

A `Store` is one service's database. Everything that must be atomic goes through a `Transaction`,
which takes its locks in one order: lease, disputes by code, the rest.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeAlias

from exchange.chassis.decider import Found
from exchange.chassis.reference import AgencyBook
from exchange.contracts.envelope import Headers

# Errors: what went wrong, and whether trying again helps


class StoreError(Exception):
    """The root of what a store raises."""


class Transient(StoreError):
    """SQLSTATE classes 08, 40, 53, 55, 57: nothing is wrong with the data, try the whole again."""


class OutcomeUnknown(Transient):
    """The connection was lost at COMMIT: the stored position (or reply) says what happened."""


class BadData(StoreError):
    """SQLSTATE classes 22 and 23: one of the rows cannot be written; bisect to find it."""


class Fenced(StoreError):
    """The lease is no longer ours, or its position moved: drop everything and seek."""


class IndexTaken(StoreError):
    """An exclusive index row belongs to another dispute already."""


class ReplyStored(StoreError):
    """Another transaction answered this idempotency key first."""


# Rows


@dataclass(slots=True)
class DisputeRow:
    """One dispute in one service. `state` is None before the first decision.

    `sequence_in` is the last canonical sequence consumed, `sequence_out` the last ledger entry
    written here, `head` the hash of the one or the other; `parked` the length of its parked queue.
    `recovered` when part of its ledger was read back from Kafka: what is decided again is not
    published again.
    """

    code: str
    partition: int
    state: bytes | None = None
    sequence_in: int = 0
    sequence_out: int = 0
    head: bytes = b""
    parked: int = 0
    traceparent: str | None = None
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event on its way to Kafka. `id` is given by the store and orders a partition's rows."""

    id: int
    partition: int
    topic: str
    code: str
    event_id: str
    headers: Headers
    value: bytes


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
    """One delivery owed. `position` orders those of one dispute and agency."""

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
    """How old rows may become before they are pruned."""

    inbox: timedelta
    replies: timedelta
    handoffs: timedelta


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


class Transaction(Protocol):
    """One atomic unit. Methods are called in the order in which they stand here."""

    async def times(self) -> Times: ...

    async def prove(self, lease: Lease, positions: Mapping[str, int]) -> None:
        """Hold the lease until the end. Raises Fenced when epoch or a position differs."""

    async def unseen(self, ids: Sequence[str]) -> set[str]:
        """Remember these event ids; the set of those that are new."""
        ...

    async def reply(self, agency: str, key: str, nonce: str) -> StoredReply | None:
        """The stored reply of that key, or of another key with the same nonce."""
        ...

    async def lock(self, codes: Sequence[str], *, create: bool = True) -> dict[str, DisputeRow]:
        """Lock these disputes in code order, making those that are missing where `create`."""
        ...

    async def agencies(self) -> AgencyBook: ...

    async def tallies(self) -> Mapping[str, int]: ...

    async def found(
        self, keys: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Sequence[Found]]: ...

    async def clocks(self, keys: Sequence[ClockKey]) -> Mapping[ClockKey, datetime]:
        """Those of these rungs that are still set, with their due instants."""
        ...

    async def handoffs(self, ids: Sequence[str]) -> set[str]:
        """Those of these handoffs that still wait for an answer."""
        ...

    async def entered(self, codes: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """The ids of all ledger entries of these disputes."""
        ...

    async def parked(self, code: str) -> Sequence[ParkedRow]: ...

    async def write(self, writes: Writes) -> None:
        """Raises BadData, IndexTaken, ReplyStored."""


class Store(Protocol):
    """One service's database."""

    def transaction(
        self, *, lock_timeout_ms: int | None = None
    ) -> AbstractAsyncContextManager[Transaction]:
        """Commits at the end, rolls back on an error. Raises Transient or OutcomeUnknown."""
        ...

    # leases

    async def beat(self, member: str, *, alive_s: float) -> Cluster:
        """Say that `member` lives; all leases, and the members seen in the last `alive_s`."""
        ...

    async def take(self, row: LeaseRow, member: str) -> Lease | None:
        """Take the partition over from `row`'s epoch; None where another was faster.

        `deaths` of the row rises when its owner is gone and its positions have not moved since
        the takeover before, else it returns to 0.
        """
        ...

    async def trying(self, lease: Lease, what: str) -> int:
        """Note that one suspect record is tried now; how often it was before. Raises Fenced."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give the partition back, so that another may take it at once."""

    async def leave(self, member: str) -> None:
        """The member is gone: its remaining leases may be taken at once."""

    async def positions(self, partition: int) -> Mapping[str, int]: ...

    # relay

    async def outbox(self, partition: int, *, limit: int, bytes_max: int) -> Sequence[OutboxRow]:
        """The oldest rows, as many as fit in both limits, and one where there is any."""
        ...

    async def relayed(self, lease: Lease, ids: Sequence[int], offsets: Mapping[str, int]) -> None:
        """Delete rows that Kafka has, and note the last offset per topic. Raises Fenced."""

    async def relayed_to(self, partition: int) -> Mapping[str, int]:
        """The last offset relayed, per topic."""
        ...

    # clocks, handoffs: candidates, taken without a lock

    async def due(self, partition: int, *, limit: int) -> tuple[Sequence[ClockRow], Times]: ...

    async def claim(self, lease: Lease, *, limit: int, for_s: float) -> Sequence[HandoffRow]:
        """Handoffs of push agencies that are first of their dispute, free and due for a try.

        They are given as they stood; from now on each counts as unknown until `attempted` says
        otherwise, and at most `concurrency` of one agency are claimed at a time.
        """
        ...

    async def attempted(
        self, row: HandoffRow, *, outcome: str, state: str, again_in_s: float | None
    ) -> None: ...

    # mailbox

    async def mailbox(
        self, agency: str, *, after: int, limit: int
    ) -> Sequence[tuple[int, HandoffRow]]:
        """Handoffs that wait for this agency, in order, with their cursor (never one skipped)."""
        ...

    async def handoff(self, handoff_id: str) -> HandoffRow | None: ...

    async def waiting(self, handoff_id: str) -> HandoffRow | None:
        """The handoff, where it is the first of its dispute and agency that waits."""
        ...

    # parking

    async def parked_codes(self, *, limit: int) -> Sequence[ParkedRow]:
        """The first parked row of each dispute that waits."""
        ...

    async def quarantined(self, *, limit: int) -> Sequence[QuarantinedRow]: ...

    async def alarm(self, kind: str, subject: str, detail: str) -> bool:
        """Raise an alarm; False where it stands already."""
        ...

    async def clear(self, kind: str, subject: str) -> None: ...

    async def alarms(self, *, limit: int) -> Sequence[tuple[str, str, str, datetime]]: ...

    async def republish(self, code: str) -> int:
        """Put the ledger's rows back into the outbox, same ids, same bytes; how many."""
        ...

    async def unledgered(self, ids: Sequence[str]) -> set[str]:
        """Those of these event ids that no entry of the ledger has."""
        ...

    # checkpoints

    async def last_checkpoint(self) -> StoredCheckpoint | None: ...

    async def changed_heads(self, covered_to: int) -> tuple[Sequence[CheckpointHead], int]:
        """Heads of ledgers that changed since, without place and path; covered up to where."""
        ...

    async def keep_checkpoint(
        self, lease: Lease, point: StoredCheckpoint, heads: Sequence[CheckpointHead]
    ) -> None:
        """Raises Fenced, and BadData where that number stands already."""

    async def checkpoints_of(self, code: str) -> Sequence[tuple[StoredCheckpoint, CheckpointHead]]:
        """The checkpoints that cover this dispute, oldest first."""
        ...

    # pruning

    async def prune(self, ages: Ages, *, limit: int) -> int:
        """Delete rows older than their age, at most `limit` of each kind; how many went."""
        ...

    # reading

    async def row(self, code: str) -> DisputeRow | None: ...

    async def find(self, kind: str, key: str) -> Sequence[Found]: ...

    async def blob(self, code: str, name: str) -> bytes | None: ...

    async def ledger(self, code: str) -> Sequence[LedgerRow]: ...

    async def book(self) -> AgencyBook: ...

    async def times(self) -> Times: ...

    async def health(self) -> None:
        """Raises Transient when the database does not answer."""


# The broker


class Unreachable(Exception):
    """The broker does not answer, or forbids: nothing of ours is lost, the outbox holds it."""


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


class Consumer(Protocol):
    """Reads assigned parts from positions that we keep; several workers may fetch at once."""

    async def assign(self, positions: Mapping[Part, int]) -> None:
        """Read exactly these parts from these offsets; every one of them is sought."""

    async def seek(self, positions: Mapping[Part, int]) -> None: ...

    async def fetch(
        self, parts: Sequence[Part], *, max_records: int, timeout_ms: int
    ) -> Mapping[Part, Sequence[Record]]: ...

    async def watermarks(self, parts: Sequence[Part]) -> Mapping[Part, int]:
        """The high watermarks (next offset to be written), read from the broker now."""
        ...

    async def close(self) -> None: ...


class Producer(Protocol):
    async def send(self, rows: Sequence[OutboxRow]) -> Sequence[int | None]:
        """Send in order to each row's partition, wait for all.

        The offset of each row that all in-sync replicas acknowledged, None for one that failed.
        """
        ...

    async def close(self) -> None: ...


class Broker(Protocol):
    """Raises Unreachable where the cluster does not answer."""

    async def consumer(self) -> Consumer: ...

    async def producer(self) -> Producer: ...


AnyService = Any
"""A Service of whatever state."""
