"""`world`: every behaviour is asked of the memory world and of the real one."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from exchange.local.stack import LocalStack
from tests.parity.worlds import (
    SERVICES,
    TOPICS,
    Opening,
    World,
    memory_world,
    real_world,
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parity_stack(stack: LocalStack) -> LocalStack:
    await stack.provision(SERVICES, TOPICS)
    return stack


@pytest.fixture(params=["memory", "real"])
def opening(request: pytest.FixtureRequest) -> Opening:
    """The engines are started for the real world only."""
    if request.param == "memory":
        return memory_world()
    return real_world(request.getfixturevalue("parity_stack"))


@pytest_asyncio.fixture(loop_scope="session")
async def world(opening: Opening) -> AsyncIterator[World]:
    async with opening as opened:
        yield opened
