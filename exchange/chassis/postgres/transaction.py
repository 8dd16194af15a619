"""One transaction on Postgres, READ COMMITTED: lease, disputes in code order, the rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from exchange.chassis.decider import Found
from exchange.chassis.failures import Fenced
from exchange.chassis.partitioning import partition_of
from exchange.chassis.postgres import rows
from exchange.chassis.postgres.book import Books
from exchange.chassis.postgres.errors import translated
from exchange.chassis.postgres.rows import AnyConnection
from exchange.chassis.postgres.writing import write
from exchange.chassis.reference import AgencyBook
from exchange.chassis.rows import ClockKey, DisputeRow, Lease, ParkedRow, StoredReply, Times, Writes

CREATE_DISPUTES = """
INSERT INTO disputes (code, partition)
SELECT * FROM unnest($1::text[], $2::int[]) AS n(code, partition) ORDER BY code COLLATE "C"
ON CONFLICT DO NOTHING"""

LOCK_DISPUTES = f"""
SELECT {rows.DISPUTE_COLUMNS} FROM disputes WHERE code = ANY($1::text[])
ORDER BY code COLLATE "C" FOR UPDATE"""

PROVE = """
SELECT 1 FROM leases WHERE partition = $1 AND owner = $2 AND epoch = $3 FOR SHARE"""

UNSEEN = """
INSERT INTO inbox (id) SELECT id FROM unnest($1::text[]) AS n(id) ORDER BY id COLLATE "C"
ON CONFLICT DO NOTHING RETURNING id"""

CLOCKS = """
SELECT c.code, c.rule, c.instance, c.rung, c.due_at FROM clocks c
JOIN unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS n(code, rule, instance, rung)
USING (code, rule, instance, rung)"""

FOUND = """
SELECT kind, key, code, value, at FROM index_rows
JOIN unnest($1::text[], $2::text[]) AS n(kind, key) USING (kind, key) ORDER BY at"""


class PostgresTransaction:
    """See `ports.Transaction`. Made by PostgresStore.transaction."""

    def __init__(self, connection: AnyConnection, books: Books, partitions: int) -> None:
        self._connection, self._books, self._partitions = connection, books, partitions
        self._partition: int | None = None

    async def times(self) -> Times:
        with translated():
            row = await self._connection.fetchrow("SELECT clock_timestamp(), legal_now()")
        assert row is not None
        return Times(*row)

    async def prove(self, lease: Lease, positions: Mapping[str, int]) -> None:
        with translated():
            held = await self._connection.fetchval(PROVE, lease.partition, lease.owner, lease.epoch)
            if held is None:
                raise Fenced(f"partition {lease.partition} is no longer ours")
            stored = await self._connection.fetch(
                "SELECT topic, next FROM positions WHERE partition = $1", lease.partition
            )
        have = {row["topic"]: row["next"] for row in stored}
        moved = [topic for topic, next_ in positions.items() if have.get(topic, 0) != next_]
        if moved:
            raise Fenced(f"partition {lease.partition} moved on in {', '.join(moved)}")
        self._partition = lease.partition

    async def unseen(self, ids: Sequence[str]) -> set[str]:
        with translated():
            found = await self._connection.fetch(UNSEEN, list(dict.fromkeys(ids)))
        return {row["id"] for row in found}

    async def reply(self, agency: str, key: str, nonce: str) -> StoredReply | None:
        with translated():
            row = await self._connection.fetchrow(
                f"SELECT {rows.REPLY_COLUMNS} FROM replies WHERE agency = $1"
                " AND (key = $2 OR (nonce = $3 AND nonce <> '')) ORDER BY key = $2 DESC LIMIT 1",
                agency,
                key,
                nonce,
            )
        return rows.reply(row) if row else None

    async def lock(self, codes: Sequence[str], *, create: bool = True) -> dict[str, DisputeRow]:
        with translated():
            if create:
                partitions = [partition_of(code, self._partitions) for code in codes]
                await self._connection.execute(CREATE_DISPUTES, codes, partitions)
            found = await self._connection.fetch(LOCK_DISPUTES, codes)
        return {row["code"]: rows.dispute(row) for row in found}

    async def agencies(self) -> AgencyBook:
        with translated():
            return await self._books.read(self._connection)

    async def tallies(self) -> Mapping[str, int]:
        with translated():
            found = await self._connection.fetch("SELECT name, value FROM tallies WHERE value <> 0")
        return {row["name"]: row["value"] for row in found}

    async def found(
        self, keys: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Sequence[Found]]:
        kinds, texts = zip(*dict.fromkeys(keys), strict=True)
        with translated():
            read = await self._connection.fetch(FOUND, kinds, texts)
        found: dict[tuple[str, str], list[Found]] = {}
        for row in read:
            entry = Found(row["code"], row["value"], row["at"])
            found.setdefault((row["kind"], row["key"]), []).append(entry)
        return found

    async def clocks(self, keys: Sequence[ClockKey]) -> Mapping[ClockKey, datetime]:
        with translated():
            found = await self._connection.fetch(CLOCKS, *zip(*keys, strict=True))
        return {(r["code"], r["rule"], r["instance"], r["rung"]): r["due_at"] for r in found}

    async def handoffs(self, ids: Sequence[str]) -> set[str]:
        with translated():
            found = await self._connection.fetch(
                "SELECT id FROM handoffs WHERE id = ANY($1::text[])"
                " AND state IN ('open', 'unknown') FOR UPDATE",
                ids,
            )
        return {row["id"] for row in found}

    async def parked(self, code: str) -> Sequence[ParkedRow]:
        with translated():
            found = await self._connection.fetch(rows.PARKED_OF, code)
        return [rows.parked(row) for row in found]

    async def write(self, writes: Writes) -> None:
        with translated():
            await write(self._connection, writes, self._partition)
