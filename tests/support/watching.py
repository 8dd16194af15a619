"""What a test tells a toy and sees of it: its disputes, queues, alarms, its topic's records."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.partitioning import partition_of
from exchange.chassis.ports import Store
from exchange.chassis.rows import ParkedRow, Record
from exchange.contracts.topics import DISPUTES, REFERRALS, Topic
from exchange.local.stack import LocalStack
from tests.support.running import EVENTUALLY_S, eventually, produce
from tests.support.toy import ToyState, envelope, registered


async def told(stack: LocalStack, code: str, *kinds: str) -> None:
    """Tell the toy to do this, in order, each event under an id of its own."""
    await each_told(stack, [code], *kinds)


async def each_told(stack: LocalStack, codes: Sequence[str], *kinds: str) -> None:
    """Tell the toy the same of many disputes at once."""
    events = [
        envelope(registered(code, kind), secrets.token_hex(16)) for kind in kinds for code in codes
    ]
    await produce(stack, DISPUTES, events)


async def journal_of(store: Store, code: str) -> tuple[str, ...]:
    """What the toy decided for this dispute, in order."""
    row = await store.row(code)
    return ToyState.model_validate_json(row.state).journal if row and row.state else ()


async def journal_becomes(
    store: Store, code: str, *entries: str, within_s: float = EVENTUALLY_S
) -> None:
    """Wait until the journal is exactly this; fail with what it is instead."""
    seen: tuple[str, ...] = ()

    async def is_so() -> bool:
        nonlocal seen
        seen = await journal_of(store, code)
        return seen == entries

    try:
        await eventually(is_so, "", within_s)
    except AssertionError:
        raise AssertionError(f"the journal is {seen}, not {entries}") from None


async def queue_of(store: Store, code: str) -> Sequence[ParkedRow]:
    """The parked queue of a dispute."""
    async with store.transaction() as tx:
        return await tx.parked(code)


async def queue_grows_to(
    store: Store, code: str, length: int, within_s: float = EVENTUALLY_S
) -> Sequence[ParkedRow]:
    """Wait until so many wait behind this dispute."""

    async def is_so() -> bool:
        return len(await queue_of(store, code)) == length

    await eventually(is_so, f"{length} wait in the queue", within_s)
    row = await store.row(code)
    assert row is not None
    assert row.parked == length
    return await queue_of(store, code)


async def alarm_of(store: Store, kind: str, subject: str) -> str | None:
    """The detail of that alarm, None where it does not stand."""
    standing = await store.alarms(limit=10_000)
    return next((d for k, s, d, _ in standing if (k, s) == (kind, subject)), None)


async def due_of(store: Store, code: str, rule: str = "toy.limit") -> datetime | None:
    """When the end of that clock is due, None where it is not set."""
    async with store.transaction() as tx:
        return (await tx.clocks([(code, rule, "1", 0)])).get((code, rule, "1", 0))


def database_of(stack: LocalStack, service: str) -> str:
    """The administrator's DSN of a service's database."""
    return f"{stack.postgres_admin_dsn.rpartition('/')[0]}/{service}"


async def as_owner(stack: LocalStack, service: str, statement: str, *arguments: object) -> str:
    """Run a statement on a service's database as nobody but an operator could."""
    connection = await asyncpg.connect(database_of(stack, service))
    try:
        return str(await connection.execute(statement, *arguments))
    finally:
        await connection.close()


@asynccontextmanager
async def row_lock_on(engines: LocalStack, code: str) -> AsyncIterator[None]:
    """Somebody else holds this dispute."""
    connection = await asyncpg.connect(database_of(engines, "routing"))
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM disputes WHERE code = $1 FOR UPDATE", code)
            yield
    finally:
        await connection.close()


async def published(
    stack: LocalStack, code: str, topic: Topic = REFERRALS, reader: str = "court_link"
) -> list[Record]:
    """All records of this dispute on a topic, in order."""
    consumer = await KafkaBroker(stack.service_kafka(reader)).consumer()
    part = (topic.name, partition_of(code, topic.partitions))
    found: list[Record] = []
    try:
        end, at = (await consumer.watermarks([part]))[part], 0
        if end:
            await consumer.assign({part: 0})
        while at < end:
            records = (await consumer.fetch([part], max_records=1000, timeout_ms=1000)).get(part)
            for record in records or ():
                at = record.offset + 1
                if record.key == code.encode():
                    found.append(record)
    finally:
        await consumer.close()
    return found


def id_of(record: Record) -> str:
    return dict(record.headers)["ce_id"].decode()


def sequence_of(record: Record) -> int:
    return int(dict(record.headers)["ce_sequence"])
