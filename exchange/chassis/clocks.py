"""Due clocks become events: never early, once in effect, and never before what came in time.

A clock of a partition fires only when every input of it has been consumed to a high watermark
read after the due instant: our own backlog expires nobody's timely act. A log that ends before
where the reader stood was cut: it is read again first.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from exchange.chassis.bisecting import bisected
from exchange.chassis.consumer import CAUTIOUS_FROM_DEATHS, PartitionReader, killer
from exchange.chassis.decider import ClockDue
from exchange.chassis.failures import Transient, Unreachable
from exchange.chassis.fold import Broken, Item, fold
from exchange.chassis.rows import ClockRow, Part

POLL_S = 0.25
FIRED_AT_ONCE_MAX = 200
CATCH_UP_TIMEOUT_S = 5.0
RETRY_S = 0.5


@dataclass(slots=True)
class ClockWorker:
    """Fires the clocks of one leased partition number."""

    reader: PartitionReader
    stopping: bool = False

    async def run(self) -> None:
        """Until `stopping`. Raises Fenced when the lease is lost."""
        while not self.stopping:
            try:
                fired = await self._pass()
            except (Transient, Unreachable):
                await asyncio.sleep(RETRY_S)
                continue
            if not fired:
                await self.reader.wake.wait("clocks", self.reader.lease.partition, POLL_S)

    async def _pass(self) -> int:
        rows, _ = await self.reader.store.due(self.reader.lease.partition, limit=FIRED_AT_ONCE_MAX)
        if not rows:
            return 0
        stood = dict(self.reader.next)
        watermarks = await self.reader.consumer.watermarks(self.reader.parts)
        cut = any(offset < stood[topic] for (topic, _), offset in watermarks.items())
        if cut or not await self._caught_up(watermarks):
            return 0
        if await self.reader.store.trying(self.reader.lease, "clocks", cause_of(rows[0])) < (
            CAUTIOUS_FROM_DEATHS
        ):
            await bisected(rows, self._fire)
        else:
            await self._fire_singly(rows)
        return len(rows)

    async def _fire_singly(self, rows: Sequence[ClockRow]) -> None:
        """The process died over a pass that began like this one: find the clock that kills it."""
        reader = self.reader
        for row in rows:
            async with reader.caution:
                if why := killer(await reader.store.trying(reader.lease, "clock", cause_of(row))):
                    await self._fire([row], why)
                else:
                    await bisected([row], self._fire)

    async def _caught_up(self, watermarks: Mapping[Part, int]) -> bool:
        """Whether the reader reached these watermarks within CATCH_UP_TIMEOUT_S."""

        def reached() -> bool:
            return all(self.reader.next[t] >= offset for (t, _), offset in watermarks.items())

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_TIMEOUT_S), self.reader.caught_up:
                await self.reader.caught_up.wait_for(reached)
        return reached()

    async def _fire(self, rows: Sequence[ClockRow], broken: Broken | None) -> None:
        reader = self.reader
        async with reader.store.transaction() as tx:
            await tx.prove(reader.lease, {})
            times = await tx.times()
            items = [replace(clock_item(row, times.legal), broken=broken) for row in rows]
            folded = await fold(tx, reader.service, items, reader.trace)
            await tx.write(folded.writes)
        reader.wake.after(folded)
        for row in rows:
            reader.metrics.clock((times.legal - row.due_at).total_seconds())


def cause_of(row: ClockRow) -> str:
    """A rung's own name, so that it takes effect once.

    The moment stands there in UTC: the same rung has one cause, whoever wrote its time down.
    """
    due = row.due_at.astimezone(UTC).isoformat()
    return f"clock:{row.code}:{row.rule}:{row.instance}:{row.rung}:{due}"


def clock_item(row: ClockRow, fired_at: datetime) -> Item:
    """A due rung as an item."""
    cause = cause_of(row)
    value = {
        "rule": row.rule,
        "instance": row.instance,
        "rung": row.rung,
        "due_at": row.due_at,
        "fired_at": fired_at,
    }
    return Item(
        code=row.code,
        arrival=ClockDue(row.rule, row.instance, row.rung, row.due_at, fired_at),
        cause=cause,
        cause_at=row.due_at,
        source=cause,
        traceparent=row.traceparent,
        value=orjson.dumps(value),
    )
