"""The two worlds behind the same ports, and the few levers that a behaviour needs of each."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import asyncpg
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

import exchange.chassis.postgres
from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.ports import Broker, Store
from exchange.chassis.postgres.store import PostgresStore
from exchange.chassis.rows import Part
from exchange.local.declarations import ServiceSpec, TopicSpec
from exchange.local.postgres_provision import database_dsn
from exchange.local.stack import LocalStack
from exchange.memory.broker import MemoryBroker
from exchange.memory.clock import LoopClock
from exchange.memory.database import Database
from exchange.memory.log import Log
from exchange.memory.store import MemoryStore

SERVICE = "parity"
PARTITIONS = 3
TOPIC = "parity.event.v1"
SECOND_TOPIC = "parity.answer.v1"
MIGRATIONS = Path(exchange.chassis.postgres.__path__[0]) / "migrations"

SERVICES = (ServiceSpec(SERVICE, (MIGRATIONS,)),)
TOPICS = tuple(
    TopicSpec(name, PARTITIONS, SERVICE, frozenset({SERVICE})) for name in (TOPIC, SECOND_TOPIC)
)

CONNECTIONS_MAX = 12
CLOSE_TIMEOUT_S = 10.0
FROZEN_IN_MEMORY_S = 1.0

WAITING_FOR_LOCKS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'"""


class World(Protocol):
    """A service's store, empty, and a broker with TOPIC and SECOND_TOPIC."""

    @property
    def store(self) -> Store: ...

    @property
    def broker(self) -> Broker: ...

    async def waiting(self) -> int:
        """How many transactions of the store wait for a row lock now."""
        ...

    async def advance_legal(self, by: timedelta) -> None: ...

    async def publish_with_gap(self, part: Part, value: bytes) -> None:
        """Add one record, after which an offset stays empty."""

    async def expire(self, part: Part, before: int) -> None:
        """The records below this offset are gone, as retention takes them."""


@dataclass(slots=True)
class MemoryWorld:
    store: MemoryStore
    broker: MemoryBroker
    clock: LoopClock
    database: Database
    log: Log

    async def waiting(self) -> int:
        return self.database.locks.waiting

    async def advance_legal(self, by: timedelta) -> None:
        self.clock.advance_legal(by)

    async def publish_with_gap(self, part: Part, value: bytes) -> None:
        self.log.append(part, None, value, ())
        self.log.skip(part)

    async def expire(self, part: Part, before: int) -> None:
        self.log.expire(part, before)


@asynccontextmanager
async def memory_world() -> AsyncIterator[World]:
    clock = LoopClock(start=datetime.now(UTC))
    database = Database(clock, idle_timeout_s=FROZEN_IN_MEMORY_S)
    log = Log(clock, dict.fromkeys((TOPIC, SECOND_TOPIC), PARTITIONS))
    store = MemoryStore(database, partitions=PARTITIONS, ledger_topic=TOPIC)
    yield MemoryWorld(store, MemoryBroker(log), clock, database, log)


@dataclass(slots=True)
class RealWorld:
    store: PostgresStore
    broker: KafkaBroker
    admin: "asyncpg.Connection[asyncpg.Record]"
    kafka: Mapping[str, str] = field(repr=False)

    async def waiting(self) -> int:
        return int(await self.admin.fetchval(WAITING_FOR_LOCKS, SERVICE))

    async def advance_legal(self, by: timedelta) -> None:
        await self.admin.execute(
            "INSERT INTO legal_offset (shift) VALUES ($1)"
            " ON CONFLICT (single) DO UPDATE SET shift = legal_offset.shift + excluded.shift",
            by,
        )

    async def publish_with_gap(self, part: Part, value: bytes) -> None:
        """The end of a Kafka transaction is a marker: an offset that no consumer is given."""
        producer = AIOKafkaProducer(**self.kafka, transactional_id="parity-gap")
        await producer.start()
        try:
            async with producer.transaction():
                await producer.send_and_wait(part[0], value, partition=part[1])
        finally:
            await producer.stop()

    async def expire(self, part: Part, before: int) -> None:
        admin = AIOKafkaAdminClient(**self.kafka)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(*part): RecordsToDelete(before)})
        finally:
            await admin.close()


@asynccontextmanager
async def real_world(stack: LocalStack) -> AsyncIterator[World]:
    admin = await asyncpg.connect(database_dsn(stack.postgres_admin_dsn, SERVICE))
    await _empty(admin)
    store = await PostgresStore.open(
        stack.service_dsn(SERVICE),
        None,
        partitions=PARTITIONS,
        ledger_topic=TOPIC,
        connections_max=CONNECTIONS_MAX,
    )
    try:
        yield RealWorld(
            store,
            KafkaBroker(stack.service_kafka(SERVICE)),
            admin,
            stack.kafka_admin.for_aiokafka(),
        )
    finally:
        await admin.close()
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await store.close()


async def _empty(admin: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Every table as its migrations left it."""
    tables = await admin.fetchval(
        "SELECT string_agg(tablename, ', ') FROM pg_tables"
        " WHERE schemaname = 'public' AND tablename <> 'migrations'"
    )
    await admin.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    await admin.execute("INSERT INTO agencies_version (version) VALUES (0)")


Opening = AbstractAsyncContextManager[World]
