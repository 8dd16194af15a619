"""A thousand seeds, each a story under faults of its own, and none breaks a promise."""

import os
from pathlib import Path

import pytest

from tests.simulation.campaign import REGRESSIONS, State, campaign
from tests.simulation.plan import Plan
from tests.simulation.run import run

SEEDS = 1_000


def test_no_seed_breaks_a_promise() -> None:
    state = campaign(State(0, 0), until=SEEDS, jobs=os.cpu_count() or 1)

    assert state.next == SEEDS
    assert [f"seed {failure.seed}: {failure.wrong}" for failure in state.failures] == []


@pytest.mark.parametrize("path", sorted(REGRESSIONS.glob("*.json")), ids=lambda path: path.stem)
def test_a_seed_that_failed_once_stays_mended(path: Path) -> None:
    told = run(Plan.from_json(path.read_text(encoding="utf-8")))

    assert told.wrong == ""
