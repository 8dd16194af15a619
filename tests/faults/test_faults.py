"""Most faults once, under traffic: every story that was begun comes to its end, in order.

`make faults` breaks the same things again and again, and says how often.
"""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.fault_town import FaultTown, fault_town
from tests.faults.faults import (
    EPISODES,
    FAULTS,
    OF_A_CLUSTER,
    STORIES_BETWEEN,
    drawn,
    play,
)

SEED = 20_261_124
ONCE = ("processes", "poison", "clocks", "engines")
"""A failing network and failing receivers are left to `make faults`: see docs/guarantees.md."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town() -> AsyncIterator[FaultTown]:
    """One stack for all faults, with traffic from the first to the last."""
    random.seed(SEED)
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with fault_town(monkeypatch) as town:
            playing = asyncio.create_task(town.traffic.run())
            await town.traffic.progress(STORIES_BETWEEN)
            yield town
            town.traffic.end()
            await playing
            assert town.traffic.stuck == []


@pytest.mark.parametrize("episode", ONCE)
async def test_every_story_goes_on_through(episode: str, town: FaultTown) -> None:
    outcome = await play(town, EPISODES[episode])

    assert outcome.not_healed == {}
    assert town.traffic.stuck == []


async def test_no_promise_was_broken_by_any_of_it(town: FaultTown) -> None:
    """Judged once, of everything since the first fault."""
    verdict = await town.verdict(f"each fault once, seed {SEED}")

    assert verdict.clean, str(verdict)


def test_every_fault_has_its_episode() -> None:
    every = (*EPISODES.values(), *OF_A_CLUSTER.values())
    assert {name for episode in every for wave in episode.waves for name in wave} == set(FAULTS)


@pytest.mark.parametrize("seed", range(20))
def test_no_service_is_struck_twice_in_one_wave(seed: int) -> None:
    random.seed(seed)
    for wave in (wave for episode in EPISODES.values() for wave in episode.waves):
        services = [service for _, at in drawn(wave) for service in at]
        assert len(services) == len(set(services))
