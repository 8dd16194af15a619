"""One service's store in memory: transactions, and what its workers ask outside of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from exchange.chassis.decider import Found
from exchange.chassis.reference import AgencyBook
from exchange.chassis.rows import (
    ClockRow,
    DisputeRow,
    LedgerRow,
    OutboxRow,
    ParkedRow,
    QuarantinedRow,
    Times,
)
from exchange.memory.checkpoints import MemoryCheckpoints
from exchange.memory.columns import storable
from exchange.memory.database import Database
from exchange.memory.handoffs import MemoryHandoffs
from exchange.memory.hook import Hook, unhooked
from exchange.memory.leases import MemoryLeases
from exchange.memory.pruning import MemoryPruning
from exchange.memory.reading import book, find, times
from exchange.memory.transaction import MemoryTransaction
from exchange.memory.writing import clear_alarm, enqueue, raise_alarm


class MemoryStore(MemoryCheckpoints, MemoryLeases, MemoryHandoffs, MemoryPruning):
    """See `ports.Store`. One process's access to a database that its replicas share."""

    def __init__(
        self, database: Database, *, partitions: int, ledger_topic: str, hook: Hook = unhooked
    ) -> None:
        self._database, self._partitions = database, partitions
        self._ledger_topic, self._hook = ledger_topic, hook

    @asynccontextmanager
    async def transaction(
        self, *, lock_timeout_ms: int | None = None
    ) -> AsyncIterator[MemoryTransaction]:
        timeout_s = None if lock_timeout_ms is None else lock_timeout_ms / 1000
        async with self._database.transaction(self._hook, timeout_s) as unit:
            yield MemoryTransaction(unit, self._partitions)

    # relay

    async def outbox(self, partition: int, *, limit: int, bytes_max: int) -> Sequence[OutboxRow]:
        async with self._database.alone(self._hook, "outbox") as unit:
            rows = unit.rows(unit.tables.outbox, partition)
        chosen: list[OutboxRow] = []
        for number in sorted(rows)[:limit]:
            if bytes_max <= 0:
                break
            chosen.append(rows[number])
            bytes_max -= len(rows[number].value)
        return chosen

    # clocks

    async def due(self, partition: int, *, limit: int) -> tuple[Sequence[ClockRow], Times]:
        async with self._database.alone(self._hook, "due") as unit:
            now = times(unit)
            due = [
                row
                for row in unit.rows(unit.tables.clocks).values()
                if row.partition == partition and row.due_at <= now.legal
            ]
        return sorted(due, key=lambda row: (row.due_at, -row.rung))[:limit], now

    # parking and alarms

    async def parked_codes(self, *, limit: int) -> Sequence[ParkedRow]:
        async with self._database.alone(self._hook, "parked codes") as unit:
            rows = unit.rows(unit.tables.parked)
        first: dict[str, ParkedRow] = {}
        for number in sorted(rows):
            first.setdefault(rows[number].code, rows[number])
        return [first[code] for code in sorted(first)[:limit]]

    async def parked(self, code: str) -> Sequence[ParkedRow]:
        async with self._database.alone(self._hook, "parked") as unit:
            rows = unit.rows(unit.tables.parked, code)
        return [rows[number] for number in sorted(rows)]

    async def quarantined(self, *, limit: int) -> Sequence[QuarantinedRow]:
        async with self._database.alone(self._hook, "quarantined") as unit:
            rows = unit.rows(unit.tables.quarantine).values()
        newest = sorted(rows, key=lambda quarantined: quarantined.at, reverse=True)
        return [quarantined.row for quarantined in newest[:limit]]

    async def alarm(self, kind: str, subject: str, detail: str) -> bool:
        async with self._database.alone(self._hook, "alarm") as unit:
            storable([kind, subject, detail])
            return await raise_alarm(unit, (kind, subject, detail))

    async def clear(self, kind: str, subject: str) -> None:
        async with self._database.alone(self._hook, "clear") as unit:
            storable([kind, subject])
            await clear_alarm(unit, (kind, subject))

    async def alarms(self, *, limit: int) -> Sequence[tuple[str, str, str, datetime]]:
        async with self._database.alone(self._hook, "alarms") as unit:
            rows = unit.rows(unit.tables.alarms).values()
        newest = sorted(rows, key=lambda alarm: alarm.raised_at, reverse=True)
        return [(a.kind, a.subject, a.detail, a.raised_at) for a in newest[:limit]]

    async def republish(self, code: str, *, first: int = 1, last: int | None = None) -> int:
        async with self._database.alone(self._hook, "republish") as unit:
            entries = [
                entry
                for _, entry in sorted(unit.rows(unit.tables.ledger, code).items())
                if first <= entry.row.sequence <= (last or entry.row.sequence)
            ]
            for entry in entries:
                await enqueue(unit, self._published(entry.row))
        return len(entries)

    async def unledgered(self, ids: Sequence[str]) -> set[str]:
        async with self._database.alone(self._hook, "unledgered") as unit:
            storable(ids)
            return {i for i in ids if unit.get(unit.tables.unique_ledger_id, i) is None}

    def _published(self, entry: LedgerRow) -> OutboxRow:
        topic = self._ledger_topic
        return OutboxRow(
            0, entry.partition, topic, entry.code, entry.id, entry.headers, entry.value
        )

    # reading

    async def row(self, code: str) -> DisputeRow | None:
        async with self._database.alone(self._hook, "row") as unit:
            storable([code])
            row = unit.get(unit.tables.disputes, code)
        return None if row is None else replace(row)

    async def find(self, kind: str, key: str) -> Sequence[Found]:
        async with self._database.alone(self._hook, "find") as unit:
            storable([kind, key])
            return find(unit, kind, key)

    async def blob(self, code: str, name: str) -> bytes | None:
        async with self._database.alone(self._hook, "blob") as unit:
            storable([code, name])
            return unit.get(unit.tables.blobs, (code, name))

    async def ledger(self, code: str) -> Sequence[LedgerRow]:
        async with self._database.alone(self._hook, "ledger") as unit:
            storable([code])
            entries = sorted(unit.rows(unit.tables.ledger, code).items())
        return [entry.row for _, entry in entries]

    async def book(self) -> AgencyBook:
        async with self._database.alone(self._hook, "book") as unit:
            return book(unit)

    async def times(self) -> Times:
        async with self._database.alone(self._hook, "times") as unit:
            return times(unit)

    async def health(self) -> None:
        """Raises what the hook raises at `health`."""
        async with self._database.alone(self._hook, "health"):
            return
