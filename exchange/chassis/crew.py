"""The workers of one leased partition number: reader, relay, clocks, handoffs, watchdog."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from exchange.chassis.checkpoints import Checkpointer
from exchange.chassis.clocks import ClockWorker
from exchange.chassis.consumer import RETRY_MAX_S, PartitionReader
from exchange.chassis.failures import Transient, Unreachable
from exchange.chassis.handoffs import HandoffWorker
from exchange.chassis.pruning import Pruner
from exchange.chassis.relay import Relay
from exchange.chassis.watchdog import Watchdog


@dataclass(slots=True)
class PartitionCrew:
    """See `leases.Crew`. The relay stops last: what a batch wrote is still sent.

    `may_begin` is asked before anything is written, until it answers; what it raises ends the
    crew. `pruner` is there on partition 0, `checkpointer` beside it
    where the service keeps a ledger.
    """

    reader: PartitionReader
    relay: Relay
    clocks: ClockWorker
    handoffs: HandoffWorker
    watchdog: Watchdog
    pruner: Pruner | None
    checkpointer: Checkpointer | None
    may_begin: Callable[[], Awaitable[None]]

    async def run(self) -> None:
        await self._begin()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.relay.run())
            writers = [
                group.create_task(worker.run())
                for worker in (self.reader, self.clocks, self.handoffs)
            ]
            beside = (self.watchdog, self.pruner, self.checkpointer)
            watching = [group.create_task(each.run()) for each in beside if each is not None]
            await asyncio.wait(writers)
            for task in watching:
                task.cancel()
            self.relay.stopping = True
            self._nudge()

    async def _begin(self) -> None:
        while not self.reader.stopping:
            try:
                await self.may_begin()
            except (Transient, Unreachable) as error:
                self.reader.metrics.retried(self.reader.lease.partition, type(error).__name__)
                await asyncio.sleep(RETRY_MAX_S)
            else:
                return

    def stop(self) -> None:
        self.reader.stopping = self.clocks.stopping = self.handoffs.stopping = True
        self._nudge()

    def _nudge(self) -> None:
        partition = self.reader.lease.partition
        self.reader.wake.up([partition], "relay", "clocks", "handoffs")
