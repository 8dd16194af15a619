"""Routing as it runs: one process, whole semantics, tracing on, its inputs waiting on the topics.

Measured from its first batch to its last one relayed: what a backlog costs, input by input.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from bench.workload import EVENTS_PER_STORY, in_rounds, listings, stories
from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.partitioning import partition_of
from exchange.chassis.rows import OutboxRow
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.envelope import Envelope
from exchange.contracts.topics import AGENCIES, DISPUTES, MEDIATION_PROPOSALS, Topic
from exchange.identity.keys import SigningKey
from exchange.local.child import Child
from exchange.local.stack import LocalStack
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.exchange_home import ExchangeHome

POLL_S = 0.05
SEND_ROWS_MAX = 1_000
DEADLINE_S = 600.0

CONSUMED = "(SELECT coalesce(sum(next), 0) FROM positions WHERE topic <> 'directory.agency.v1')"
RELAYED = "NOT EXISTS (SELECT 1 FROM outbox)"


async def events_per_s(stack: LocalStack, disputes: int, profile: Path | None = None) -> float:
    """Inputs that one routing process decides, commits and relays in a second."""
    told, inputs = list(stories(disputes)), disputes * EVENTS_PER_STORY
    connection = await asyncpg.connect(stack.service_dsn("routing"))
    try:
        await _knows_the_agencies(stack, connection)
        await produce(stack, DISPUTES, [story.registration for story in told])
        await produce(stack, MEDIATION_PROPOSALS, in_rounds(told))
        async with routing_process(stack, profile):
            began = await _when(connection, f"SELECT {CONSUMED} > 0")
            await _when(connection, f"SELECT {CONSUMED} = $1 AND {RELAYED}", inputs)
            took_s = time.monotonic() - began
        entries = await connection.fetchval("SELECT count(*) FROM ledger")
    finally:
        await connection.close()
    if entries != (expected := sum(story.entries for story in told)):
        raise AnotherStory(f"the ledger has {entries} entries, {expected} were foreseen")
    return inputs / took_s


class AnotherStory(Exception):
    """Routing decided otherwise than the workload: what was measured is not what was meant."""


async def _knows_the_agencies(
    stack: LocalStack, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    listed = listings()
    await produce(stack, AGENCIES, listed)
    async with routing_process(stack):
        await _when(connection, "SELECT count(*) = $1 FROM agencies", len(listed))


async def produce(stack: LocalStack, topic: Topic, envelopes: Sequence[Envelope]) -> None:
    """Lay these events on their topic, as its own writer would."""
    access = stack.service_kafka(topic.writer)
    producer = await KafkaBroker(access.bootstrap, access.username, access.password).producer()
    rows = [
        OutboxRow(
            id=number,
            partition=partition_of(e.subject, topic.partitions),
            topic=topic.name,
            code=e.subject,
            event_id=e.id,
            headers=e.headers(),
            value=e.value,
        )
        for number, e in enumerate(envelopes)
    ]
    for first in range(0, len(rows), SEND_ROWS_MAX):
        await producer.send(rows[first : first + SEND_ROWS_MAX])
    await producer.close()


@asynccontextmanager
async def routing_process(stack: LocalStack, profile: Path | None = None) -> AsyncIterator[None]:
    """`fengqiao run routing` on these engines (under cProfile, where a file is named)."""
    at = ExchangeHome(stack.home)
    if not at.signing_key_file.exists():
        SigningKey.generate(EXCHANGE).write_pem(at.signing_key_file)
    stack.home.settle_ports(SERVICES)
    under = ["-m", "cProfile", "-o", str(profile)] if profile else []
    child = Child(stack.home, "routing")
    await child.start(
        [sys.executable, *under, "-m", "fengqiao", "run", "routing"],
        env={**at.bare_environment(), **at.environment("routing", stack)},
    )
    try:
        yield
    finally:
        await child.stop(30.0)


async def _when(
    connection: "asyncpg.Connection[asyncpg.Record]", question: str, *values: int
) -> float:
    """The moment at which the database first says yes."""
    async with asyncio.timeout(DEADLINE_S):
        while not await connection.fetchval(question, *values):
            await asyncio.sleep(POLL_S)
    return time.monotonic()
