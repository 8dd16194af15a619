"""Who a task belongs to: a process that is killed takes all its tasks with it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OWNED: ContextVar[dict["asyncio.Task[object]", None] | None] = ContextVar("OWNED", default=None)
"""The tasks of the process that is running, in the order in which they were made."""


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, not even an `except Exception`."""


@contextmanager
def owning(tasks: dict["asyncio.Task[object]", None]) -> Iterator[None]:
    """What is started here, and by what is started here, belongs to `tasks`."""
    token = OWNED.set(tasks)
    try:
        yield
    finally:
        OWNED.reset(token)
