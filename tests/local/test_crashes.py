"""kill -9 of everything, and start again with nothing lost; homes do not meet."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil  # type: ignore[import-untyped]  # psutil ships no types
from aiokafka import AIOKafkaProducer
from confluent_kafka import Consumer, TopicPartition

from exchange.local.declarations import ServiceSpec, TopicSpec
from exchange.local.home import Home, open_home
from exchange.local.stack import LocalStack
from exchange.local.supervisor import Supervisor
from tests.support.stack import temporary_home

ANSWER_TIMEOUT_S = 15.0
SERVICES = [ServiceSpec("village")]
TOPICS = [TopicSpec("village.dispute.v1", 1, "village")]
ROOT = Path(__file__).resolve().parents[2]
RUN_AND_WAIT_TO_BE_KILLED = """
import asyncio, pathlib, sys
sys.path.insert(0, sys.argv[2])
from tests.local.test_crashes import SERVICES, TOPICS, remember
from exchange.local.home import open_home
from exchange.local.stack import LocalStack
async def main():
    home = open_home(pathlib.Path(sys.argv[1]))
    async with LocalStack(home, services=SERVICES, topics=TOPICS) as stack:
        await remember(stack, "first")
        print("remembered", flush=True)
        await asyncio.sleep(120)
asyncio.run(main())
"""
START_AND_BE_STOPPED = """
import asyncio, pathlib, sys
sys.path.insert(0, sys.argv[2])
from exchange.local.home import open_home
from exchange.local.stack import LocalStack
from exchange.local.supervisor import run_until_stopped
async def main():
    async with LocalStack(open_home(pathlib.Path(sys.argv[1]))):
        await asyncio.sleep(120)
run_until_stopped(main())
"""


async def test_nothing_is_lost_when_everything_is_killed_twice() -> None:
    with temporary_home() as home:
        killed = await kill_a_run_that_remembers_something(home)
        said: list[str] = []

        async with LocalStack(home, services=SERVICES, topics=TOPICS, say=said.append) as stack:
            assert f"进程 {killed}" in said[0]
            assert await remembered(stack) == (["first"], ["first"])

            await remember(stack, "second")
            await asyncio.gather(stack.kafka.kill(), stack.postgres.kill())
            await asyncio.gather(stack.kafka.start(), stack.postgres.start())

            assert await remembered(stack) == (["first", "second"], ["first", "second"])


async def test_an_engine_that_is_killed_is_started_again_by_the_supervisor() -> None:
    with temporary_home() as home:
        said: asyncio.Queue[str] = asyncio.Queue()
        async with (
            LocalStack(home, services=SERVICES, topics=TOPICS) as stack,
            Supervisor(home, [], engines=[stack.postgres], say=said.put_nowait, pause_s=0.01),
            asyncio.timeout(ANSWER_TIMEOUT_S),
        ):
            await remember(stack, "first")
            assert stack.postgres.child.pid is not None
            os.kill(stack.postgres.child.pid, signal.SIGKILL)

            assert "postgres 意外退出" in await said.get()
            assert "postgres 已恢复" in await said.get()
            assert await remembered(stack) == (["first"], ["first"])


async def test_a_start_that_is_stopped_half_way_leaves_nothing_and_can_be_repeated() -> None:
    with temporary_home() as home:
        await stop_once_there_is(home, home.directory / "secrets" / "kafka-format.args")
        assert java_processes_of(home) == []

        await stop_once_there_is(home, home.directory / "run" / "kafka.json")
        assert java_processes_of(home) == []
        assert home.recorded_names() == ()
        assert home.last_holder() is None

        async with LocalStack(home, services=SERVICES, topics=TOPICS) as stack:
            await remember(stack, "at last")


async def test_two_homes_run_side_by_side_and_one_can_be_deleted(stack: LocalStack) -> None:
    with temporary_home() as home:
        async with LocalStack(home, services=SERVICES, topics=TOPICS) as other:
            await remember(other, "here")

            assert await remembered(other) == (["here"], ["here"])
            assert set(other.home.ports().values()).isdisjoint(stack.home.ports().values())
        data = (home.directory / "postgres").resolve()  # outside the home where root runs it

    assert not data.exists()
    assert not home.directory.exists()


async def kill_a_run_that_remembers_something(home: Home) -> int:
    """Run the home in another process, and SIGKILL that process alone: its engines stay behind."""
    run = await run_of(home, RUN_AND_WAIT_TO_BE_KILLED)
    assert run.stdout is not None
    assert await run.stdout.readline() == b"remembered\n"
    run.send_signal(signal.SIGKILL)
    await run.wait()
    orphans = [open_home(home.directory).recorded_process(name) for name in ("kafka", "postgres")]
    assert all(orphan and orphan.is_alive() for orphan in orphans)
    return run.pid


async def stop_once_there_is(home: Home, file: Path) -> None:
    """Start the home in another process, and interrupt it as soon as that file is there."""
    run = await run_of(home, START_AND_BE_STOPPED)
    async with asyncio.timeout(ANSWER_TIMEOUT_S):
        while not await asyncio.to_thread(file.exists):
            await asyncio.sleep(0.005)
        run.send_signal(signal.SIGINT)
        assert await run.wait() == 0


def java_processes_of(home: Home) -> list[int]:
    """The pids of all Java processes that were given a file of that home."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(home.directory) in " ".join(process.info["cmdline"] or ())
    ]


async def run_of(home: Home, script: str) -> asyncio.subprocess.Process:
    """Another process that runs this home by a script."""
    command = [sys.executable, "-c", script, str(home.directory), str(ROOT)]
    return await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)


async def remember(stack: LocalStack, word: str) -> None:
    """One record on Kafka and one row in Postgres, both acknowledged."""
    options = stack.service_kafka("village").for_aiokafka()
    producer = AIOKafkaProducer(**options, acks="all", enable_idempotence=True)
    async with producer:
        await producer.send_and_wait(TOPICS[0].name, word.encode(), partition=0)
    admin_dsn = stack.postgres.dsn("postgres", stack.home.secret("postgres-admin"), "village")
    connection = await asyncpg.connect(admin_dsn)
    await connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
    await connection.execute("INSERT INTO words VALUES ($1)", word)
    await connection.close()


async def remembered(stack: LocalStack) -> tuple[list[str], list[str]]:
    """The words on Kafka and in Postgres, in order."""
    admin_dsn = stack.postgres.dsn("postgres", stack.home.secret("postgres-admin"), "village")
    connection = await asyncpg.connect(admin_dsn)
    rows = await connection.fetch("SELECT word FROM words ORDER BY ctid")
    await connection.close()
    return await asyncio.to_thread(records, stack), [row["word"] for row in rows]


def records(stack: LocalStack) -> list[str]:
    partition = TopicPartition(TOPICS[0].name, 0, 0)
    consumer = Consumer({**stack.kafka_admin.for_confluent(), "group.id": "unused"})
    try:
        _, end = consumer.get_watermark_offsets(partition, timeout=ANSWER_TIMEOUT_S)
        consumer.assign([partition])
        found = consumer.consume(end, timeout=ANSWER_TIMEOUT_S)
    finally:
        consumer.close()
    return [(message.value() or b"").decode() for message in found]
