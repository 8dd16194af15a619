"""Kafka and PostgreSQL: killed, stopped for a while, out of room."""

import asyncio
import signal
import time

from tests.faults.fault_town import FaultTown, NotTried
from tests.faults.on_processes import REACHED_WITHIN_S, gone_and_back
from tests.support.outages import kafka_away, postgres_away

AWAY_FOR_S = 3.0
FULL_FOR_S = 3.0


async def kafka_killed(town: FaultTown) -> None:
    """The broker is gone at once; the supervisor starts it again."""
    kafka = town.running.exchange.stack.kafka
    await gone_and_back(kafka.child, signal.SIGKILL)
    await kafka.wait_for_answer()


async def postgres_killed(town: FaultTown) -> None:
    """The server is gone at once; the supervisor starts it again, and it recovers."""
    postgres = town.running.exchange.stack.postgres
    await gone_and_back(postgres.child, signal.SIGKILL)
    await postgres.wait_for_answer(time.monotonic() + REACHED_WITHIN_S)


async def kafka_restarted(town: FaultTown) -> None:
    """Stopped in order, away for a while."""
    async with kafka_away(town.running):
        await asyncio.sleep(AWAY_FOR_S)


async def postgres_restarted(town: FaultTown) -> None:
    """Stopped in order, away for a while."""
    async with postgres_away(town.running):
        await asyncio.sleep(AWAY_FOR_S)


async def disk_full(town: FaultTown) -> None:
    """No byte is free for PostgreSQL for a while: it refuses, or ends itself over its log."""
    if town.disk is None:
        raise NotTried("本进程不能挂载 tmpfs / no tmpfs can be mounted here")
    with town.disk.full():
        await asyncio.sleep(FULL_FOR_S)
