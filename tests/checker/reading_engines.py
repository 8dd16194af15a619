"""An `Observation` of real Kafka and PostgreSQL at rest, read from the beginning as administrator.

Kafka is read with librdkafka, which the exchange's own consumers and producers do not use.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import asyncpg
from confluent_kafka import (
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaException,
    Message,
    TopicPartition,
)

from exchange.chassis.postgres import rows as stored
from exchange.chassis.rows import Part, Record
from exchange.contracts.topics import REFERRALS, TOPICS
from exchange.identity.keys import SigningKey
from exchange.local.stack import LocalStack
from tests.checker.history import (
    Observation,
    SeenClock,
    SeenEntry,
    SeenOutbox,
    SeenParked,
    SeenPosition,
    SeenService,
)
from tests.checker.reading import (
    listed,
    parts_read,
    seen_dispute,
    seen_handoff,
    seen_keys,
    seen_record,
)

READ_TIMEOUT_S = 10.0
RECORDS_AT_ONCE = 10_000

ATTEMPTS = "SELECT handoff_id, outcome FROM attempts ORDER BY handoff_id, number"
NOW = "SELECT now() AS machine, legal_now() AS legal"


class NotRead(Exception):
    """Kafka gives fewer records of a partition than its watermark promises."""


async def observe_engines(
    stack: LocalStack, services: Sequence[str], signing: SigningKey
) -> Observation:
    """All topics and the databases of these services; `signing` is the exchange's own key.

    Raises KafkaException where Kafka does not answer, and NotRead.
    """
    read, ends = await asyncio.to_thread(_topics, stack)
    records = tuple(seen_record(record, at) for record, at in read)
    seen = [await _service(stack, name, ends) for name in services]
    connection = await asyncpg.connect(_dsn(stack, services[0]))
    try:
        now = await connection.fetchrow(NOW)
    finally:
        await connection.close()
    assert now is not None
    agencies = listed(record for record, _ in read)
    return Observation(
        machine_at=now["machine"],
        legal_at=now["legal"],
        ledger_topic=REFERRALS.name,
        exchange=signing.agency,
        records=records,
        services=tuple(seen),
        keys=seen_keys(agencies, signing),
        mailbox=tuple(sorted({a.agency for a in agencies if a.delivery.mode == "mailbox"})),
    )


async def _service(stack: LocalStack, name: str, ends: dict[Part, int]) -> SeenService:
    """Its tables as of one moment."""
    connection = await asyncpg.connect(_dsn(stack, name))
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _tables(connection, name, ends)
    finally:
        await connection.close()


async def _tables(
    db: "asyncpg.Connection[asyncpg.Record]", name: str, ends: dict[Part, int]
) -> SeenService:
    outcomes: dict[str, list[str]] = {}
    for row in await db.fetch(ATTEMPTS):
        outcomes.setdefault(row["handoff_id"], []).append(row["outcome"])
    positions = {(r["topic"], r["partition"]): r["next"] for r in await db.fetch("TABLE positions")}
    disputes = await db.fetch("SELECT * FROM disputes ORDER BY code")
    ledger = await db.fetch("SELECT * FROM ledger ORDER BY code, sequence")
    handoffs = await db.fetch("SELECT * FROM handoffs ORDER BY position")
    return SeenService(
        name,
        disputes=tuple(seen_dispute(stored.dispute(row)) for row in disputes),
        ledger=tuple(_entry(row) for row in ledger),
        inbox=tuple(row["id"] for row in await db.fetch("TABLE inbox")),
        outbox=tuple(
            SeenOutbox(row["topic"], row["code"], row["event_id"])
            for row in await db.fetch("SELECT * FROM outbox ORDER BY id")
        ),
        handoffs=tuple(
            seen_handoff(stored.handoff(row), outcomes.get(row["id"], ())) for row in handoffs
        ),
        clocks=tuple(
            SeenClock(row["code"], row["rule"], row["instance"], row["rung"], row["due_at"])
            for row in await db.fetch("TABLE clocks")
        ),
        positions=tuple(
            SeenPosition(*part, positions.get(part, 0), ends[part])
            for part in parts_read(name, ends)
        ),
        parked=tuple(
            SeenParked(row["code"], row["kind"], row["cause"], row["error"], row["event_id"])
            for row in await db.fetch("SELECT * FROM parked_events ORDER BY id")
        ),
        quarantine=tuple(
            f"{row['topic']}/{row['partition']}/{row['offset']}"
            for row in await db.fetch("TABLE quarantine")
        ),
    )


def _entry(row: asyncpg.Record) -> SeenEntry:
    return SeenEntry(
        row["code"],
        row["sequence"],
        row["id"],
        row["type"],
        tuple(stored.unpack(row["headers"])),
        row["value"],
        row["prev"],
        row["hash"],
        row["evidence"],
    )


def _topics(stack: LocalStack) -> tuple[list[tuple[Record, datetime | None]], dict[Part, int]]:
    """Every record of every topic, with the time that Kafka has of it; and the watermarks."""
    consumer = Consumer(
        {
            **stack.kafka_admin.for_confluent(),
            "group.id": "checker",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        parts = [(t.name, n) for t in TOPICS.values() for n in range(t.partitions)]
        marks = {part: _marks(consumer, part) for part in parts}
        read: list[tuple[Record, datetime | None]] = []
        for part, (low, high) in marks.items():
            read += _partition(consumer, part, low, high)
        return read, {part: high for part, (_, high) in marks.items()}
    finally:
        consumer.close()


def _marks(consumer: Consumer, part: Part) -> tuple[int, int]:
    low, high = consumer.get_watermark_offsets(TopicPartition(*part), timeout=READ_TIMEOUT_S)
    return low, high


def _partition(
    consumer: Consumer, part: Part, low: int, high: int
) -> Iterator[tuple[Record, datetime | None]]:
    consumer.assign([TopicPartition(*part, low)])
    at = low
    while at < high:
        messages = consumer.consume(min(RECORDS_AT_ONCE, high - at), timeout=READ_TIMEOUT_S)
        if not messages:
            raise NotRead(f"{part[0]}/{part[1]} stops at {at} of {high}")
        for message in messages:
            if (error := message.error()) is not None:
                raise KafkaException(error)
            yield _record(message), _date(message)
            at = (message.offset() or 0) + 1


def _record(message: Message) -> Record:
    headers = [(name, raw or b"") for name, raw in message.headers() or ()]
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return Record(topic, partition, offset, message.key(), headers, message.value())


def _date(message: Message) -> datetime | None:
    kind, millis = message.timestamp()
    if kind == TIMESTAMP_NOT_AVAILABLE:
        return None
    return datetime.fromtimestamp(millis / 1000, UTC)


def _dsn(stack: LocalStack, service: str) -> str:
    return f"{stack.postgres_admin_dsn.rpartition('/')[0]}/{service}"
