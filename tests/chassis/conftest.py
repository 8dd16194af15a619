"""The engines as the contracts declare them, once a run; a toy at work on them, once a file."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from exchange.chassis.process import Parts
from exchange.local.stack import LocalStack
from tests.support.running import Member, member_of, parts_of, provisioned
from tests.support.toy import TOY


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engines(stack: LocalStack) -> LocalStack:
    """Real Kafka and Postgres with every topic, user and database."""
    return await provisioned(stack)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def member(
    engines: LocalStack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Member]:
    """The toy's one process, with all its workers and all leases."""
    home = tmp_path_factory.mktemp("toy")
    async with parts_of(TOY, engines, home) as parts, member_of(parts) as member:
        await member.holds(TOY.partitions)
        yield member
        assert not member.running.done(), "its workers ended before they were told to"


@pytest.fixture
def parts(member: Member) -> Parts:
    """What that process is made of."""
    return member.parts
