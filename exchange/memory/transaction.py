"""One transaction in memory, READ COMMITTED: lease, disputes in code order, the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from exchange.chassis.decider import Found
from exchange.chassis.failures import Fenced
from exchange.chassis.partitioning import partition_of
from exchange.chassis.reference import AgencyBook
from exchange.chassis.rows import ClockKey, DisputeRow, Lease, ParkedRow, StoredReply, Times, Writes
from exchange.memory.columns import storable
from exchange.memory.database import Unit
from exchange.memory.leases import require
from exchange.memory.reading import book, find, times
from exchange.memory.writing import write


class MemoryTransaction:
    """See `ports.Transaction`. Made by MemoryStore.transaction."""

    def __init__(self, unit: Unit, partitions: int) -> None:
        self._unit, self._tables, self._partitions = unit, unit.tables, partitions
        self._partition: int | None = None

    async def times(self) -> Times:
        async with self._unit.statement("times"):
            return times(self._unit)

    async def prove(self, lease: Lease, positions: Mapping[str, int]) -> None:
        async with self._unit.statement("prove"):
            await require(self._unit, lease)
            stored = self._unit.rows(self._tables.positions, lease.partition)
        have = {topic: next_ for (_, topic), next_ in stored.items()}
        moved = [topic for topic, next_ in positions.items() if have.get(topic, 0) != next_]
        if moved:
            raise Fenced(f"partition {lease.partition} moved on in {', '.join(moved)}")
        self._partition = lease.partition

    async def unseen(self, ids: Sequence[str]) -> set[str]:
        new = set()
        async with self._unit.statement("unseen"):
            storable(ids)
            for event_id in sorted(set(ids)):
                if await self._unit.reserve(self._tables.inbox, event_id):
                    self._unit.put(self._tables.inbox, event_id, self._unit.started_at)
                    new.add(event_id)
        return new

    async def reply(self, agency: str, key: str, nonce: str) -> StoredReply | None:
        async with self._unit.statement("reply"):
            storable([agency, key, nonce])
            replies = self._tables.replies
            found = self._unit.get(replies, (agency, key))
            if found is None and (
                other := self._unit.get(self._tables.unique_nonce, (agency, nonce))
            ):
                found = self._unit.get(replies, other)
        return None if found is None else found.row

    async def lock(self, codes: Sequence[str], *, create: bool = True) -> dict[str, DisputeRow]:
        disputes = self._tables.disputes
        async with self._unit.statement("lock"):
            storable(codes)
            if create:
                for code in sorted(set(codes)):
                    await self._create(code)
            locked = {}
            for code in sorted(set(codes)):
                row = await self._unit.lock_where(disputes, code, lambda _row: True)
                if row is not None:
                    locked[code] = replace(row)
        return locked

    async def _create(self, code: str) -> None:
        if await self._unit.reserve(self._tables.disputes, code):
            made = DisputeRow(code, partition_of(code, self._partitions))
            self._unit.put(self._tables.disputes, code, made)

    async def agencies(self) -> AgencyBook:
        async with self._unit.statement("agencies"):
            return book(self._unit)

    async def tallies(self) -> Mapping[str, int]:
        async with self._unit.statement("tallies"):
            tallies = self._unit.rows(self._tables.tallies)
        return {name: value for name, value in tallies.items() if value != 0}

    async def found(
        self, keys: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Sequence[Found]]:
        async with self._unit.statement("found"):
            storable(keys)
            found = {key: find(self._unit, *key) for key in keys}
        return {key: rows for key, rows in found.items() if rows}

    async def clocks(self, keys: Sequence[ClockKey]) -> Mapping[ClockKey, datetime]:
        async with self._unit.statement("clocks"):
            set_ = {key: self._unit.get(self._tables.clocks, key) for key in keys}
        return {key: row.due_at for key, row in set_.items() if row is not None}

    async def handoffs(self, ids: Sequence[str]) -> set[str]:
        waiting = set()
        async with self._unit.statement("handoffs"):
            for handoff_id in sorted(set(ids)):
                if await self._unit.lock_where(
                    self._tables.handoffs, handoff_id, lambda handoff: handoff.waits
                ):
                    waiting.add(handoff_id)
        return waiting

    async def parked(self, code: str) -> Sequence[ParkedRow]:
        async with self._unit.statement("parked"):
            rows = self._unit.rows(self._tables.parked, code)
        return [rows[number] for number in sorted(rows)]

    async def write(self, writes: Writes) -> None:
        await write(self._unit, writes, self._partition)
