"""Routing as it runs: one process, whole semantics, tracing on, its inputs waiting on the topics.

Measured from its first batch to its last one relayed: what a backlog costs, input by input.
"""

import pstats
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from bench.ground import OUT, Figures, Ground, consumed, drained_per_s
from bench.workload import EVENTS_PER_STORY, Story, in_rounds
from exchange.contracts.topics import DISPUTES, MEDIATION_PROPOSALS
from tests.support.producing import produce

PROFILE_LINES = 25


class AnotherStory(Exception):
    """Routing decided otherwise than the workload: what was measured is not what was meant."""


async def measure(ground: Ground) -> Figures:
    """Inputs that one routing process decides, commits and relays in a second."""
    profile = OUT / "routing.prof" if ground.profile else None
    told = ground.stories(ground.sizes.stories)
    per_s = await played_per_s(ground, told, profile=profile)
    if profile is not None:
        pstats.Stats(str(profile)).sort_stats("tottime").print_stats(PROFILE_LINES)
    return {"routing_events_per_s": per_s}


async def played_per_s(
    ground: Ground,
    told: Sequence[Story],
    *,
    profile: Path | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> float:
    """The same for these stories, on an empty store. Raises AnotherStory."""
    await ground.knows_the_agencies()
    await ground.emptied("routing")
    async with ground.database("routing") as connection:
        before = await consumed(connection)
        await lay_out(ground, told)
        async with ground.service("routing", profile=profile, environment=environment):
            inputs = len(told) * EVENTS_PER_STORY
            per_s = await drained_per_s(connection, before=before, inputs=inputs)
        entries = await connection.fetchval("SELECT count(*) FROM ledger")
    if entries != (expected := sum(story.entries for story in told)):
        raise AnotherStory(f"the ledger has {entries} entries, {expected} were foreseen")
    return per_s


async def lay_out(ground: Ground, told: Sequence[Story]) -> None:
    """Every input of these stories on its topic."""
    await produce(ground.stack, DISPUTES, [story.registration for story in told])
    await produce(ground.stack, MEDIATION_PROPOSALS, in_rounds(told))
