"""Coroutines run side by side, whose first error is raised as itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def together(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run all; their results. When one fails: cancel the others, wait, and raise its error.

    A TaskGroup raises an ExceptionGroup, which a person at a terminal should not have to unpack:
    here it is the cause of the error that came first.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several
    return [task.result() for task in tasks]
