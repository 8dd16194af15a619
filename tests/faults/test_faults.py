"""Each fault once, under traffic: every story that was begun comes to its end, in order.

`make faults` breaks the same things again and again, and says how often.
"""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.fault_town import FaultTown, fault_town
from tests.faults.faults import FAULTS, STORIES_BETWEEN

SEED = 20_261_124


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town() -> AsyncIterator[FaultTown]:
    """One stack for all faults, with traffic from the first to the last."""
    random.seed(SEED)
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with fault_town(monkeypatch) as town:
            playing = asyncio.create_task(town.traffic.run())
            await town.traffic.progress(STORIES_BETWEEN)
            yield town
            town.traffic.ending.set()
            await playing
            assert town.traffic.stuck == []
            verdict = await town.verdict(f"every fault once, seed {SEED}")
            assert verdict.clean, str(verdict)


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_story_is_lost_by(fault: str, town: FaultTown) -> None:
    await FAULTS[fault](town)

    await town.traffic.progress(STORIES_BETWEEN)

    assert town.traffic.stuck == []
