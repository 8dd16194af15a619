"""`make faults`: every fault again and again on one stack, each count and every violation told.

Processes die in every round; the slower episodes are played in some (`Episode.every`).
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import pytest

from tests.checker.verdict import Verdict
from tests.faults.fault_town import FaultTown, fault_town
from tests.faults.faults import EPISODES, OF_A_CLUSTER, STORIES_BETWEEN, Episode, play

OUT = Path("var/faults/verdict.json")
TIMES = 30
JUDGED_EVERY = 10
"""So many rounds; the checker reads everything each time."""


@dataclass(slots=True)
class Campaign:
    """So many rounds of all episodes, in an order drawn anew each round, and what came of it."""

    town: FaultTown
    times: int
    episodes: Mapping[str, Episode]
    healed: Counter[str] = field(default_factory=Counter)
    not_tried: dict[str, str] = field(default_factory=dict)
    not_healed: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    async def run(self) -> bool:
        """Whether nothing broke. What was judged broken ends it."""
        began = time.monotonic()
        for number in range(1, self.times + 1):
            due = [name for name, e in self.episodes.items() if (number - 1) % e.every == 0]
            for name in random.sample(due, len(due)):
                await self._episode(self.episodes[name])
            if number % JUDGED_EVERY == 0 or number == self.times:
                self.verdicts.append(await self.town.verdict(f"round {number} of {self.times}"))
            print(self._line(number, time.monotonic() - began), flush=True)
            self._write()
            if not self.clean:
                return False
        return True

    async def _episode(self, episode: Episode) -> None:
        outcome = await play(self.town, episode)
        self.healed.update(outcome.healed)
        self.not_tried |= outcome.not_tried
        self.not_healed += [f"{fault}: {what}" for fault, what in outcome.not_healed.items()]

    @property
    def clean(self) -> bool:
        judged = all(verdict.clean for verdict in self.verdicts)
        return judged and not self.town.traffic.stuck and not self.not_healed

    def _line(self, number: int, seconds: float) -> str:
        broken = len(self.town.traffic.stuck) + len(self.not_healed)
        broken += sum(len(found) for v in self.verdicts[-1:] for found in v.violations.values())
        return (
            f"{number}/{self.times} ({seconds:.0f} s): {self.healed.total()} 次故障 / faults, "
            f"{len(self.town.traffic.finished)} 件办结 / stories ended, "
            f"{broken} 处违背 / violations"
        )

    def _write(self) -> None:
        """The report so far: a run that is broken off has told what it did."""
        report = {
            "faults": dict(self.healed),
            "not_tried": self.not_tried,
            "stories": len(self.town.traffic.finished),
            "stuck": self.town.traffic.stuck,
            "not_healed": self.not_healed,
            "offer_p99_s": {
                "before poison": p99(self.town.calm_waits),
                "beside poison": p99(self.town.poisoned_waits),
                "n": [len(self.town.calm_waits), len(self.town.poisoned_waits)],
            },
            "checker": self.verdicts[-1].as_json() if self.verdicts else None,
        }
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(json.dumps(report, ensure_ascii=False, indent=2, default=str) + "\n")


async def broken_again_and_again(times: int, episodes: Mapping[str, Episode], brokers: int) -> bool:
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with fault_town(monkeypatch, brokers=brokers) as town:
            playing = asyncio.create_task(town.traffic.run())
            await town.traffic.progress(STORIES_BETWEEN)
            campaign = Campaign(town, times, episodes)
            clean = await campaign.run()
            town.traffic.end()
            await playing
            _tell(campaign)
            return clean and campaign.clean


def _tell(campaign: Campaign) -> None:
    town = campaign.town
    for name, count in campaign.healed.items():
        print(f"{count:4}  {name}")
    for name, why in campaign.not_tried.items():
        print(f"   -  {name}: {why}")
    for what, waits in (("before", town.calm_waits), ("beside", town.poisoned_waits)):
        print(f"offer p99 {what} poison: {p99(waits)} s (n={len(waits)})")
    print(*campaign.not_healed, *town.traffic.stuck, *campaign.verdicts[-1:], f"→ {OUT}", sep="\n")


def p99(waits: Sequence[float]) -> float | None:
    """The nearest-rank percentile, in seconds; None of nothing."""
    return round(sorted(waits)[ceil(len(waits) * 0.99) - 1], 3) if waits else None


def main() -> int:
    """Exit code 0 when nothing was violated."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help="how often each fault is tried")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1, help="nodes of Kafka")
    parser.add_argument("--only", nargs="*", choices={*EPISODES, *OF_A_CLUSTER}, default=())
    given = parser.parse_args()
    every = EPISODES if given.brokers == 1 else OF_A_CLUSTER
    chosen = {name: episode for name, episode in every.items() if name in (given.only or every)}
    print(f"seed {given.seed}")
    random.seed(given.seed)
    return 0 if asyncio.run(broken_again_and_again(given.times, chosen, given.brokers)) else 1


if __name__ == "__main__":
    sys.exit(main())
