"""The ports behind which the two worlds stand: Postgres and Kafka, or memory.

A `Store` is one service's database. Everything that must be atomic goes through a `Transaction`,
which takes its locks in one order: lease, disputes by code, the rest.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from exchange.chassis.decider import Found
from exchange.chassis.reference import AgencyBook
from exchange.chassis.rows import (
    Ages,
    CheckpointHead,
    ClockKey,
    ClockRow,
    Cluster,
    DisputeRow,
    HandoffRow,
    Lease,
    LeaseRow,
    LedgerRow,
    OutboxRow,
    ParkedRow,
    Part,
    QuarantinedRow,
    Record,
    SeenTopic,
    StoredCheckpoint,
    StoredReply,
    Times,
    Writes,
)


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

    async def trying(self, lease: Lease, worker: str, what: str) -> int:
        """Note what a worker tries now; under how many leases before this one it tried just that.

        Each of those died over it: trouble is tried again under the same lease and not counted.
        Forgotten when the worker tries something else, or the lease is given back. Raises Fenced.
        """
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

    async def claim(
        self, lease: Lease, *, limit: int, for_s: float, per_s: float
    ) -> Sequence[HandoffRow]:
        """Handoffs of push agencies that are first of their dispute, free and due for a try.

        They are given as they stood; from now on each counts as unknown until `attempted` says
        otherwise, and at most `concurrency` of one agency are claimed at a time, over time at
        most `per_s` a second (a token bucket, full at a second's worth and at one at least).
        """
        ...

    async def attempted(
        self,
        row: HandoffRow,
        *,
        outcome: str,
        state: str,
        again_in_s: float | None,
        settled_epoch: int | None = None,
    ) -> None:
        """Note what a try came to. Where its answer is folded next, `settled_epoch` is the lease's:
        `settlings` counts under how many that was so."""
        ...

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

    async def revive(self, handoff_id: str) -> bool:
        """Make a dead handoff wait again, as one of which it is unknown whether the agency has it;
        False where it is not dead."""
        ...

    # parking

    async def parked_codes(self, *, limit: int) -> Sequence[ParkedRow]:
        """The first parked row of each dispute that waits."""
        ...

    async def parked(self, code: str) -> Sequence[ParkedRow]:
        """What waits of one dispute, in order of arrival."""
        ...

    async def quarantined(self, *, limit: int) -> Sequence[QuarantinedRow]: ...

    async def alarm(self, kind: str, subject: str, detail: str) -> bool:
        """Raise an alarm; False where it stands already."""
        ...

    async def clear(self, kind: str, subject: str) -> None: ...

    async def alarms(self, *, limit: int) -> Sequence[tuple[str, str, str, datetime]]: ...

    async def republish(self, code: str, *, first: int = 1, last: int | None = None) -> int:
        """Put the ledger's rows from `first` to `last` (None: the end) back into the outbox, same
        ids, same bytes; how many."""
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


class Consumer(Protocol):
    """Reads assigned parts from positions that we keep; several workers may fetch at once."""

    async def assign(self, positions: Mapping[Part, int]) -> None:
        """Read exactly these parts from these offsets; every one of them is sought."""

    async def seek(self, positions: Mapping[Part, int]) -> None: ...

    async def fetch(
        self, parts: Sequence[Part], *, max_records: int, timeout_ms: int
    ) -> Mapping[Part, Sequence[Record]]:
        """What comes next of these parts. Raises OutOfRange where a log does not have it."""
        ...

    async def beginnings(self, parts: Sequence[Part]) -> Mapping[Part, int]:
        """The offset of the oldest record that each log still has, or would have."""
        ...

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

    async def topics(self, names: Sequence[str]) -> Mapping[str, SeenTopic]:
        """Those of these topics that this service can see, as they are."""
        ...

    async def consumer(self) -> Consumer: ...

    async def producer(self) -> Producer: ...
