"""A seed tells one story, everywhere; its trouble strikes; what fails can be made smaller."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.simulation.__main__ import STATE, main
from tests.simulation.campaign import State, campaign
from tests.simulation.loop import SimulatedLoop
from tests.simulation.plan import POINTS, Fault, Plan
from tests.simulation.run import planned, run
from tests.simulation.shrink import shrunk

SEEDS = range(40, 48)
DIGESTS = (
    "from tests.simulation.run import planned, run;"
    f"print(*(run(planned(n)).digest for n in range({SEEDS.start}, {SEEDS.stop})), sep='\\n')"
)


def test_a_seed_gives_the_same_bytes_twice_in_one_process() -> None:
    first, second = ([run(planned(seed)).digest for seed in SEEDS] for _ in range(2))

    assert first == second
    assert len(set(first)) == len(SEEDS), "the seeds differ"


def test_a_seed_gives_the_same_bytes_whatever_python_hashes_by() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for hash_seed in ("1", "2")
    ]

    assert told[0] == told[1] == [run(planned(seed)).digest for seed in SEEDS]


def test_every_kind_of_trouble_strikes_and_stories_go_all_the_way() -> None:
    struck, told = Counter[str](), Counter[str]()
    for seed in range(90):
        ran = run(planned(seed))
        assert ran.wrong == ""
        struck += Counter(ran.struck)
        assert ran.observation is not None
        for service in ran.observation.services:
            told.update(entry.type for entry in service.ledger)

    assert set(struck) == set(POINTS)
    assert told.keys() >= {
        "referral.accepted",
        "referral.declined",
        "referral.escalated",
        "clock.expired",
        "mediation.failed",
        "agreement.performed",
        "confirmation.ruled",
        "dispute.closed",
    }


def test_a_plan_comes_back_from_its_file_as_it_was() -> None:
    plans = [planned(seed) for seed in range(200)]

    assert [Plan.from_json(plan.to_json()) for plan in plans] == plans


def test_a_failing_plan_is_shrunk_to_what_it_takes() -> None:
    culprit = Fault("kill", "routing", "commit done", 3, 0.1)
    plan = replace(
        next(p for p in map(planned, range(1_000)) if len(p.stories) > 1 and len(p.faults) > 2),
        faults=(*planned(3).faults, culprit, *planned(5).faults),
    )

    smallest = shrunk(plan, lambda candidate: culprit in candidate.faults)

    assert smallest.faults == (culprit,)
    assert (len(smallest.stories), smallest.stories[0].acts_max) == (1, 0)
    assert (smallest.twins, smallest.lags, smallest.again, smallest.push) == ((), (), (), ())


def test_a_campaign_goes_on_where_it_was_left(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    campaign(State.resumed(file, 7, 9), until=9, jobs=1, after_chunk=lambda state: state.save(file))

    state = State.resumed(file, 7, 20)

    assert (state.first, state.next) == (7, 9)
    assert State.resumed(file, 0, 20).next == 0, "another beginning is another campaign"
    assert State.resumed(file, 7, 9).next == 7, "one that came to its end begins anew"


def test_the_command_plays_its_seeds_and_says_what_came_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = main(["--seeds", "2", "--from", "11", "--jobs", "1"])

    assert ended == 0
    assert "2 seeds, 0 failed" in capsys.readouterr().out
    assert State.resumed(tmp_path / STATE, 11, 20).next == 13


def test_time_jumps_to_the_next_timer_and_chance_draws_the_order() -> None:
    def order(seed: int) -> list[int]:
        told: list[int] = []

        async def tell(number: int) -> None:
            await asyncio.sleep(3_600)
            told.append(number)

        async def all_of_them() -> None:
            await asyncio.gather(*(tell(number) for number in range(6)))
            assert asyncio.get_running_loop().time() == 3_600

        loop = SimulatedLoop(Random(seed))
        loop.run_until_complete(all_of_them())
        loop.close()
        return told

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(10)}) > 5
