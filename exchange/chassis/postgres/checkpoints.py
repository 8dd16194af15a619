"""Checkpoints in Postgres: which ledgers changed, by the transactions that wrote their entries."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from exchange.chassis.failures import Fenced
from exchange.chassis.postgres.errors import translated
from exchange.chassis.postgres.transaction import PROVE
from exchange.chassis.rows import CheckpointHead, Lease, StoredCheckpoint

if TYPE_CHECKING:
    import asyncpg

COVERED_TO = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

CHANGED = """
SELECT DISTINCT ON (code) code, sequence, hash FROM ledger
WHERE written_by >= $1 AND written_by < $2 AND NOT EXISTS (
    SELECT 1 FROM checkpoint_heads h WHERE h.code = ledger.code AND h.sequence >= ledger.sequence
) ORDER BY code, sequence DESC"""

KEEP_HEADS = """
INSERT INTO checkpoint_heads (code, number, sequence, hash, leaf, path)
VALUES ($1, $2, $3, $4, $5, $6)"""

OF_DISPUTE = """
SELECT c.number, c.sha256, c.signed, c.covered_to, h.code, h.sequence, h.hash, h.leaf, h.path
FROM checkpoint_heads h JOIN checkpoints c USING (number) WHERE h.code = $1 ORDER BY c.number"""


class PostgresCheckpoints:
    """The part of the store that keeps checkpoints."""

    _pool: "asyncpg.Pool[Any]"

    async def last_checkpoint(self) -> StoredCheckpoint | None:
        with translated():
            row = await self._pool.fetchrow(
                "SELECT number, sha256, signed, covered_to FROM checkpoints"
                " ORDER BY number DESC LIMIT 1"
            )
        return StoredCheckpoint(**row) if row else None

    async def changed_heads(self, covered_to: int) -> tuple[Sequence[CheckpointHead], int]:
        """Entries of transactions that still run are left to the next checkpoint."""
        with translated():
            upto = await self._pool.fetchval(COVERED_TO)
            found = await self._pool.fetch(CHANGED, covered_to, upto)
        return [CheckpointHead(r["code"], r["sequence"], r["hash"], 0, ()) for r in found], upto

    async def keep_checkpoint(
        self, lease: Lease, point: StoredCheckpoint, heads: Sequence[CheckpointHead]
    ) -> None:
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                held = await connection.fetchval(PROVE, lease.partition, lease.owner, lease.epoch)
                if held is None:
                    raise Fenced(f"partition {lease.partition} is no longer ours")
                await connection.execute(
                    "INSERT INTO checkpoints (number, sha256, signed, covered_to)"
                    " VALUES ($1, $2, $3, $4)",
                    point.number,
                    point.sha256,
                    point.signed,
                    point.covered_to,
                )
                await connection.executemany(
                    KEEP_HEADS,
                    [(h.code, point.number, h.sequence, h.hash, h.leaf, h.path) for h in heads],
                )

    async def checkpoints_of(self, code: str) -> Sequence[tuple[StoredCheckpoint, CheckpointHead]]:
        with translated():
            found = await self._pool.fetch(OF_DISPUTE, code)
        return [
            (
                StoredCheckpoint(r["number"], r["sha256"], r["signed"], r["covered_to"]),
                CheckpointHead(r["code"], r["sequence"], r["hash"], r["leaf"], tuple(r["path"])),
            )
            for r in found
        ]
