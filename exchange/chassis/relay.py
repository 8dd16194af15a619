"""From the outbox to Kafka: in order, by the lease owner, deleted only once all replicas have it.

A stalled relay may append again what its successor wrote: same id, same bytes. First occurrences
are in order; nothing stronger is claimed.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from exchange.chassis.failures import Transient, Unreachable
from exchange.chassis.metrics import Metrics
from exchange.chassis.ports import Broker, Producer, Store
from exchange.chassis.rows import Lease, OutboxRow
from exchange.chassis.wake import Wake

ROWS_MAX = 1_000
ROWS_BYTES_MAX = 16_777_216
POLL_S = 0.5
POLL_AMONG_REPLICAS_S = 0.02
RETRY_MIN_S = 0.05
RETRY_MAX_S = 2.0


@dataclass(slots=True)
class Relay:
    """Relays one leased partition number. `alone` tells whether this process has no replica now:
    what a replica commits wakes nobody here.
    """

    store: Store
    broker: Broker
    lease: Lease
    wake: Wake
    metrics: Metrics
    alone: Callable[[], bool]
    stopping: bool = False
    _stuck: set[str] = field(default_factory=set)
    _producer: Producer | None = None

    async def run(self) -> None:
        """Until `stopping` and drained. Raises Fenced when the lease is lost."""
        trouble_s = RETRY_MIN_S
        try:
            while True:
                try:
                    sent = await self._pass()
                    trouble_s = RETRY_MIN_S
                except (Transient, Unreachable):
                    await self._renew()
                    if self.stopping:
                        return
                    await asyncio.sleep(trouble_s)
                    trouble_s = min(RETRY_MAX_S, trouble_s * 2)
                    continue
                if not sent:
                    if self.stopping:
                        return
                    poll_s = POLL_S if self.alone() else POLL_AMONG_REPLICAS_S
                    await self.wake.wait("relay", self.lease.partition, poll_s)
        finally:
            await self._renew()

    async def _pass(self) -> int:
        """Send what is there, delete what was acknowledged; how many. A failed row holds back the
        later rows of its dispute: of a dispute that is stuck only the first row is tried again."""
        rows = await self.store.outbox(
            self.lease.partition, limit=ROWS_MAX, bytes_max=ROWS_BYTES_MAX
        )
        if not rows:
            return 0
        if self._producer is None:
            self._producer = await self.broker.producer()
        tried = _first_of(rows, self._stuck)
        offsets = await self._producer.send(tried)
        done, last, self._stuck = _acknowledged(tried, offsets)
        if done:
            await self.store.relayed(self.lease, done, last)
            self.metrics.relayed(len(done))
        if self._stuck:
            raise Unreachable(f"{len(self._stuck)} disputes have a row that was not acknowledged")
        return len(tried)

    async def _renew(self) -> None:
        """Drop the producer: after a failed send its sequence may be broken for good."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.close()


def _first_of(rows: Sequence[OutboxRow], stuck: Collection[str]) -> list[OutboxRow]:
    """All rows, but of the stuck disputes the first one only."""
    chosen, waiting = [], set(stuck)
    for row in rows:
        if row.code not in stuck:
            chosen.append(row)
        elif row.code in waiting:
            waiting.discard(row.code)
            chosen.append(row)
    return chosen


def _acknowledged(
    rows: Sequence[OutboxRow], offsets: Sequence[int | None]
) -> tuple[list[int], dict[str, int], set[str]]:
    """The rows that are done, the last offset per topic, and the disputes that are stuck."""
    stuck: set[str] = set()
    done: list[int] = []
    last: dict[str, int] = {}
    for row, offset in zip(rows, offsets, strict=True):
        if offset is None:
            stuck.add(row.code)
        elif row.code not in stuck:
            done.append(row.id)
            last[row.topic] = max(offset, last.get(row.topic, -1))
    return done, last, stuck
