"""One running town for the pages whose commands do not get in each other's way."""

from collections.abc import AsyncIterator

import pytest_asyncio

from fengqiao.cli.town_home import RunningTown
from tests.support.town import temporary_town


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def running() -> AsyncIterator[RunningTown]:
    """Every service as its own process; legal day 0 is that of the story."""
    async with temporary_town() as town:
        yield town
