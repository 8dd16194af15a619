"""How long a partition stands still when its holder is killed, and when it is frozen in mid-work.

Two routing processes share the partitions; one is lost. Measured until the other has moved on in
every partition that the lost one held.
"""

import asyncio
import signal
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from bench.ground import POLL_S, Connection, Figures, Ground
from exchange.contracts.topics import DISPUTE_PARTITIONS, DISPUTES
from exchange.local.child import Child, send_to_group
from tests.support.producing import produce

SHARED_WITHIN_S = 60.0
MOVED_WITHIN_S = 60.0
BACKLOG = 3_000
AFTERWARDS = 90
"""Registrations that come after the loss: some for every partition."""


async def measure(ground: Ground) -> Figures:
    """The longest of some takeovers, each from one of two new processes."""
    await ground.knows_the_agencies()
    times = range(ground.sizes.takeovers)
    killed = [await _lost(ground, signal.SIGKILL) for _ in times]
    frozen = [await _lost(ground, signal.SIGSTOP, backlog=BACKLOG) for _ in times]
    return {"takeover_s": max(killed), "takeover_frozen_s": max(frozen)}


async def _lost(ground: Ground, number: signal.Signals, backlog: int = 0) -> float:
    """Seconds from the loss of the second process until each of its partitions has moved on.

    With a backlog it is lost in the middle of its work.
    """
    await ground.emptied("routing")
    registrations = [story.registration for story in ground.stories(backlog + AFTERWARDS)]
    waiting, after = registrations[:backlog], registrations[backlog:]
    async with (
        ground.database("routing") as connection,
        ground.service("routing"),
        ground.service("routing", instance="2") as second,
    ):
        held = await _shared(connection)
        stood = await _positions(connection)
        await produce(ground.stack, DISPUTES, waiting)
        if waiting:
            await _moved(connection, list(held)[:1], stood)
        with lost(second, number):
            began = time.monotonic()
            stood = await _positions(connection)
            await produce(ground.stack, DISPUTES, after)
            await _moved(connection, held, stood)
            return time.monotonic() - began


@contextmanager
def lost(child: Child, number: signal.Signals) -> Iterator[None]:
    """Signalled; one that was only frozen wakes at the end of the block."""
    pid = child.pid
    assert pid is not None, "it runs"
    send_to_group(pid, number)
    try:
        yield
    finally:
        send_to_group(pid, signal.SIGCONT)


async def _shared(connection: Connection) -> Collection[int]:
    """The partitions of the second process, as soon as each has its half."""
    async with asyncio.timeout(SHARED_WITHIN_S):
        while True:
            leases = await connection.fetch("SELECT partition, owner FROM leases")
            held = {row["partition"] for row in leases if _instance(row["owner"]) == "2"}
            owned = all(row["owner"] for row in leases)
            if len(held) == DISPUTE_PARTITIONS // 2 and owned:
                return held
            await asyncio.sleep(POLL_S)


def _instance(owner: str | None) -> str:
    """The owner is `<service>-<instance>-<random>`."""
    return owner.split("-")[1] if owner else ""


async def _positions(connection: Connection) -> Mapping[int, int]:
    rows = await connection.fetch(
        "SELECT partition, next FROM positions WHERE topic = $1", DISPUTES.name
    )
    return {row["partition"]: row["next"] for row in rows}


async def _moved(
    connection: Connection, partitions: Collection[int], stood: Mapping[int, int]
) -> None:
    """Wait until each of these partitions is further than it stood."""
    async with asyncio.timeout(MOVED_WITHIN_S):
        while True:
            now = await _positions(connection)
            if all(now.get(each, 0) > stood.get(each, 0) for each in partitions):
                return
            await asyncio.sleep(POLL_S)
