"""Handoffs in Postgres: claimed for a while with an attempt number, in order per dispute."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from exchange.chassis import circuit
from exchange.chassis.postgres import rows
from exchange.chassis.postgres.errors import translated
from exchange.chassis.rows import HandoffRow, Lease

if TYPE_CHECKING:
    import asyncpg

CLAIMING = 0x66_71_63_6C_6D  # 'fqclm': one claim at a time: caps and rates hold over partitions

CLAIM = f"""
WITH moment AS (
    SELECT clock_timestamp() AS at, greatest(1, $6::double precision) AS full_at
), held AS (
    SELECT 1 FROM leases WHERE partition = $1 AND owner = $2 AND epoch = $3 FOR SHARE
), first AS (
    SELECT DISTINCT ON (code, agency) id, agency, position, state, claimed_until, again_at
    FROM handoffs WHERE partition = $1 AND state IN ('open', 'unknown')
    ORDER BY code, agency, position
), bucket AS (
    SELECT a.code AS agency, a.concurrency, least(full_at, coalesce(e.tokens
        + $6 * greatest(0, extract(epoch FROM at - e.counted_at)), full_at)) AS tokens
    FROM moment, agencies a LEFT JOIN endpoints e ON e.agency = a.code
    WHERE a.mode = 'push' AND a.code IN (SELECT agency FROM first)
        AND (e.open_until IS NULL OR e.open_until <= at)
), ready AS (
    SELECT f.id, f.position, f.state,
        row_number() OVER (PARTITION BY f.agency ORDER BY f.position) AS nth,
        least(floor(tokens), concurrency - (SELECT count(*) FROM handoffs b
            WHERE b.agency = f.agency AND b.state IN ('open', 'unknown')
            AND b.claimed_until > clock_timestamp())) AS room
    FROM first f JOIN bucket ON bucket.agency = f.agency
    WHERE (f.claimed_until IS NULL OR f.claimed_until <= clock_timestamp())
        AND (f.again_at IS NULL OR f.again_at <= clock_timestamp())
), claimed AS (
    UPDATE handoffs h SET state = 'unknown', attempts = attempts + 1,
        claimed_until = clock_timestamp() + $5::interval
    FROM (SELECT id, state AS stood FROM ready WHERE nth <= room ORDER BY position LIMIT $4) chosen
    WHERE h.id = chosen.id AND EXISTS (SELECT 1 FROM held)
        AND h.state IN ('open', 'unknown')
        AND (h.claimed_until IS NULL OR h.claimed_until <= clock_timestamp())
    RETURNING {", ".join("h." + c for c in rows.HANDOFF_COLUMNS.split(", "))}, stood
), spent AS (
    INSERT INTO endpoints (agency, tokens, counted_at)
    SELECT agency, tokens - (SELECT count(*) FROM claimed c WHERE c.agency = bucket.agency), at
    FROM bucket, moment WHERE agency IN (SELECT agency FROM claimed)
    ON CONFLICT (agency) DO UPDATE
        SET tokens = excluded.tokens, counted_at = excluded.counted_at
)
SELECT * FROM claimed"""
"""A token is spent by each try; the bucket fills at $6 a second and is full at a second's worth."""

ATTEMPTED = """
WITH noted AS (
    INSERT INTO attempts (handoff_id, number, outcome) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
)
UPDATE handoffs SET state = $4, claimed_until = NULL,
    settlings = settlings + ($6::bigint IS DISTINCT FROM coalesce(settled_epoch, 0)
        AND $6::bigint IS NOT NULL)::int,
    settled_epoch = coalesce($6::bigint, settled_epoch),
    again_at = clock_timestamp() + $5::interval
WHERE id = $1 AND attempts = $2 AND state IN ('open', 'unknown')"""

FAILED_ENDPOINT = """
INSERT INTO endpoints (agency, failures) VALUES ($1, 1)
ON CONFLICT (agency) DO UPDATE SET failures = endpoints.failures + 1,
    open_until = CASE WHEN endpoints.failures + 1 >= $2
        THEN clock_timestamp() + $3::interval END"""

WORKING_ENDPOINT = "UPDATE endpoints SET failures = 0, open_until = NULL WHERE agency = $1"

MAILBOX = f"""
SELECT {rows.HANDOFF_COLUMNS} FROM handoffs
WHERE agency = $1 AND position > $2 AND state IN ('open', 'unknown')
    AND written_by < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY position LIMIT $3"""

WAITING = f"""
SELECT {rows.HANDOFF_COLUMNS} FROM handoffs h WHERE id = $1 AND state IN ('open', 'unknown')
    AND NOT EXISTS (SELECT 1 FROM handoffs b WHERE b.code = h.code AND b.agency = h.agency
        AND b.position < h.position AND b.state IN ('open', 'unknown'))"""


REVIVE = """
UPDATE handoffs SET state = 'unknown', claimed_until = NULL, again_at = NULL
WHERE id = $1 AND state = 'dead'"""


class PostgresHandoffs:
    """The part of the store that keeps what the exchange owes to agencies."""

    _pool: "asyncpg.Pool[Any]"

    async def claim(
        self, lease: Lease, *, limit: int, for_s: float, per_s: float
    ) -> Sequence[HandoffRow]:
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", CLAIMING)
                found = await connection.fetch(
                    CLAIM,
                    lease.partition,
                    lease.owner,
                    lease.epoch,
                    limit,
                    timedelta(seconds=for_s),
                    per_s,
                )
        claimed = [rows.handoff({**row, "state": row["stood"]}) for row in found]
        return sorted(claimed, key=lambda row: row.position)

    async def attempted(
        self,
        row: HandoffRow,
        *,
        outcome: str,
        state: str,
        again_in_s: float | None,
        settled_epoch: int | None = None,
    ) -> None:
        again = None if again_in_s is None else timedelta(seconds=again_in_s)
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    ATTEMPTED, row.id, row.attempts, outcome, state, again, settled_epoch
                )
                if outcome in circuit.ALIVE:
                    await connection.execute(WORKING_ENDPOINT, row.agency)
                else:
                    await connection.execute(
                        FAILED_ENDPOINT,
                        row.agency,
                        circuit.FAILURES_MAX,
                        timedelta(seconds=circuit.OPEN_S),
                    )

    async def revive(self, handoff_id: str) -> bool:
        with translated():
            return str(await self._pool.execute(REVIVE, handoff_id)) == "UPDATE 1"

    async def mailbox(
        self, agency: str, *, after: int, limit: int
    ) -> Sequence[tuple[int, HandoffRow]]:
        """Rows whose transaction is older than every running one: a late commit is not skipped."""
        with translated():
            found = await self._pool.fetch(MAILBOX, agency, after, limit)
        return [(row["position"], rows.handoff(row)) for row in found]

    async def handoff(self, handoff_id: str) -> HandoffRow | None:
        with translated():
            row = await self._pool.fetchrow(
                f"SELECT {rows.HANDOFF_COLUMNS} FROM handoffs WHERE id = $1", handoff_id
            )
        return rows.handoff(row) if row else None

    async def waiting(self, handoff_id: str) -> HandoffRow | None:
        with translated():
            row = await self._pool.fetchrow(WAITING, handoff_id)
        return rows.handoff(row) if row else None
