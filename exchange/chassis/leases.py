"""Which partition numbers this process works on: shared out by heartbeats, fenced by epochs."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Protocol

from exchange.chassis.failures import Fenced, Transient
from exchange.chassis.metrics import Metrics
from exchange.chassis.ports import Store
from exchange.chassis.rows import Cluster, Lease, LeaseRow

log = logging.getLogger(__name__)

BEAT_RETRY_S = 0.2
STOP_TIMEOUT_S = 10.0


class Crew(Protocol):
    """The workers of one leased partition number."""

    async def run(self) -> None:
        """Until stopped. Raises Fenced when the lease is lost."""

    def stop(self) -> None:
        """Finish the current batch, then return from `run`."""


@dataclass(slots=True)
class LeaseKeeper:
    """Takes this member's share of the partitions, and gives surplus back after its batch.

    `member` is unique per process start; `hire` makes the workers of a lease; `chance` gives the
    order in which free ones are taken, so that members seldom want the same.
    """

    store: Store
    member: str
    hire: Callable[[Lease], Awaitable[Crew]]
    metrics: Metrics
    beat_s: float
    lease_s: float
    chance: Random = field(default_factory=SystemRandom)
    crews: dict[int, tuple[Lease, Crew, "asyncio.Task[None]"]] = field(default_factory=dict)
    alone: bool = True
    stopping: bool = False
    began: asyncio.Event = field(default_factory=asyncio.Event)
    _membership: asyncio.Lock = field(default_factory=asyncio.Lock)
    _left: bool = False
    _cluster: Cluster | None = None
    _beaten: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Beat and balance until `stop`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beat())
            group.create_task(self._balance())

    async def stop(self) -> None:
        """Finish the batches, give every lease back, leave the members.

        A crew that does not end in time is cancelled: what it had in hand is rolled back.
        """
        self.stopping = True
        self._beaten.set()
        for _, crew, _ in self.crews.values():
            crew.stop()
        await self._ended([task for _, _, task in self.crews.values()])
        try:
            for partition in list(self.crews):
                await self._end(partition, release=True)
            async with self._membership:
                self._left = True
                await self.store.leave(self.member)
        except Transient as error:
            log.warning("leases.left_behind", extra={"cause": str(error)})
        finally:
            self._left = True

    async def abandon(self) -> None:
        """After a defect: drop everything as a kill would, so that the death is counted."""
        self.stopping = self._left = True
        self._beaten.set()
        tasks = [task for _, _, task in self.crews.values()]
        self.crews.clear()
        for task in tasks:
            task.cancel()
        await self._ended(tasks)

    async def _ended(self, tasks: Sequence["asyncio.Task[None]"]) -> None:
        """Wait for these tasks, then cancel those that still run and wait for them."""
        for _ in range(2):
            running = [task for task in tasks if not task.done()]
            if running:
                _, late = await asyncio.wait(running, timeout=STOP_TIMEOUT_S)
                for task in late:
                    task.cancel()

    async def _beat(self) -> None:
        while not self._left:
            try:
                async with self._membership:
                    if not self._left:
                        self._cluster = await self.store.beat(self.member, alive_s=self.lease_s)
                self._beaten.set()
                await asyncio.sleep(self.beat_s)
            except Transient:
                await asyncio.sleep(BEAT_RETRY_S)

    async def _balance(self) -> None:
        while not self.stopping:
            await self._beaten.wait()
            self._beaten.clear()
            if self._cluster is None or self.stopping:
                continue
            try:
                await self._share(self._cluster)
            except Transient as error:
                log.warning("leases.delayed", extra={"cause": str(error)})

    async def _share(self, cluster: Cluster) -> None:
        self.alone = len(cluster.alive) <= 1
        rows = {row.partition: row for row in cluster.leases}
        for partition, (lease, _, task) in list(self.crews.items()):
            row = rows.get(partition)
            if task.done() or row is None or row.epoch > lease.epoch:
                await self._end(partition, release=False)
        share = math.ceil(len(rows) / max(1, len(cluster.alive)))
        for partition in list(self.crews)[share:]:
            await self._end(partition, release=True)
        for row in rows.values():
            if row.owner == self.member and row.partition not in self.crews:
                await self.store.release(Lease(row.partition, self.member, row.epoch))
        room = share - len(self.crews)
        free = [r for r in rows.values() if self._is_free(r, cluster)]
        self.chance.shuffle(free)
        taken = await asyncio.gather(
            *(self._take(row) for row in free[: max(0, room)]), return_exceptions=True
        )
        self.metrics.leases(len(self.crews))
        if self.crews or not free:
            self.began.set()
        for error in taken:
            if isinstance(error, BaseException):
                raise error

    def _is_free(self, row: LeaseRow, cluster: Cluster) -> bool:
        mine = row.partition in self.crews
        return not mine and (row.owner is None or row.owner not in cluster.alive)

    async def _take(self, row: LeaseRow) -> None:
        lease = await self.store.take(row, self.member)
        if lease is None:
            return
        crew = await self.hire(lease)
        task = asyncio.create_task(self._work(lease, crew))
        self.crews[lease.partition] = (lease, crew, task)
        log.info("lease.taken", extra={"partition": lease.partition, "epoch": lease.epoch})

    async def _work(self, lease: Lease, crew: Crew) -> None:
        try:
            await crew.run()
        except* Fenced:
            log.info("lease.lost", extra={"partition": lease.partition, "epoch": lease.epoch})

    async def _end(self, partition: int, *, release: bool) -> None:
        """Stop a crew after its batch; a defect that ended it is raised here."""
        lease, crew, task = self.crews.pop(partition)
        crew.stop()
        await self._ended([task])
        if release:
            await self.store.release(lease)
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error
