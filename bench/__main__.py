"""`make bench`: the exchange and its peers in one run; see bench/RESULTS.md.

python -m bench [--only routing,bare] [--disputes 10000000] [--quick] [--profile]

A whole run writes bench/out/latest.json; one of some benches, or a quick one, leaves that alone and
writes partial.json: figures that are compared come from one run. A bench that fails hides no other:
exit code 1 at the end.
"""

import argparse
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from rich.console import Console

from bench import (
    bare,
    batches,
    clocks,
    dbos,
    faststream,
    growth,
    kafka_restart,
    latency,
    rebuild,
    report,
    routing,
    takeover,
    up,
)
from bench.ground import OUT, Figures, Ground, engines
from bench.sizes import QUICK, WHOLE, Sizes
from exchange.local.supervisor import run_until_stopped

ON_THE_ENGINES: Mapping[str, Callable[[Ground], Awaitable[Figures]]] = {
    "routing": routing.measure,
    "bare": bare.measure,
    "faststream": faststream.measure,
    "dbos": dbos.measure,
    "batches": batches.measure,
    "rebuild": rebuild.measure,
    "takeover": takeover.measure,
    "growth": growth.measure,
    "clocks": clocks.measure,
}
"""One service at a time, on one Kafka and one Postgres for all."""

IN_A_TOWN: Mapping[str, Callable[[Sizes, Callable[[str], None]], Awaitable[Figures]]] = {
    "up": up.measure,
    "latency": latency.measure,
    "kafka_restart": kafka_restart.measure,
}
"""Everything at once, as `fengqiao up` runs it, each in a home of its own."""

BENCHES = (*ON_THE_ENGINES, *IN_A_TOWN)


@dataclass(slots=True)
class Run:
    """What was measured so far, and what failed with its reason."""

    console: Console
    figures: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def say(self, sentence: str) -> None:
        self.console.print(f"  {sentence}", style="dim", markup=False)

    async def take(self, name: str, measuring: Awaitable[Figures]) -> None:
        """Run one bench and tell what it found."""
        self.console.print(f"[bold]{name}[/] …")
        began = time.monotonic()
        try:
            found = await measuring
        except Exception as error:  # noqa: BLE001  told at once and at the end, exit code 1
            self.failed[name] = f"{type(error).__name__}: {error}"
            self.console.print_exception()
            return
        self.figures = report.with_ratios({**self.figures, **found})
        for figure, value in found.items():
            self.console.print(f"  {figure:44} {value:>14,.5g}")
        self.say(f"took {time.monotonic() - began:.0f} s")


async def run(names: Iterable[str], sizes: Sizes, *, profile: bool) -> Run:
    """The benches of these names, in their order."""
    wanted, so_far = set(names), Run(Console(width=100))
    async with AsyncExitStack() as opened:
        if wanted & ON_THE_ENGINES.keys():
            stack = await opened.enter_async_context(engines(so_far.say))
            ground = Ground(stack, sizes, so_far.say, profile)
            for name in ON_THE_ENGINES:
                if name in wanted:
                    await so_far.take(name, ON_THE_ENGINES[name](ground))
    for name in IN_A_TOWN:
        if name in wanted:
            await so_far.take(name, IN_A_TOWN[name](sizes, so_far.say))
    return so_far


def main() -> int:
    """Exit code 1 where a bench failed, 0 whether or not targets are reached."""
    given = arguments()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers are killed here on purpose
    OUT.mkdir(parents=True, exist_ok=True)
    done = run_until_stopped(run(given.only, given.sizes, profile=given.profile))
    if done is None:
        return 1
    file = OUT / "partial.json"
    if is_whole(given):
        file = OUT / "latest.json"
        done.failed |= report.unmeasured(done.figures)
    report.show(done.console, done.figures)
    report.write(file, done.figures, done.failed)
    file.with_suffix(".md").write_text(report.as_markdown(done.figures))
    done.console.print(f"→ {file}", *done.failed, sep="\n✗ ", markup=False)
    return 1 if done.failed else 0


def is_whole(given: argparse.Namespace) -> bool:
    """Whether every bench runs as it is, at its full size."""
    return not (given.quick or given.profile) and set(given.only) == set(BENCHES)


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for; raises SystemExit, as argparse does, with what is wrong with it."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--only", type=_names, default=BENCHES, help=", ".join(BENCHES))
    parser.add_argument("--disputes", type=int, help="in the large store; 1,000,000 by default")
    parser.add_argument("--quick", action="store_true", help="small: to see that all of it runs")
    parser.add_argument("--profile", action="store_true", help="routing under cProfile")
    given = parser.parse_args(words)
    given.sizes = QUICK if given.quick else WHOLE
    if given.disputes is not None:
        try:
            given.sizes = given.sizes.with_disputes(given.disputes)
        except ValueError as wrong:
            parser.error(str(wrong))
    return given


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name for name in text.split(",") if name)
    if unknown := set(names) - set(BENCHES):
        raise argparse.ArgumentTypeError(f"no such bench: {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    sys.exit(main())
