"""One running town for all journeys. What they share stands in the modules beside this file."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from fengqiao.cli.town_home import STORY_START, RunningTown, running_town
from sandbox.story.town import Town
from tests.journeys.quarrels import Quarrels
from tests.journeys.raw_calls import RawCaller
from tests.support.stack import temporary_home


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running() -> AsyncIterator[RunningTown]:
    """Every service as its own process on real engines; legal day 0 is that of the story."""
    with temporary_home() as home:
        async with running_town(home, print, legal_start=STORY_START) as town:
            yield town


@pytest.fixture(scope="session")
def town(running: RunningTown) -> Town:
    return running.town


@pytest.fixture(scope="session")
def quarrels(town: Town) -> Quarrels:
    """Hands out disputes that share nobody and no village."""
    return Quarrels(town)


@pytest_asyncio.fixture(loop_scope="session")
async def raw(running: RunningTown) -> AsyncIterator[RawCaller]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield RawCaller(running, http)
