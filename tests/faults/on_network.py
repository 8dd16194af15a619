"""The network between one service and PostgreSQL: slow, silent, cut, cut at the worst moment."""

import asyncio

from sandbox.story.town import wait_for
from tests.faults.fault_town import FaultTown
from tests.faults.proxy import When

REACHED_WITHIN_S = 60.0
SLOW_BY_S = 0.03
SLOW_FOR_S = 4.0
DARK_FOR_S = 5.0
"""Longer than a lease."""


async def reset_at_commit(when: When, town: FaultTown, service: str) -> None:
    """RST where a COMMIT should pass, or where its answer should: was it committed?"""
    async with asyncio.timeout(REACHED_WITHIN_S):
        await town.proxies[service].reset_at_commit(when)


async def half_open(town: FaultTown, service: str) -> None:
    """The server's ends of all connections are gone, and no packet tells the service."""

    async def lost() -> bool:
        return town.proxies[service].half_open() > 0

    await wait_for(lost, f"{service} has connections to lose", REACHED_WITHIN_S)


async def blackhole(town: FaultTown, service: str) -> None:
    """Nothing passes for a while; then it does, late."""
    with town.proxies[service].dark():
        await asyncio.sleep(DARK_FOR_S)


async def latency(town: FaultTown, service: str) -> None:
    """Every packet is late by SLOW_BY_S for a while."""
    with town.proxies[service].slow(SLOW_BY_S):
        await asyncio.sleep(SLOW_FOR_S)
