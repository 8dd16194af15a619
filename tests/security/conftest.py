"""One running town for this folder, and the disputes that its tests ask about."""

from collections.abc import AsyncIterator

import pytest_asyncio

from fengqiao.cli.town_home import RunningTown
from tests.security.scene import Scene, play
from tests.support.town import Stranger, stranger_in, temporary_town


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def running() -> AsyncIterator[RunningTown]:
    async with temporary_town() as town:
        yield town


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def scene(running: RunningTown) -> Scene:
    """Two disputes half way, so that every relation to a dispute has somebody in it."""
    return await play(running)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def stranger(running: RunningTown) -> AsyncIterator[Stranger]:
    async with stranger_in(running) as caller:
        yield caller
