"""`make faults`: every fault again and again on one stack, each count and every violation told."""

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from sandbox.story.town import StoryStuck
from tests.checker.verdict import Verdict
from tests.faults.fault_town import FaultTown, fault_town
from tests.faults.faults import FAULTS, STORIES_BETWEEN

OUT = Path("var/faults/verdict.json")
TIMES = 30


async def broken_again_and_again(times: int, names: list[str]) -> bool:
    """Every fault so many times, in an order drawn anew each round; whether nothing broke."""
    done: Counter[str] = Counter()
    not_healed: list[str] = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with fault_town(monkeypatch) as town:
            playing = asyncio.create_task(town.traffic.run())
            await town.traffic.progress(STORIES_BETWEEN)
            for number in range(times):
                for name in random.sample(names, len(names)):
                    try:
                        await FAULTS[name](town)
                        await town.traffic.progress(1)
                    except (StoryStuck, TimeoutError) as error:
                        not_healed.append(f"{name}: {error}")
                    else:
                        done[name] += 1
                print(_line(number + 1, times, done, town, not_healed), flush=True)
            town.traffic.ending.set()
            await playing
            verdict = await town.verdict(f"{done.total()} faults, {times} of each")
            return _told(verdict, town, done, not_healed)


def _line(
    number: int, times: int, done: Counter[str], town: FaultTown, not_healed: list[str]
) -> str:
    broken = len(town.traffic.stuck) + len(not_healed)
    return (
        f"{number}/{times}: {done.total()} 次故障 / faults, {len(town.traffic.finished)} 件办结 /"
        f" stories ended, {broken} 处违背 / violations"
    )


def _told(verdict: Verdict, town: FaultTown, done: Counter[str], not_healed: list[str]) -> bool:
    """Write the report and say where; whether all of it is clean."""
    report = {
        "faults": dict(done),
        "stories": len(town.traffic.finished),
        "stuck": town.traffic.stuck,
        "not_healed": not_healed,
        "checker": verdict.as_json(),
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(report, ensure_ascii=False, indent=2, default=str) + "\n")
    print(json.dumps(report["faults"]), verdict, f"→ {OUT}", sep="\n")
    return verdict.clean and not town.traffic.stuck and not not_healed


def main() -> int:
    """Exit code 0 when nothing was violated."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help="how often each fault is tried")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--only", nargs="*", choices=list(FAULTS), default=list(FAULTS))
    given = parser.parse_args()
    print(f"seed {given.seed}")
    random.seed(given.seed)
    return 0 if asyncio.run(broken_again_and_again(given.times, given.only)) else 1


if __name__ == "__main__":
    sys.exit(main())
