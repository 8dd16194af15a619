"""One service's workers on real engines, inside the test: started, stopped, frozen, killed."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from opentelemetry.sdk.trace import TracerProvider

from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.leases import LeaseKeeper
from exchange.chassis.metrics import Metrics
from exchange.chassis.partitioning import partition_of
from exchange.chassis.ports import AnyService, OutboxRow
from exchange.chassis.postgres.store import PostgresStore
from exchange.chassis.process import Parts, Readers
from exchange.chassis.settings import Settings
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.contracts.dispute_code import mint
from exchange.contracts.envelope import Envelope
from exchange.contracts.topics import REFERRALS, TOPICS, Topic
from exchange.identity.keys import SigningKey
from exchange.local.stack import LocalStack
from fengqiao.cli.declared import service_specs, topic_specs

EVENTUALLY_S = 20.0
POLL_S = 0.02


async def eventually(
    holds: Callable[[], Awaitable[bool]], what: str, within_s: float = EVENTUALLY_S
) -> None:
    """Wait until `holds`; fail with `what` did not come true."""
    try:
        async with asyncio.timeout(within_s):
            while not await holds():
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise AssertionError(f"did not come true within {within_s:g} s: {what}") from None


def new_code() -> str:
    return mint("330803", 2026, secrets.token_bytes)


def code_in(partition: int, partitions: int = 6) -> str:
    """A new dispute code that lies in this partition."""
    while True:
        code = new_code()
        if partition_of(code, partitions) == partition:
            return code


async def provisioned(stack: LocalStack) -> LocalStack:
    """Every topic, user, role and database of the contracts, on this stack."""
    await stack.provision(service_specs(), topic_specs())
    return stack


@asynccontextmanager
async def parts_of(service: AnyService, stack: LocalStack, tmp: Path) -> AsyncIterator[Parts]:
    """The parts of one service's process, on the real engines."""
    key_file = tmp / "exchange.pem"
    if not key_file.exists():
        SigningKey.generate(EXCHANGE).write_pem(key_file)
    settings = Settings(
        kafka_bootstrap=stack.kafka_bootstrap,
        postgres_dsn=stack.service_database(service.name),
        http_port=1,
        public_url="http://127.0.0.1:1",
        signing_key_file=key_file,
        sandbox=True,
    )
    store = await PostgresStore.open(
        settings.postgres_dsn,
        stack.service_postgres_password(service.name),
        partitions=service.partitions,
        ledger_topic=REFERRALS.name,
        connections_max=settings.postgres_pool_max,
    )
    access = stack.service_kafka(service.name)
    broker = KafkaBroker(access.bootstrap, access.username, access.password)
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Parts(
            service=service,
            settings=settings,
            store=store,
            broker=broker,
            workshop=Workshop(settings, SigningKey.read_pem(EXCHANGE, key_file)),
            trace=Trace(TracerProvider().get_tracer("test")),
            metrics=Metrics(service.name),
            wake=Wake(),
            client=client,
        )
    await store.close()


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[LeaseKeeper]:
    """Its workers, holding every lease, until the end of the block."""
    consumer = await parts.broker.consumer()
    keeper = parts.keeper(Readers(consumer))
    running = asyncio.create_task(keeper.run())
    held = parts.service.partitions

    async def all_held() -> bool:
        if running.done():
            await running
        return len(keeper.crews) == held

    await eventually(all_held, f"{parts.service.name} holds its {held} leases")
    try:
        yield keeper
    finally:
        await keeper.stop()
        await running
        await consumer.close()


async def produce(stack: LocalStack, topic: Topic, envelopes: Sequence[Envelope]) -> None:
    """Write events as the topic's own writer would, through its own Kafka user."""
    access = stack.service_kafka(topic.writer)
    producer = await KafkaBroker(access.bootstrap, access.username, access.password).producer()
    rows = [
        OutboxRow(
            id=n,
            partition=partition_of(e.subject, topic.partitions),
            topic=topic.name,
            code=e.subject,
            event_id=e.id,
            headers=e.headers(),
            value=e.value,
        )
        for n, e in enumerate(envelopes)
    ]
    try:
        assert None not in await producer.send(rows)
    finally:
        await producer.close()


__all__ = [
    "TOPICS",
    "code_in",
    "eventually",
    "new_code",
    "parts_of",
    "produce",
    "provisioned",
    "working",
]
