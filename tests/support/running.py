"""One service's workers on real engines, inside the test: started, stopped, frozen, killed."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.sdk.trace import TracerProvider

from exchange.chassis.consumer import PartitionReader
from exchange.chassis.crew import PartitionCrew
from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.leases import LeaseKeeper
from exchange.chassis.metrics import Metrics
from exchange.chassis.partitioning import partition_of
from exchange.chassis.ports import Consumer
from exchange.chassis.postgres.store import PostgresStore
from exchange.chassis.process import Parts, Readers
from exchange.chassis.service import AnyService
from exchange.chassis.settings import Settings
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.contracts.dispute_code import mint
from exchange.contracts.topics import REFERRALS, TOPICS
from exchange.identity.keys import SigningKey
from exchange.local.stack import LocalStack
from fengqiao.cli.declared import service_specs, topic_specs
from tests.support.producing import produce

EVENTUALLY_S = 30.0
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
async def parts_of(
    service: AnyService, stack: LocalStack, tmp: Path, **settings_changed: Any
) -> AsyncIterator[Parts]:
    """The parts of one service's process, on the real engines."""
    key_file = tmp / "exchange.pem"
    if not key_file.exists():
        SigningKey.generate(EXCHANGE).write_pem(key_file)
    given: dict[str, Any] = {
        "kafka_bootstrap": stack.kafka_bootstrap,
        "postgres_dsn": stack.service_database(service.name),
        "http_port": 1,
        "public_url": "http://127.0.0.1:1",
        "signing_key_file": key_file,
        "sandbox": True,
    }
    settings = Settings(**given | settings_changed)
    store = await PostgresStore.open(
        settings.postgres_dsn,
        stack.service_postgres_password(service.name),
        partitions=service.partitions,
        ledger_topic=REFERRALS.name,
        connections_max=settings.postgres_pool_max,
    )
    access = replace(stack.service_kafka(service.name), bootstrap=settings.kafka_bootstrap)
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Parts(
            service=service,
            settings=settings,
            store=store,
            broker=KafkaBroker(access),
            workshop=Workshop(settings, SigningKey.read_pem(EXCHANGE, key_file)),
            trace=Trace(TracerProvider().get_tracer("test")),
            metrics=Metrics(service.name),
            wake=Wake(),
            client=client,
        )
    await store.close()


@dataclass(slots=True)
class Member:
    """One of a service's processes: its parts and its workers, in this test's event loop."""

    parts: Parts
    keeper: LeaseKeeper
    consumer: Consumer
    running: "asyncio.Task[None]"
    killed: bool = False

    @property
    def held(self) -> set[int]:
        """The partition numbers that it works on."""
        return set(self.keeper.crews)

    def reader(self, partition: int) -> PartitionReader:
        """Who reads that partition here."""
        crew = self.keeper.crews[partition][1]
        assert isinstance(crew, PartitionCrew)
        return crew.reader

    async def holds(self, partitions: int) -> None:
        """Wait until it works on that many partitions."""

        async def so_many() -> bool:
            if self.running.done():
                await self.running
            return len(self.held) == partitions

        await eventually(so_many, f"{self.parts.service.name} holds {partitions} leases")

    async def kill(self) -> None:
        """Gone in the middle of whatever it did, as after kill -9: nothing is given back."""
        self.killed = True
        tasks = [self.running, *(task for _, _, task in self.keeper.crews.values())]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def stop(self) -> None:
        """As SIGTERM would."""
        await self.keeper.stop()
        await self.running


@asynccontextmanager
async def member_of(parts: Parts) -> AsyncIterator[Member]:
    """Workers that take their share of the leases, until the end of the block."""
    consumer = await parts.broker.consumer()
    keeper = parts.keeper(Readers(consumer))
    member = Member(parts, keeper, consumer, asyncio.create_task(keeper.run()))
    try:
        yield member
    finally:
        if not member.killed and not member.running.done():
            await member.stop()
        await consumer.close()


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[LeaseKeeper]:
    """Its workers, holding every lease, until the end of the block."""
    async with member_of(parts) as member:
        await member.holds(parts.service.partitions)
        yield member.keeper
        if member.running.done():
            await member.running


__all__ = [
    "TOPICS",
    "Member",
    "code_in",
    "eventually",
    "member_of",
    "new_code",
    "parts_of",
    "produce",
    "provisioned",
    "working",
]
