"""Many seeds over several processes, where it left off the last time; failures shrunk and kept."""

import gc
import json
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.simulation.plan import Plan
from tests.simulation.run import planned, run
from tests.simulation.shrink import shrunk

CHUNK_SEEDS = 20
FAILURES_SHRUNK_MAX = 5
REGRESSIONS = Path(__file__).parent / "regressions"


@dataclass(frozen=True, slots=True)
class Failure:
    seed: int
    wrong: str


@dataclass(slots=True)
class State:
    """What is done: every seed from `first` up to, not including, `next`."""

    first: int
    next: int
    failures: list[Failure] = field(default_factory=list)

    @classmethod
    def resumed(cls, path: Path, first: int, until: int) -> "State":
        """As the file has it, where it began at the same seed, is not at its end and nothing has
        failed since: a failure is looked for again from the beginning. Else a new one."""
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["first"] == first and kept["next"] < until and not kept["failures"]:
                return cls(first, kept["next"])
        return cls(first, first)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(".new")
        written.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")
        written.replace(path)


def campaign(
    state: State, until: int, jobs: int, after_chunk: Callable[[State], None] = lambda _state: None
) -> State:
    """Run the seeds that are left below `until`; `after_chunk` is told each time that some are."""
    chunks = [range(n, min(n + CHUNK_SEEDS, until)) for n in range(state.next, until, CHUNK_SEEDS)]
    for chunk, failures in zip(chunks, _judged(chunks, jobs), strict=True):
        state.failures += failures
        state.next = chunk.stop
        after_chunk(state)
    return state


def _judged(chunks: list[range], jobs: int) -> Iterator[list[Failure]]:
    """Each chunk's failures, in the order of the chunks."""
    if jobs == 1:
        yield from map(judged, chunks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(judged, chunks)


def judged(seeds: range) -> list[Failure]:
    """The seeds of one chunk that fail. Garbage is collected between chunks, not within a run."""
    gc.disable()
    try:
        told = ((seed, run(planned(seed)).wrong) for seed in seeds)
        return [Failure(seed, wrong) for seed, wrong in told if wrong]
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def kept_as_regression(failure: Failure, folder: Path = REGRESSIONS) -> Path:
    """The failing seed's plan, shrunk, in a file that `make test` plays again."""
    kind = run(planned(failure.seed)).kind

    def fails(plan: Plan) -> bool:
        return run(plan).kind == kind

    plan = shrunk(planned(failure.seed), fails)
    path = folder / f"{failure.seed}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(plan.to_json() + "\n", encoding="utf-8")
    return path
