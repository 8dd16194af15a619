"""Named points at which a service process can be told to die, as `kill -9` would have it.

The code under test knows nothing of them: they are wrapped round its own functions when the
process begins. Whoever wants a death writes the point's name into the process's order file.
"""

import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from exchange.chassis.commands import Commands
from exchange.chassis.consumer import PartitionReader
from exchange.chassis.handoffs import HandoffWorker
from exchange.chassis.kafka.broker import KafkaProducer
from exchange.chassis.postgres.transaction import PostgresTransaction

Method = Callable[..., Awaitable[Any]]

BEFORE: dict[str, tuple[type, str]] = {
    "after_receive": (PartitionReader, "_batch"),
    "after_commit": (PartitionReader, "_tell"),
}
AFTER: dict[str, tuple[type, str]] = {
    "written_not_committed": (PostgresTransaction, "write"),
    "mid_relay": (KafkaProducer, "send"),
    "between_post_and_record": (HandoffWorker, "_call"),
    "command_committed": (Commands, "_once"),
}
"""The point lies before or after the named method's work."""

POINTS = (*BEFORE, *AFTER)


def arm(order: Path) -> None:
    """Wrap every point; each dies when the file `order` names it, and takes the order with it."""
    for point, (owner, name) in BEFORE.items():
        setattr(owner, name, _dying_before(getattr(owner, name), point, order))
    for point, (owner, name) in AFTER.items():
        setattr(owner, name, _dying_after(getattr(owner, name), point, order))


def _dying_before(method: Method, point: str, order: Path) -> Method:
    async def wrapped(*arguments: Any, **named: Any) -> Any:
        _die_if_told(point, order)
        return await method(*arguments, **named)

    return wrapped


def _dying_after(method: Method, point: str, order: Path) -> Method:
    async def wrapped(*arguments: Any, **named: Any) -> Any:
        result = await method(*arguments, **named)
        _die_if_told(point, order)
        return result

    return wrapped


def _die_if_told(point: str, order: Path) -> None:
    if order.exists() and order.read_text() == point:
        order.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
