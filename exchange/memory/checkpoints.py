"""Checkpoints in memory. A committed entry is covered at once: no transaction id is needed."""

from collections.abc import Sequence

from exchange.chassis.ports import BadData, CheckpointHead, Fenced, Lease, StoredCheckpoint
from exchange.memory.database import Database
from exchange.memory.hook import Hook
from exchange.memory.leases import held


class MemoryCheckpoints:
    """The part of the store that keeps checkpoints."""

    _database: Database
    _hook: Hook

    async def last_checkpoint(self) -> StoredCheckpoint | None:
        async with self._database.alone(self._hook, "last checkpoint") as unit:
            kept = unit.rows(unit.tables.checkpoints)
        return kept[max(kept)] if kept else None

    async def changed_heads(self, covered_to: int) -> tuple[Sequence[CheckpointHead], int]:
        async with self._database.alone(self._hook, "changed heads") as unit:
            entries = unit.rows(unit.tables.ledger)
            kept = unit.rows(unit.tables.checkpoint_heads)
        covered: dict[str, int] = {}
        for head in kept.values():
            covered[head.code] = max(head.sequence, covered.get(head.code, 0))
        last: dict[str, CheckpointHead] = {}
        for (code, sequence), entry in sorted(entries.items()):
            if sequence > covered.get(code, 0):
                last[code] = CheckpointHead(code, sequence, entry.hash, 0, ())
        return list(last.values()), covered_to + 1

    async def keep_checkpoint(
        self, lease: Lease, point: StoredCheckpoint, heads: Sequence[CheckpointHead]
    ) -> None:
        async with self._database.alone(self._hook, "keep checkpoint") as unit:
            if await held(unit, lease) is None:
                raise Fenced(f"partition {lease.partition} is no longer ours")
            if not await unit.reserve(unit.tables.checkpoints, point.number):
                raise BadData(f"checkpoint {point.number} stands already")
            unit.put(unit.tables.checkpoints, point.number, point)
            for head in heads:
                unit.put(unit.tables.checkpoint_heads, (head.code, point.number), head)

    async def checkpoints_of(self, code: str) -> Sequence[tuple[StoredCheckpoint, CheckpointHead]]:
        async with self._database.alone(self._hook, "checkpoints of") as unit:
            points = unit.rows(unit.tables.checkpoints)
            heads = unit.rows(unit.tables.checkpoint_heads, code)
        return [(points[number], heads[code, number]) for code, number in sorted(heads)]
