"""What the benches stand on: one Kafka and one Postgres for all, emptied between two of them."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import asyncpg

from bench.sizes import Sizes
from bench.workload import Story, listings, stories
from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.rows import Part
from exchange.contracts.topics import AGENCIES, REFERRALS, Topic, read_by
from exchange.local.child import Child
from exchange.local.declarations import ServiceSpec, TopicSpec
from exchange.local.home import Home, open_home
from exchange.local.postgres_provision import database_dsn
from exchange.local.saying import Say
from exchange.local.stack import LocalStack
from fengqiao.cli.declared import SERVICES, service_specs, topic_specs
from fengqiao.cli.exchange_home import ExchangeHome
from tests.support.producing import produce

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Figures: TypeAlias = Mapping[str, float]

HOMES = Path("var")
OUT = Path("bench/out")
POLL_S = 0.02
DEADLINE_S = 600.0
STOP_S = 30.0

PEERS = "peers"
PEERS_PARTITIONS = 6
PEERS_RESULTS = "peers.result.v1"
PEERS_EVENTS = {peer: f"peers.{peer}.v1" for peer in ("faststream", "dbos")}
"""What the peers read and write, under the super user: they need rights to groups besides."""

KEPT = ("migrations", "leases", "members", "legal_offset", "agencies", "agencies_version")
CONSUMED = "SELECT coalesce(sum(next), 0)::bigint FROM positions WHERE topic <> $1"
RELAYED = "SELECT NOT EXISTS (SELECT 1 FROM outbox)"


@dataclass(slots=True)
class Ground:
    """The engines, how much is to be done, and the workload made so far (it is made once).

    `profile` asks routing to run under cProfile.
    """

    stack: LocalStack
    sizes: Sizes
    say: Say
    profile: bool = False
    _stories: list[Story] = field(default_factory=list)

    def stories(self, count: int) -> Sequence[Story]:
        self._stories += stories(count - len(self._stories))
        return self._stories[:count]

    @asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[Connection]:
        """A service's database, as the super user: no limit of time is set for it."""
        dsn = database_dsn(self.stack.postgres_admin_dsn, name)
        connection = await asyncpg.connect(dsn)
        try:
            yield connection
        finally:
            await connection.close()

    async def ends(self, topics: Sequence[Topic]) -> Mapping[Part, int]:
        """Where each partition of these topics ends now."""
        consumer = await KafkaBroker(self.stack.kafka_admin).consumer()
        parts = [(topic.name, number) for topic in topics for number in range(topic.partitions)]
        try:
            await consumer.assign(dict.fromkeys(parts, 0))
            return await consumer.watermarks(parts)
        finally:
            await consumer.close()

    async def emptied(self, service: str) -> None:
        """Its database as on the first day, save the directory; what lies on its topics is read."""
        read = await self.ends(read_by(service))
        written = await self.ends([REFERRALS] if service == REFERRALS.writer else [])
        async with self.database(service) as connection:
            tables = await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                " AND tablename <> ALL($1::text[])",
                [*KEPT, "positions"],
            )
            await connection.execute(f"TRUNCATE {', '.join(row[0] for row in tables)}")
            await connection.execute("DELETE FROM positions WHERE topic <> $1", AGENCIES.name)
            await _note(connection, "positions (topic, partition, next)", read)
            lasts = {part: end - 1 for part, end in written.items() if end}
            await _note(connection, "relayed (topic, partition, last)", lasts)

    async def knows_the_agencies(self) -> None:
        """Routing has read the county's directory (once for all benches)."""
        listed = listings()
        async with self.database("routing") as connection:
            if await connection.fetchval("SELECT count(*) FROM agencies"):
                return
            await produce(self.stack, AGENCIES, listed)
            async with self.service("routing"):
                known = "SELECT count(*) = $1 FROM agencies"
                await until(connection, known, len(listed))

    @asynccontextmanager
    async def service(
        self,
        name: str,
        module: Sequence[str] = (),
        *,
        instance: str = "1",
        profile: Path | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> AsyncIterator[Child]:
        """`fengqiao run <name>` on these engines (or another `module` with that one's settings),
        with more of an `environment`."""
        at, home = ExchangeHome(self.stack.home), self.stack.home
        at.exchange_key()
        process = name if instance == "1" else f"{name}-{instance}"
        home.settle_ports([*SERVICES, process])
        own = {
            "FENGQIAO_HTTP_PORT": str(home.port(process)),
            "FENGQIAO_PUBLIC_URL": at.url(process),
            "FENGQIAO_INSTANCE": instance,
        }
        under = ["-m", "cProfile", "-o", str(profile)] if profile else []
        child = Child(home, process)
        await child.start(
            [sys.executable, *under, "-m", *(module or ("fengqiao", "run", name))],
            env={
                **at.bare_environment(),
                **at.environment(name, self.stack),
                **own,
                **environment,
            },
        )
        try:
            yield child
        finally:
            await child.stop(STOP_S)


async def _note(connection: Connection, into: str, offsets: Mapping[Part, int]) -> None:
    rows = [(topic, partition, offset) for (topic, partition), offset in offsets.items()]
    await connection.executemany(f"INSERT INTO {into} VALUES ($1, $2, $3)", rows)  # noqa: S608  ours


@asynccontextmanager
async def new_home(name: str, *, sandbox: bool = False) -> AsyncIterator[Home]:
    """A home below `var/`, gone afterwards; one that a killed run left is deleted first."""
    directory = HOMES / name
    if (directory / "secrets").exists():
        Home(directory.resolve()).destroy()
    home = open_home(directory, sandbox=sandbox)
    try:
        yield home
    finally:
        home.destroy()


@asynccontextmanager
async def engines(say: Say) -> AsyncIterator[LocalStack]:
    """Kafka and Postgres as the contracts declare them, with a corner for the peers."""
    peers = ServiceSpec(PEERS, (Path(__file__).parent / "peers" / "migrations",))
    topics = [
        TopicSpec(name, PEERS_PARTITIONS, PEERS, frozenset({PEERS}))
        for name in (PEERS_RESULTS, *PEERS_EVENTS.values())
    ]
    async with (
        new_home("bench-engines") as home,
        LocalStack(
            home, services=[*service_specs(), peers], topics=[*topic_specs(), *topics], say=say
        ) as stack,
    ):
        yield stack


async def until(connection: Connection, question: str, *values: object) -> float:
    """The moment at which the database first says yes. Raises TimeoutError after DEADLINE_S."""
    async with asyncio.timeout(DEADLINE_S):
        while not await connection.fetchval(question, *values):
            await asyncio.sleep(POLL_S)
    return time.monotonic()


async def consumed(connection: Connection) -> int:
    """How many records of dispute topics this service has consumed."""
    count: int = await connection.fetchval(CONSUMED, AGENCIES.name)
    return count


async def drained_per_s(connection: Connection, *, before: int, inputs: int) -> float:
    """Inputs a second, from the first batch committed to the last event relayed.

    `before` had been consumed when the `inputs` were laid on their topics.
    """
    more = CONSUMED.replace("SELECT", "SELECT $2 <", 1)
    began = await until(connection, more, AGENCIES.name, before)
    at_first = await consumed(connection)
    await until(connection, more, AGENCIES.name, before + inputs - 1)
    ended = await until(connection, RELAYED)
    return (before + inputs - at_first) / (ended - began)
