"""A million clocks pending, a thousand fall due each second: how late their events are on Kafka.

Lateness is measured from the due instant to the moment at which a reader has the event.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bench import store
from bench.bare import MODULE
from bench.ground import Figures, Ground
from bench.percentiles import percentile
from exchange.chassis.kafka.broker import KafkaBroker
from exchange.contracts.topics import REFERRALS

LOADED_PER_S = 25_000
STARTED_IN = timedelta(seconds=12)
"""All are stored, and the process has started, when the first one falls due."""

WITHIN_S = 120.0
FETCH_MAX, FETCH_TIMEOUT_MS = 1_000, 20


class FiredEarly(Exception):
    """A clock ran out before it was due."""


class LoadedTooSlowly(Exception):
    """The first clocks were due before anybody could have fired them."""


async def measure(ground: Ground) -> Figures:
    """Raises FiredEarly, LoadedTooSlowly."""
    sizes = ground.sizes
    due = sizes.clocks_per_s * sizes.clocks_for_s
    await ground.emptied("routing")
    async with ground.database("routing") as connection:
        await store.load(connection, store.Stored.of(sizes.disputes))
        begins = datetime.now(UTC) + timedelta(seconds=sizes.disputes / LOADED_PER_S) + STARTED_IN
        await store.pend(connection, due=due, from_=begins, per_s=sizes.clocks_per_s)
        await store.settle(connection)
        if datetime.now(UTC) + STARTED_IN > begins:
            raise LoadedTooSlowly(f"{sizes.disputes} clocks took longer than foreseen")
        async with ground.service("routing", MODULE):
            late_ms = await _lateness_ms(ground, due)
    if min(late_ms) < 0:
        raise FiredEarly(f"{-min(late_ms):.1f} ms before it was due")
    return {
        "clock_lateness_p50_ms": percentile(late_ms, 50),
        "clock_lateness_p99_ms": percentile(late_ms, 99),
        "clocks_pending": sizes.disputes,
    }


async def _lateness_ms(ground: Ground, due: int) -> Sequence[float]:
    """How late each event was, as they came to a reader."""
    consumer = await KafkaBroker(ground.stack.kafka_admin).consumer()
    late_ms: list[float] = []
    try:
        await consumer.assign(await ground.ends([REFERRALS]))
        parts = [(REFERRALS.name, number) for number in range(REFERRALS.partitions)]
        async with asyncio.timeout(WITHIN_S):
            while len(late_ms) < due:
                found = await consumer.fetch(
                    parts, max_records=FETCH_MAX, timeout_ms=FETCH_TIMEOUT_MS
                )
                now = datetime.now(UTC)
                late_ms += [
                    (now - _due_at(record.value or b"")).total_seconds() * 1000
                    for records in found.values()
                    for record in records
                ]
    finally:
        await consumer.close()
    return late_ms


def _due_at(value: bytes) -> datetime:
    return datetime.fromisoformat(json.loads(value)["legal_at"])
