"""Fixtures of every test. Builders live in tests/support; nothing imports from here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from exchange.local.stack import LocalStack
from tests.support.stack import temporary_stack


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[LocalStack]:
    """One real Kafka and one real Postgres for the whole run, with nothing provisioned."""
    async with temporary_stack() as started:
        yield started
