"""The engines as the contracts declare them, once a run; a toy at work on them, once a file."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from exchange.chassis.process import Parts
from exchange.local.stack import LocalStack
from tests.support.running import parts_of, provisioned, working
from tests.support.toy import TOY


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engines(stack: LocalStack) -> LocalStack:
    """Real Kafka and Postgres with every topic, user and database."""
    return await provisioned(stack)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def parts(
    engines: LocalStack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Parts]:
    """The toy's process, with all its workers."""
    home = tmp_path_factory.mktemp("toy")
    async with parts_of(TOY, engines, home) as parts, working(parts):
        yield parts
