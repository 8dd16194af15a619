"""Thirteen defects, each planted by replacing one function for the length of a test.

A defect is written as a developer would make it: the function as it is, less what it is for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from exchange.chassis import bisecting, handoffs
from exchange.chassis import fold as folding
from exchange.chassis.clocks import ClockWorker, clock_item
from exchange.chassis.consumer import PartitionReader
from exchange.chassis.failures import BadData, Transient
from exchange.chassis.fold import Broken, _Folder, fold
from exchange.chassis.partitioning import partition_of
from exchange.chassis.rows import (
    ClockRow,
    DisputeRow,
    HandoffRow,
    Lease,
    OutboxRow,
    Part,
    Record,
    Times,
    Writes,
)
from exchange.identity.signatures import SignedRequest, SignedResponse
from exchange.memory import writing
from exchange.memory.broker import MemoryConsumer
from exchange.memory.database import Unit
from exchange.memory.handoffs import MemoryHandoffs
from exchange.memory.leases import MemoryLeases
from exchange.memory.store import MemoryStore
from exchange.memory.transaction import MemoryTransaction

FAST = timedelta(days=2)

Planting = Callable[[pytest.MonkeyPatch], None]


def acknowledge_before_commit(patch: pytest.MonkeyPatch) -> None:
    """The positions move on in a transaction of their own, before the work is committed."""
    apply = PartitionReader._apply

    async def acknowledged(
        self: PartitionReader, records: Sequence[Record], broken: Broken | None
    ) -> None:
        after = self._positions_after(records)
        async with self.store.transaction() as tx:
            await tx.prove(self.lease, {})
            await tx.write(Writes(positions=after))
        self.next |= after
        await apply(self, records, broken)

    patch.setattr(PartitionReader, "_apply", acknowledged)


def no_inbox_key(patch: pytest.MonkeyPatch) -> None:
    """The inbox remembers nothing: every delivery counts as the first."""

    async def all_new(_self: MemoryTransaction, ids: Sequence[str]) -> set[str]:
        return set(ids)

    patch.setattr(MemoryTransaction, "unseen", all_new)


def position_polling(patch: pytest.MonkeyPatch) -> None:
    """The relay asks for rows above the last that it has seen; a late commit below is skipped."""
    outbox = MemoryStore.outbox

    async def above(
        self: MemoryStore, partition: int, *, limit: int, bytes_max: int
    ) -> Sequence[OutboxRow]:
        seen: dict[int, int] = self.__dict__.setdefault("_seen", {})
        rows = await outbox(self, partition, limit=limit, bytes_max=bytes_max)
        fresh = [row for row in rows if row.id > seen.get(partition, 0)]
        seen[partition] = max((row.id for row in rows), default=seen.get(partition, 0))
        return fresh

    patch.setattr(MemoryStore, "outbox", above)


def unfenced_relay(patch: pytest.MonkeyPatch) -> None:
    """Every relay polls the whole outbox and deletes what it has sent, whoever holds the lease."""

    async def everybody(
        self: MemoryStore, partition: int, *, limit: int, bytes_max: int
    ) -> Sequence[OutboxRow]:
        async with self._database.alone(self._hook, "outbox") as unit:
            rows = unit.rows(unit.tables.outbox)
        return [rows[number] for number in sorted(rows)[:limit]]

    async def relayed(
        self: MemoryLeases, _lease: Lease, ids: Sequence[int], offsets: Mapping[str, int]
    ) -> None:
        async with self._database.alone(self._hook, "relayed") as unit:
            for number in ids:
                if await unit.lock_where(unit.tables.outbox, number, lambda _row: True):
                    unit.drop(unit.tables.outbox, number)

    patch.setattr(MemoryStore, "outbox", everybody)
    patch.setattr(MemoryLeases, "relayed", relayed)


def no_sequence_check(patch: pytest.MonkeyPatch) -> None:
    """A canonical event is applied whatever its number."""
    patch.setattr(_Folder, "_gap", lambda *_: False)
    patch.setattr(folding, "_heard", lambda *_: False)


def skip_on_error(patch: pytest.MonkeyPatch) -> None:
    """After trouble the consumer goes on where it was, not where the database stands."""

    async def stays(_self: MemoryConsumer, _positions: Mapping[Part, int]) -> None:
        return

    patch.setattr(MemoryConsumer, "seek", stays)


def service_clock(patch: pytest.MonkeyPatch) -> None:
    """What is due is judged by the service's own clock, which runs two days fast."""
    due = MemoryStore.due

    async def by_own_clock(
        self: MemoryStore, partition: int, *, limit: int
    ) -> tuple[Sequence[ClockRow], Times]:
        async with self._database.alone(self._hook, "due") as unit:
            now = unit.clock.machine() + unit.clock.legal_shift + FAST
            rows = unit.rows(unit.tables.clocks).values()
            found = [row for row in rows if row.partition == partition and row.due_at <= now]
        _, times = await due(self, partition, limit=0)
        return sorted(found, key=lambda row: (row.due_at, -row.rung))[:limit], times

    patch.setattr(MemoryStore, "due", by_own_clock)


def expiry_under_backlog(patch: pytest.MonkeyPatch) -> None:
    """A clock fires without waiting for what has come in."""

    async def at_once(_self: ClockWorker, _watermarks: Mapping[Part, int]) -> bool:
        return True

    patch.setattr(ClockWorker, "_caught_up", at_once)


def clock_before_dispute(patch: pytest.MonkeyPatch) -> None:
    """The clock worker locks the clock's row first and its dispute second."""

    async def fire(self: ClockWorker, rows: Sequence[ClockRow], broken: Broken | None) -> None:
        reader = self.reader
        async with reader.store.transaction() as tx:
            assert isinstance(tx, MemoryTransaction)
            await tx.prove(reader.lease, {})
            times = await tx.times()
            for row in rows:
                key = (row.code, row.rule, row.instance, row.rung)
                await tx._unit.lock(tx._tables.clocks, key)
            items = [replace(clock_item(row, times.legal), broken=broken) for row in rows]
            folded = await fold(tx, reader.service, items, reader.trace)
            await tx.write(folded.writes)
        reader.wake.after(folded)

    patch.setattr(ClockWorker, "_fire", fire)


def no_placeholder(patch: pytest.MonkeyPatch) -> None:
    """A dispute without a row is not made before it is locked: two may begin it at once."""

    async def lock(
        self: MemoryTransaction, codes: Sequence[str], *, create: bool = True
    ) -> dict[str, DisputeRow]:
        locked = {}
        async with self._unit.statement("lock"):
            for code in sorted(set(codes)):
                row = await self._unit.lock_where(self._tables.disputes, code, lambda _row: True)
                if row is not None:
                    locked[code] = replace(row)
                elif create:
                    locked[code] = DisputeRow(code, partition_of(code, self._partitions))
        return locked

    async def dispute(unit: Unit, row: DisputeRow) -> None:
        await unit.lock(unit.tables.disputes, row.code)
        unit.put(unit.tables.disputes, row.code, replace(row))

    patch.setattr(MemoryTransaction, "lock", lock)
    patch.setattr(writing, "_dispute", dispute)


def transient_parked(patch: pytest.MonkeyPatch) -> None:
    """A deadlock or a lost connection is taken for a fault of the event, which is parked."""
    patch.setattr(bisecting, "BadData", (BadData, Transient))


def no_agency_filter(patch: pytest.MonkeyPatch) -> None:
    """The mailbox gives whatever waits, to whoever asks."""

    async def anything(
        self: MemoryHandoffs, _agency: str, *, after: int, limit: int
    ) -> Sequence[tuple[int, HandoffRow]]:
        async with self._database.alone(self._hook, "mailbox") as unit:
            found = unit.rows(unit.tables.handoffs).values()
        waiting = [(h.row.position, h.row) for h in found if h.waits and h.row.position > after]
        return sorted(waiting, key=lambda entry: entry[0])[:limit]

    patch.setattr(MemoryHandoffs, "mailbox", anything)


def unsigned_accepted(patch: pytest.MonkeyPatch) -> None:
    """Whatever an agency's system answers 200 with counts as its receipt."""

    def believed(
        _status: int, headers: Any, body: bytes, *, request: SignedRequest, **_: Any
    ) -> SignedResponse:
        return SignedResponse(
            key_id="unknown",
            agency=urlsplit(request.url).netloc.removesuffix(".test"),
            created=request.created,
            digest_sha256="",
            base="",
            signature=b"",
        )

    patch.setattr(handoffs, "verify_response", believed)
