"""What goes wrong under a journey: processes killed or frozen, engines away, a replica more."""

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg

from exchange.chassis.partitioning import partition_of
from exchange.contracts.topics import DISPUTE_PARTITIONS
from exchange.local.child import Child, send_to_group
from exchange.local.supervisor import Supervisor
from fengqiao.cli.town_home import RunningTown
from sandbox.story.town import Town, wait_for

TAKEOVER_S = 15.0


def kill(running: RunningTown, service: str) -> None:
    """kill -9, whatever it does just now; the supervisor starts it again."""
    pid = running.exchange.supervisor.child(service).pid
    assert pid is not None, f"{service} does not run"
    send_to_group(pid, signal.SIGKILL)


@asynccontextmanager
async def frozen(running: RunningTown, service: str) -> AsyncIterator[Callable[[], None]]:
    """The process stands still with all that it holds, until `thaw` or the end of the block."""
    pid = running.exchange.supervisor.child(service).pid
    assert pid is not None, f"{service} does not run"
    send_to_group(pid, signal.SIGSTOP)
    try:
        yield lambda: send_to_group(pid, signal.SIGCONT)
    finally:
        send_to_group(pid, signal.SIGCONT)


@asynccontextmanager
async def kafka_away(running: RunningTown) -> AsyncIterator[None]:
    kafka = running.exchange.stack.kafka
    await kafka.stop()
    try:
        yield
    finally:
        await kafka.start()


@asynccontextmanager
async def postgres_away(running: RunningTown) -> AsyncIterator[None]:
    postgres = running.exchange.stack.postgres
    await postgres.stop()
    try:
        yield
    finally:
        await postgres.start()


@asynccontextmanager
async def replica(
    running: RunningTown, service: str, **settings: str
) -> AsyncIterator[tuple[Town, Child]]:
    """A second process of a service: the town as who calls that one sees it, and the process."""
    at, stack = running.exchange.at, running.exchange.stack
    name = f"{service}-2"
    at.home.settle_ports([name])
    told = {"HTTP_PORT": str(at.home.port(name)), "PUBLIC_URL": at.url(name), "INSTANCE": "2"}
    first = at.process(service, stack)
    own = {f"FENGQIAO_{key}": value for key, value in (told | settings).items()}
    process = replace(first, name=name, port=at.home.port(name), env={**first.env, **own})
    async with Supervisor(at.home, [process]) as supervisor:
        urls = {**running.town.urls, service: at.url(name)}
        yield replace(running.town, urls=urls), supervisor.child(name)


async def owners(running: RunningTown, service: str) -> dict[int, str | None]:
    """Which process holds which partition: `<service>-<instance>-<random>`."""
    admin = running.exchange.stack.postgres_admin_dsn.rpartition("/")[0]
    connection = await asyncpg.connect(f"{admin}/{service}")
    try:
        rows = await connection.fetch("SELECT partition, owner FROM leases")
    finally:
        await connection.close()
    return {row["partition"]: row["owner"] for row in rows}


async def instance_of(running: RunningTown, service: str, dispute: str) -> str:
    """The instance that works on this dispute now."""
    holders = await owners(running, service)
    owner = holders[partition_of(dispute, DISPUTE_PARTITIONS)]
    assert owner is not None
    return owner.split("-")[1]


async def shared_evenly(running: RunningTown, service: str, instances: int) -> None:
    """Wait until so many instances hold the partitions, each its share."""

    async def is_so() -> bool:
        held = [
            (owner or "").split("-")[1:2] for owner in (await owners(running, service)).values()
        ]
        shares = [held.count([str(n)]) for n in range(1, instances + 1)]
        return shares == [DISPUTE_PARTITIONS // instances] * instances

    await wait_for(is_so, f"{service} shares its partitions", TAKEOVER_S)
