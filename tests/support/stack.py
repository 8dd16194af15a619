"""Real Kafka and Postgres for a test: started in a home of their own, gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from exchange.local.declarations import ServiceSpec, TopicSpec
from exchange.local.home import Home, open_home
from exchange.local.stack import LocalStack


@contextmanager
def temporary_home(*, brokers: int = 1) -> Iterator[Home]:
    """A sandbox home that is deleted at the end, with its data wherever that lies."""
    home = open_home(Path(tempfile.mkdtemp(prefix="fengqiao-test-")), sandbox=True, brokers=brokers)
    try:
        yield home
    finally:
        home.destroy()


@asynccontextmanager
async def temporary_stack(
    services: Sequence[ServiceSpec] = (), topics: Sequence[TopicSpec] = ()
) -> AsyncIterator[LocalStack]:
    """A stack in a temporary home. What a test needs later: `await stack.provision(...)`."""
    with temporary_home() as home:
        async with LocalStack(home, services=services, topics=topics) as stack:
            yield stack
