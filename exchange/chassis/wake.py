"""A nudge inside one process: rows were written, their workers need not wait for the next poll."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.chassis.fold import Folded


class Wake:
    """Set by writers, awaited by workers; a missed nudge costs one poll, never a row."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, int], asyncio.Event] = defaultdict(asyncio.Event)

    def up(self, partitions: Iterable[int], *workers: str) -> None:
        for partition in partitions:
            for worker in workers:
                self._events[worker, partition].set()

    def after(self, folded: "Folded") -> None:
        """Wake whom a committed transaction gave work."""
        self.up({row.partition for row in folded.writes.outbox}, "relay")
        self.up({row.partition for row in folded.writes.handoffs}, "handoffs")

    async def wait(self, worker: str, partition: int, timeout_s: float) -> None:
        """Return when this worker of this partition is nudged, or after `timeout_s`."""
        event = self._events[worker, partition]
        try:
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return
        finally:
            event.clear()
