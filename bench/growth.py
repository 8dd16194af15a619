"""What an event costs in a small store and in a large one, most events on the newest disputes.

The bare spine with a ledger: rules do not know how much is stored, tables and indexes do.
"""

import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from bench import store
from bench.bare import MODULE, WITH_A_LEDGER, echo
from bench.ground import Figures, Ground, consumed, drained_per_s
from exchange.chassis.decider import ClockDue
from exchange.contracts.envelope import Envelope
from exchange.contracts.topics import DISPUTES
from tests.support.producing import produce

ON_THE_NEWEST = 0.95
ENVIRONMENT = {WITH_A_LEDGER: "1", "FENGQIAO_CHECKPOINT_EVERY_S": "86400"}
"""A checkpoint over all that was loaded at once would be measured with it: none is due."""


async def measure(ground: Ground) -> Figures:
    """Seconds per event in the large store over those in the small one."""
    sizes = ground.sizes
    small = await _events_per_s(ground, sizes.few_disputes)
    large = await _events_per_s(ground, sizes.disputes)
    return {
        "growth_ratio": small / large,
        "growth_disputes": sizes.disputes,
        f"stored_{sizes.few_disputes}_events_per_s": small,
        f"stored_{sizes.disputes}_events_per_s": large,
    }


async def _events_per_s(ground: Ground, disputes: int) -> float:
    await ground.emptied("routing")
    stored = store.Stored.of(disputes)
    async with ground.database("routing") as connection:
        await store.load(connection, stored)
        await store.settle(connection)
        per_s = 0.0
        for _ in ("to warm up", "measured"):
            events = list(events_of(stored, ground.sizes.growth_events))
            before = await consumed(connection)
            await produce(ground.stack, DISPUTES, events)
            async with ground.service("routing", MODULE, environment=ENVIRONMENT):
                per_s = await drained_per_s(connection, before=before, inputs=len(events))
    return per_s


def events_of(stored: store.Stored, count: int) -> Iterator[Envelope]:
    """Events of stored disputes, ON_THE_NEWEST of them on the newest."""
    now, chance = datetime.now(UTC), random.Random(count)  # noqa: S311  a seeded draw is wanted
    first, older = stored.newest[0], stored.older or stored.newest
    value = echo(first, ClockDue("", "", 0, now, now)).model_dump_json(exclude_none=True)
    for _ in range(count):
        code = chance.choice(stored.newest if chance.random() < ON_THE_NEWEST else older)
        yield Envelope(
            id=secrets.token_hex(16),
            type="dispute.registered",
            version=1,
            source=DISPUTES.writer,
            subject=code,
            time=now,
            value=value.replace(first, code).encode(),
        )
