"""The workers of one leased partition number: reader, relay, clocks, handoffs, watchdog."""

import asyncio
from dataclasses import dataclass

from exchange.chassis.clocks import ClockWorker
from exchange.chassis.consumer import PartitionReader
from exchange.chassis.handoffs import HandoffWorker
from exchange.chassis.relay import Relay
from exchange.chassis.watchdog import Watchdog


@dataclass(slots=True)
class PartitionCrew:
    """See `leases.Crew`. The relay stops last: what a batch wrote is still sent."""

    reader: PartitionReader
    relay: Relay
    clocks: ClockWorker
    handoffs: HandoffWorker
    watchdog: Watchdog

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.relay.run())
            writers = [
                group.create_task(worker.run())
                for worker in (self.reader, self.clocks, self.handoffs)
            ]
            watching = group.create_task(self.watchdog.run())
            await asyncio.wait(writers)
            watching.cancel()
            self.relay.stopping = True
            self._nudge()

    def stop(self) -> None:
        self.reader.stopping = self.clocks.stopping = self.handoffs.stopping = True
        self._nudge()

    def _nudge(self) -> None:
        partition = self.reader.lease.partition
        self.reader.wake.up([partition], "relay", "clocks", "handoffs")
