"""A thousand seeds, each a story under faults of its own, and none breaks a promise."""

import os

from tests.simulation.campaign import REGRESSIONS, State, campaign
from tests.simulation.plan import Plan
from tests.simulation.run import run

SEEDS = 1_000


def test_no_seed_breaks_a_promise() -> None:
    state = campaign(State(0, 0), until=SEEDS, jobs=os.cpu_count() or 1)

    assert state.next == SEEDS
    assert [f"seed {failure.seed}: {failure.wrong}" for failure in state.failures] == []


def test_what_failed_once_stays_mended() -> None:
    plans = {path.stem: Plan.from_json(path.read_text()) for path in REGRESSIONS.glob("*.json")}

    wrong = {seed: run(plan).wrong for seed, plan in sorted(plans.items())}

    assert wrong == dict.fromkeys(wrong, "")
