"""Checkpoints in memory: which ledgers changed, by the transactions that wrote their entries."""

from collections.abc import Sequence

from exchange.chassis.failures import BadData
from exchange.chassis.rows import CheckpointHead, Lease, StoredCheckpoint
from exchange.memory.database import Database
from exchange.memory.hook import Hook
from exchange.memory.leases import require


class MemoryCheckpoints:
    """The part of the store that keeps checkpoints."""

    _database: Database
    _hook: Hook

    async def last_checkpoint(self) -> StoredCheckpoint | None:
        async with self._database.alone(self._hook, "last checkpoint") as unit:
            points = unit.rows(unit.tables.checkpoints)
        return points[max(points)] if points else None

    async def changed_heads(self, covered_to: int) -> tuple[Sequence[CheckpointHead], int]:
        """Entries of transactions that still run are left to the next checkpoint."""
        async with self._database.alone(self._hook, "changed heads") as unit:
            upto = self._database.oldest_running()
            heads = {
                entry.row.code: CheckpointHead(entry.row.code, sequence, entry.row.hash, 0, ())
                for (_, sequence), entry in sorted(unit.rows(unit.tables.ledger).items())
                if covered_to <= entry.written_by < upto
            }
        return list(heads.values()), upto

    async def keep_checkpoint(
        self, lease: Lease, point: StoredCheckpoint, heads: Sequence[CheckpointHead]
    ) -> None:
        async with self._database.alone(self._hook, "keep checkpoint") as unit:
            await require(unit, lease)
            if not await unit.reserve(unit.tables.checkpoints, point.number):
                raise BadData("23505 UniqueViolationError")
            unit.put(unit.tables.checkpoints, point.number, point)
            for head in heads:
                unit.put(unit.tables.checkpoint_heads, (head.code, point.number), head)

    async def checkpoints_of(self, code: str) -> Sequence[tuple[StoredCheckpoint, CheckpointHead]]:
        async with self._database.alone(self._hook, "checkpoints of") as unit:
            heads = sorted(unit.rows(unit.tables.checkpoint_heads, code).items())
            points = unit.rows(unit.tables.checkpoints)
        return [(points[number], head) for (_, number), head in heads]
