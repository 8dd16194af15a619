"""Named points at which a service process can be told to die, as `kill -9` would have it.

The code under test knows nothing of them: they are wrapped round its own functions when the
process begins. Whoever wants a death writes the point's name into the process's order file, or
a record that this service's process does not survive onto a topic that it reads.
"""

import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from exchange.chassis.commands import Commands
from exchange.chassis.consumer import PartitionReader
from exchange.chassis.fold import Broken
from exchange.chassis.handoffs import HandoffWorker
from exchange.chassis.kafka.broker import KafkaProducer
from exchange.chassis.postgres.transaction import PostgresTransaction
from exchange.chassis.rows import Record

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

APPLIES: tuple[type, str] = (PartitionReader, "_apply")

POINTS = (*BEFORE, *AFTER)


def arm(order: Path) -> None:
    """Wrap every point; each dies when the file `order` names it, and takes the order with it.

    The file's name is the service's, which a lethal record names too.
    """
    for point, (owner, name) in BEFORE.items():
        setattr(owner, name, _dying_before(getattr(owner, name), point, order))
    for point, (owner, name) in AFTER.items():
        setattr(owner, name, _dying_after(getattr(owner, name), point, order))
    owner, name = APPLIES
    setattr(owner, name, _dying_of(lethal_to(order.name), getattr(owner, name)))


def lethal_to(service: str) -> bytes:
    """The value of a record that kills a process of that service whenever it is applied."""
    return b"lethal to " + service.encode()


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


def _dying_of(value: bytes, method: Method) -> Method:
    async def wrapped(
        reader: PartitionReader, records: Sequence[Record], broken: Broken | None
    ) -> Any:
        if broken is None and any(record.value == value for record in records):
            _die()
        return await method(reader, records, broken)

    return wrapped


def _die_if_told(point: str, order: Path) -> None:
    if order.exists() and order.read_text() == point:
        order.unlink()
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
