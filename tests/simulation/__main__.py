"""`python -m tests.simulation --seeds N --from K --jobs J`: many seeds, resumable.

A failing seed prints its number; its plan is shrunk and kept among the regressions. With `--show
SEED` one seed is played alone and its history printed.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.checker.codec import line
from tests.simulation.campaign import FAILURES_SHRUNK_MAX, State, campaign, kept_as_regression
from tests.simulation.run import planned, run

STATE = Path("var/simulation/state.json")


def main(argv: Sequence[str] | None = None) -> int:
    given = _arguments(argv)
    if given.show is not None:
        return _show(given.show)
    until = given.first + given.seeds
    state = State.resumed(STATE, given.first, until)
    already, began = state.next, time.monotonic()
    with _progress() as progress:
        bar = progress.add_task("seeds", total=given.seeds, completed=state.next - given.first)

        def after_chunk(state: State) -> None:
            state.save(STATE)
            failed = f"{len(state.failures)} failed" if state.failures else "clean"
            progress.update(bar, completed=state.next - given.first, description=failed)

        campaign(state, until, given.jobs, after_chunk)
    rate = (state.next - already) / max(1e-9, time.monotonic() - began)
    print(f"{state.next - given.first} seeds, {len(state.failures)} failed, {rate:.0f}/s")
    for failure in state.failures[:FAILURES_SHRUNK_MAX]:
        print(f"seed {failure.seed}: {failure.wrong}")
        print(f"  shrunk: {kept_as_regression(failure)}")
    return 1 if state.failures else 0


def _show(seed: int) -> int:
    told = run(planned(seed))
    print(told.plan.to_json())
    for entry in told.history:
        print(line(entry))
    print(told.wrong or told.verdict)
    return 1 if told.wrong else 0


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--show", type=int)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
