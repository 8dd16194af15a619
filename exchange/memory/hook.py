"""The one place where a simulator reaches in: every lock point and await point is announced.

A hook may delay (await), kill (raise, or be cancelled) or break the connection (raise Transient).
At COMMIT_SENT nothing is committed yet; at COMMIT_DONE all of it is, and its caller does not know:
raising OutcomeUnknown at either is a connection lost at COMMIT. Likewise a record is not yet on
the log at SEND and is on it, unacknowledged, at SENT.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

Hook: TypeAlias = Callable[[str], Awaitable[None]]
"""Called with the point's name: `begin`, `prove`, `lock disputes`, `write outbox`, ..."""

BEGIN = "begin"
COMMIT_SENT = "commit sent"
COMMIT_DONE = "commit done"
SEND = "send"
SENT = "sent"


async def unhooked(_point: str) -> None:
    """Nothing happens at any point."""
