"""Raises an alarm when a partition has lag and makes no progress, and clears it when it does."""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from exchange.chassis.consumer import PartitionReader
from exchange.chassis.ports import Transient, Unreachable

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0


@dataclass(slots=True)
class Watchdog:
    """Watches one reader; `stalled_after_s` is how long lag may stand still.

    Whether the alarm stands is not known at first: an owner before this one may have raised it.
    """

    reader: PartitionReader
    stalled_after_s: float
    _moved_at: float = 0.0
    _seen: dict[str, int] = field(default_factory=dict)
    _raised: bool | None = None

    async def run(self) -> None:
        """Until cancelled. What cannot be asked now is asked again."""
        self._seen, self._moved_at = dict(self.reader.next), time.monotonic()
        while True:
            try:
                await self._look()
            except (Transient, Unreachable) as error:
                log.info("watchdog.blind", extra={"cause": str(error)})
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        reader, now = self.reader, time.monotonic()
        ends = await reader.consumer.watermarks(reader.parts)
        lag = sum(max(0, end - reader.next[topic]) for (topic, _), end in ends.items())
        reader.metrics.lag(reader.lease.partition, lag)
        subject = f"{reader.service.name}/{reader.lease.partition}"
        if self._seen != reader.next or not lag:
            self._seen, self._moved_at = dict(reader.next), now
            if self._raised is not False:
                await reader.store.clear("partition_stalled", subject)
                self._raised = False
        elif now - self._moved_at > self.stalled_after_s and not self._raised:
            await reader.store.alarm("partition_stalled", subject, f"{lag} records wait")
            log.error("partition.stalled", extra={"partition": reader.lease.partition, "lag": lag})
            self._raised = True
