"""One running town for all journeys. What they share stands in the modules beside this file."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from fengqiao.cli.town_home import RunningTown
from sandbox.story.town import Town
from tests.journeys.quarrels import Quarrels
from tests.journeys.raw_calls import RawCaller
from tests.support.town import temporary_town


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def running() -> AsyncIterator[RunningTown]:
    """Every service as its own process on real engines; legal day 0 is that of the story."""
    async with temporary_town() as town:
        yield town


@pytest.fixture(scope="package")
def town(running: RunningTown) -> Town:
    return running.town


@pytest.fixture(scope="package")
def quarrels(town: Town) -> Quarrels:
    """Hands out disputes that share nobody and no village."""
    return Quarrels(town)


@pytest_asyncio.fixture(loop_scope="session")
async def raw(running: RunningTown) -> AsyncIterator[RawCaller]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield RawCaller(running, http)
