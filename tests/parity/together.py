"""Two transactions at once: one that holds on, and one that is known to wait."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self, TypeVar

from exchange.chassis.ports import Store, Transaction
from tests.parity.worlds import World
from tests.support.running import eventually

T = TypeVar("T")


@asynccontextmanager
async def blocked(
    world: World, work: Coroutine[Any, Any, T], others: int = 0
) -> AsyncIterator["asyncio.Task[T]"]:
    """`work`, started, and waiting for a lock beside `others` when the block begins."""
    task = asyncio.ensure_future(work)

    async def waits() -> bool:
        if task.done():
            await task
            raise AssertionError("it did not wait")
        return await world.waiting() == others + 1

    try:
        await eventually(waits, "the second transaction waits for a lock")
        yield task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


class Begun:
    """A transaction that a test commits or gives up where its story says so."""

    def __init__(self, store: Store, *, lock_timeout_ms: int | None = None) -> None:
        self._opening = store.transaction(lock_timeout_ms=lock_timeout_ms)
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.tx: Transaction = await self._opened.enter_async_context(self._opening)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.roll_back()

    async def commit(self) -> None:
        await self._opened.pop_all().aclose()

    async def roll_back(self) -> None:
        """As on any error inside; nothing happens after a commit."""
        gave_up = GivenUp()
        swallowed = await self._opened.pop_all().__aexit__(GivenUp, gave_up, None)
        assert not swallowed


class GivenUp(Exception):
    """The error for which a test rolls back."""
