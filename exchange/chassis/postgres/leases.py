"""Leases, heartbeats and positions in Postgres; only a takeover writes a lease row.

A batch holds its lease row FOR SHARE, so a takeover waits for it, or for the 2 s after which the
role's idle_in_transaction_session_timeout ends a frozen process.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from exchange.chassis.failures import Fenced
from exchange.chassis.postgres.errors import translated
from exchange.chassis.rows import Cluster, Lease, LeaseRow

if TYPE_CHECKING:
    import asyncpg

BEAT = """
INSERT INTO members (id, seen_at) VALUES ($1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at"""

ALIVE = "SELECT id FROM members WHERE seen_at > clock_timestamp() - $1::interval"

ENSURE = """
INSERT INTO leases (partition) SELECT generate_series(0, $1 - 1) ON CONFLICT DO NOTHING"""

MARK = """
SELECT coalesce(string_agg(topic || ':' || next, ' ' ORDER BY topic), '')
FROM positions WHERE partition = $1"""

TAKE = f"""
UPDATE leases SET owner = $2, epoch = epoch + 1, taken_mark = ({MARK}),
    deaths = CASE WHEN owner IS NULL THEN 0
        WHEN taken_mark = ({MARK}) THEN deaths + 1 ELSE 0 END
WHERE partition = $1 AND epoch = $3 RETURNING epoch, deaths"""

TRYING = """
WITH held AS (
    SELECT 1 FROM leases WHERE partition = $1 AND owner = $2 AND epoch = $3 FOR SHARE
)
INSERT INTO suspects (partition, worker, what, epoch, tries) SELECT $1, $4, $5, $3, 1 FROM held
ON CONFLICT (partition, worker) DO UPDATE SET what = excluded.what, epoch = excluded.epoch,
    tries = CASE WHEN suspects.what <> excluded.what THEN 1
        ELSE suspects.tries + (suspects.epoch <> excluded.epoch)::int END
RETURNING tries - 1"""

RELEASE = """
WITH freed AS (
    UPDATE leases SET owner = NULL, deaths = 0
    WHERE partition = $1 AND owner = $2 AND epoch = $3 RETURNING partition
)
DELETE FROM suspects WHERE partition IN (SELECT partition FROM freed)"""

RELAYED = """
WITH held AS (
    SELECT 1 FROM leases WHERE partition = $1 AND owner = $2 AND epoch = $3 FOR SHARE
), gone AS (
    DELETE FROM outbox WHERE partition = $1 AND id = ANY($4::bigint[])
        AND EXISTS (SELECT 1 FROM held)
), noted AS (
    INSERT INTO relayed (topic, partition, last)
    SELECT topic, $1, last FROM unnest($5::text[], $6::bigint[]) AS n(topic, last)
    WHERE EXISTS (SELECT 1 FROM held)
    ON CONFLICT (partition, topic) DO UPDATE SET last = greatest(relayed.last, excluded.last)
)
SELECT count(*) FROM held"""


class PostgresLeases:
    """The part of the store that shares partition numbers out among live members."""

    _pool: "asyncpg.Pool[Any]"
    _partitions: int

    async def beat(self, member: str, *, alive_s: float) -> Cluster:
        with translated():
            async with self._pool.acquire() as connection:
                await connection.execute(BEAT, member)
                await connection.execute(ENSURE, self._partitions)
                alive = await connection.fetch(ALIVE, timedelta(seconds=alive_s))
                leases = await connection.fetch(
                    "SELECT partition, owner, epoch, deaths FROM leases ORDER BY partition"
                )
        return Cluster([LeaseRow(**row) for row in leases], frozenset(row["id"] for row in alive))

    async def take(self, row: LeaseRow, member: str) -> Lease | None:
        with translated():
            taken = await self._pool.fetchrow(TAKE, row.partition, member, row.epoch)
        if taken is None:
            return None
        return Lease(row.partition, member, taken["epoch"], taken["deaths"])

    async def trying(self, lease: Lease, worker: str, what: str) -> int:
        with translated():
            tried = await self._pool.fetchval(
                TRYING, lease.partition, lease.owner, lease.epoch, worker, what
            )
        if tried is None:
            raise Fenced(f"partition {lease.partition} is no longer ours")
        return int(tried)

    async def release(self, lease: Lease) -> None:
        with translated():
            await self._pool.execute(RELEASE, lease.partition, lease.owner, lease.epoch)

    async def leave(self, member: str) -> None:
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute("DELETE FROM members WHERE id = $1", member)
                await connection.execute("UPDATE leases SET owner = NULL WHERE owner = $1", member)

    async def positions(self, partition: int) -> Mapping[str, int]:
        with translated():
            found = await self._pool.fetch(
                "SELECT topic, next FROM positions WHERE partition = $1", partition
            )
        return {row["topic"]: row["next"] for row in found}

    async def relayed(self, lease: Lease, ids: Sequence[int], offsets: Mapping[str, int]) -> None:
        with translated():
            held = await self._pool.fetchval(
                RELAYED,
                lease.partition,
                lease.owner,
                lease.epoch,
                ids,
                list(offsets),
                list(offsets.values()),
            )
        if not held:
            raise Fenced(f"partition {lease.partition} is no longer ours")

    async def relayed_to(self, partition: int) -> Mapping[str, int]:
        with translated():
            found = await self._pool.fetch(
                "SELECT topic, last FROM relayed WHERE partition = $1", partition
            )
        return {row["topic"]: row["last"] for row in found}
