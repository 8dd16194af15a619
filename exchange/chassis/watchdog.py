"""Raises an alarm where work waits and nothing moves, and clears it when something does."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Literal

from exchange.chassis.consumer import PartitionReader
from exchange.chassis.failures import Transient, Unreachable
from exchange.chassis.ports import Store

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
ALARMS_COUNTED_MAX = 1_000


@dataclass(slots=True)
class Stall:
    """One thing that ought to move, and its alarm.

    Whether the alarm stands is not known at first: an owner before this one may have raised it.
    """

    kind: Literal["partition_stalled", "outbox_stuck"]
    subject: str
    place: object = None
    moved_at: float | None = None
    raised: bool | None = None

    async def look(self, store: Store, place: object, waiting: str, after_s: float) -> None:
        """Note where it is now and what waits ("" for nothing); raise or clear the alarm."""
        now = asyncio.get_running_loop().time()
        moved = self.moved_at is not None and place != self.place
        if moved or not waiting:
            if self.raised is not False:
                await store.clear(self.kind, self.subject)
            self.raised = False
        elif self.moved_at is not None and not self.raised and now - self.moved_at > after_s:
            await store.alarm(self.kind, self.subject, waiting)
            log.error("watchdog.%s", self.kind, extra={"subject": self.subject})
            self.raised = True
        if moved or not waiting or self.moved_at is None:
            self.place, self.moved_at = place, now


@dataclass(slots=True)
class Watchdog:
    """Watches one partition; `stalled_after_s` is how long what waits may stand still."""

    reader: PartitionReader
    stalled_after_s: float
    _inputs: Stall = field(init=False)
    _outbox: Stall = field(init=False)

    def __post_init__(self) -> None:
        subject = f"{self.reader.service.name}/{self.reader.lease.partition}"
        self._inputs = Stall("partition_stalled", subject)
        self._outbox = Stall("outbox_stuck", subject)

    async def run(self) -> None:
        """Until cancelled. What cannot be asked now is asked again."""
        while True:
            for look in (self._look_at_outbox, self._look_at_inputs, self._count_alarms):
                try:
                    await look()
                except (Transient, Unreachable) as error:
                    log.info("watchdog.blind", extra={"cause": str(error)})
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look_at_outbox(self) -> None:
        """Its oldest row ought to be another one each time."""
        store, partition = self.reader.store, self.reader.lease.partition
        oldest = await store.outbox(partition, limit=1, bytes_max=1)
        waiting = f"{oldest[0].event_id} for {oldest[0].topic} waits" if oldest else ""
        place = oldest[0].id if oldest else None
        await self._outbox.look(store, place, waiting, self.stalled_after_s)

    async def _count_alarms(self) -> None:
        """The service's alarms, counted once: by who watches partition 0."""
        if self.reader.lease.partition == 0:
            standing = await self.reader.store.alarms(limit=ALARMS_COUNTED_MAX)
            self.reader.metrics.alarms(len(standing))

    async def _look_at_inputs(self) -> None:
        reader = self.reader
        ends = await reader.consumer.watermarks(reader.parts)
        lag = sum(max(0, end - reader.next[topic]) for (topic, _), end in ends.items())
        reader.metrics.lag(reader.lease.partition, lag)
        waiting = f"{lag} records wait" if lag else ""
        await self._inputs.look(reader.store, dict(reader.next), waiting, self.stalled_after_s)
