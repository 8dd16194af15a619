"""One service's database: transactions, and what its workers ask outside of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from asyncpg import Record

from exchange.chassis.decider import Found
from exchange.chassis.failures import OutcomeUnknown, Transient
from exchange.chassis.postgres import rows
from exchange.chassis.postgres.book import Books
from exchange.chassis.postgres.checkpoints import PostgresCheckpoints
from exchange.chassis.postgres.errors import FROM_BELOW, translated
from exchange.chassis.postgres.handoffs import PostgresHandoffs
from exchange.chassis.postgres.leases import PostgresLeases
from exchange.chassis.postgres.pruning import PostgresPruning
from exchange.chassis.postgres.renumbering import renumber
from exchange.chassis.postgres.transaction import PostgresTransaction
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

CONNECT_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 10.0

DUE = """
SELECT code, partition, rule, instance, rung, due_at, traceparent FROM clocks
WHERE partition = $1 AND due_at <= legal_now() ORDER BY due_at, rung DESC LIMIT $2"""

OUTBOX = """
WITH oldest AS (
    SELECT o.id, o.partition, o.topic, o.code, o.event_id,
        coalesce(o.headers, l.headers) AS headers, coalesce(o.value, l.value) AS value
    FROM (SELECT * FROM outbox WHERE partition = $1 ORDER BY id LIMIT $2) AS o
    LEFT JOIN ledger AS l ON o.value IS NULL AND l.id = o.event_id
)
SELECT id, partition, topic, code, event_id, headers, value FROM (
    SELECT *, sum(octet_length(value)) OVER (ORDER BY id) - octet_length(value) AS bytes_before
    FROM oldest
) AS measured WHERE bytes_before < $3 ORDER BY id"""
"""A row without bytes of its own is a ledger entry."""

FIRST_PARKED = """
SELECT DISTINCT ON (code) * FROM parked_events ORDER BY code, id LIMIT $1"""

REPUBLISH = """
INSERT INTO outbox (partition, topic, code, event_id)
SELECT partition, $2, code, id FROM ledger
WHERE code = $1 AND sequence BETWEEN $3 AND coalesce($4, sequence) ORDER BY sequence"""


class PostgresStore(PostgresCheckpoints, PostgresLeases, PostgresHandoffs, PostgresPruning):
    """See `ports.Store`."""

    def __init__(self, pool: "asyncpg.Pool[Any]", *, partitions: int, ledger_topic: str) -> None:
        self._pool, self._partitions, self._ledger_topic = pool, partitions, ledger_topic
        self._books = Books()

    @classmethod
    async def open(
        cls,
        dsn: str,
        password: str | None,
        *,
        partitions: int,
        ledger_topic: str,
        connections_max: int,
    ) -> "PostgresStore":
        """Connect, and renumber what came from another cluster. Raises Transient when the
        database does not answer."""
        with translated():
            pool = await asyncpg.create_pool(
                dsn,
                password=password,
                min_size=1,
                max_size=connections_max,
                timeout=CONNECT_TIMEOUT_S,
                command_timeout=COMMAND_TIMEOUT_S,
            )
        await renumber(pool)
        return cls(pool, partitions=partitions, ledger_topic=ledger_topic)

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def transaction(
        self, *, lock_timeout_ms: int | None = None
    ) -> AsyncIterator[PostgresTransaction]:
        with translated():
            connection = await self._pool.acquire(timeout=CONNECT_TIMEOUT_S)
        try:
            transaction = connection.transaction()
            with translated():
                await transaction.start()
                if lock_timeout_ms is not None:
                    await connection.execute(f"SET LOCAL lock_timeout = {lock_timeout_ms}")
            try:
                yield PostgresTransaction(connection, self._books, self._partitions)
            except BaseException:
                await _roll_back(transaction)
                raise
            await _commit(transaction)
        finally:
            await _give_back(self._pool, connection)

    # relay

    async def outbox(self, partition: int, *, limit: int, bytes_max: int) -> Sequence[OutboxRow]:
        found = await self._fetch(OUTBOX, partition, limit, bytes_max)
        return [rows.outbox(row) for row in found]

    # clocks

    async def due(self, partition: int, *, limit: int) -> tuple[Sequence[ClockRow], Times]:
        times = await self.times()
        found = await self._fetch(DUE, partition, limit)
        return [rows.clock(row) for row in found], times

    # parking and alarms

    async def parked_codes(self, *, limit: int) -> Sequence[ParkedRow]:
        return [rows.parked(row) for row in await self._fetch(FIRST_PARKED, limit)]

    async def parked(self, code: str) -> Sequence[ParkedRow]:
        return [rows.parked(row) for row in await self._fetch(rows.PARKED_OF, code)]

    async def quarantined(self, *, limit: int) -> Sequence[QuarantinedRow]:
        found = await self._fetch("SELECT * FROM quarantine ORDER BY at DESC LIMIT $1", limit)
        return [rows.quarantined(row) for row in found]

    async def alarm(self, kind: str, subject: str, detail: str) -> bool:
        raised = await self._fetch(
            "INSERT INTO alarms (kind, subject, detail) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING RETURNING kind",
            kind,
            subject,
            detail,
        )
        return bool(raised)

    async def clear(self, kind: str, subject: str) -> None:
        await self._fetch("DELETE FROM alarms WHERE kind = $1 AND subject = $2", kind, subject)

    async def alarms(self, *, limit: int) -> Sequence[tuple[str, str, str, Any]]:
        found = await self._fetch(
            "SELECT kind, subject, detail, raised_at FROM alarms ORDER BY raised_at DESC LIMIT $1",
            limit,
        )
        return [(r[0], r[1], r[2], r[3]) for r in found]

    async def republish(self, code: str, *, first: int = 1, last: int | None = None) -> int:
        with translated():
            done = await self._pool.execute(REPUBLISH, code, self._ledger_topic, first, last)
        return int(done.rpartition(" ")[2])

    async def unledgered(self, ids: Sequence[str]) -> set[str]:
        found = await self._fetch(
            "SELECT id FROM unnest($1::text[]) AS n(id) EXCEPT SELECT id FROM ledger"
            " WHERE id = ANY($1::text[])",
            ids,
        )
        return {row["id"] for row in found}

    # reading

    async def row(self, code: str) -> DisputeRow | None:
        found = await self._fetch(
            f"SELECT {rows.DISPUTE_COLUMNS} FROM disputes WHERE code = $1", code
        )
        return rows.dispute(found[0]) if found else None

    async def find(self, kind: str, key: str) -> Sequence[Found]:
        found = await self._fetch(
            "SELECT code, value, at FROM index_rows WHERE kind = $1 AND key = $2 ORDER BY at",
            kind,
            key,
        )
        return [Found(*row) for row in found]

    async def blob(self, code: str, name: str) -> bytes | None:
        found = await self._fetch(
            "SELECT content FROM blobs WHERE dispute_code = $1 AND name = $2", code, name
        )
        return found[0]["content"] if found else None

    async def ledger(self, code: str) -> Sequence[LedgerRow]:
        found = await self._fetch(
            f"SELECT {rows.LEDGER_COLUMNS} FROM ledger WHERE code = $1 ORDER BY sequence", code
        )
        return [rows.ledger(row) for row in found]

    async def book(self) -> AgencyBook:
        with translated():
            async with self._pool.acquire(timeout=CONNECT_TIMEOUT_S) as connection:
                return await self._books.read(connection)

    async def times(self) -> Times:
        found = await self._fetch("SELECT clock_timestamp(), legal_now()")
        return Times(*found[0])

    async def health(self) -> None:
        await self._fetch("SELECT 1")

    async def _fetch(self, statement: str, *arguments: Any) -> Sequence[Record]:
        with translated():
            found: Sequence[Record] = await self._pool.fetch(
                statement, *arguments, timeout=COMMAND_TIMEOUT_S
            )
        return found


async def _commit(transaction: Any) -> None:
    """Commit. A connection lost here leaves the outcome unknown: the stored position tells."""
    try:
        with translated():
            await transaction.commit()
    except Transient as error:
        if isinstance(error.__cause__, asyncpg.PostgresError) and not isinstance(
            error.__cause__, asyncpg.PostgresConnectionError
        ):
            raise
        raise OutcomeUnknown(str(error)) from error


async def _roll_back(transaction: Any) -> None:
    """Roll back; where the connection is gone the server has done so already."""
    try:
        await transaction.rollback()
    except FROM_BELOW:
        return


async def _give_back(pool: "asyncpg.Pool[Any]", connection: Any) -> None:
    """Give a connection back; one that cannot be reset was ended by asyncpg already.

    What the transaction came to is known by then: nothing that happens here may change it.
    """
    try:
        await pool.release(connection)
    except FROM_BELOW:
        return
