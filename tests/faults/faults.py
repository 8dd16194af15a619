"""Every fault by its name, and the episodes in which they strike under traffic.

A fault is one function: it breaks something and returns when it is healed. Those of one wave
strike at once, each service at most once; the checker judges when an episode's waves are over.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from fengqiao.cli.declared import SERVICES
from sandbox.story.town import StoryStuck
from tests.faults import (
    on_brokers,
    on_clocks,
    on_engines,
    on_network,
    on_processes,
    on_receivers,
    on_topics,
)
from tests.faults.crash_points import POINTS
from tests.faults.fault_town import FaultTown, NotTried

STORIES_BETWEEN = 2

Waves = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`strike(town, service)` at one of the services of `at`; `strike(town)` where it is empty."""

    strike: Callable[..., Awaitable[None]]
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Episode:
    """Waves, one after the other. A campaign plays it in its first round, and `every` so many."""

    waves: Waves
    every: int = 1


DOORS = ("police_link", "mediation", "court_link")
READERS = ("intake", "routing", *DOORS)
"""The services that consume what a dispute is told, in several partitions."""

CRASHES_AT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(POINTS, SERVICES),
    "between_post_and_record": DOORS,
    "command_committed": ("intake", "directory", *DOORS),
}
"""Which services pass each crash point: routing takes no command, only doors hand over."""

FAULTS: Mapping[str, Fault] = {
    **{
        f"crash {point}": Fault(partial(on_processes.crash, point), at)
        for point, at in CRASHES_AT.items()
    },
    "kill": Fault(on_processes.kill, SERVICES),
    "terminate": Fault(on_processes.terminate, SERVICES),
    "freeze": Fault(on_processes.freeze, SERVICES),
    "rolling_deploy": Fault(on_processes.rolling_deploy, SERVICES),
    "draining_twin": Fault(on_processes.draining_twin, READERS),
    "same_name": Fault(on_processes.same_name, READERS),
    "reset_before_commit": Fault(partial(on_network.reset_at_commit, "before"), READERS),
    "reset_after_commit": Fault(partial(on_network.reset_at_commit, "after"), READERS),
    "half_open": Fault(on_network.half_open, SERVICES),
    "blackhole": Fault(on_network.blackhole, SERVICES),
    "latency": Fault(on_network.latency, SERVICES),
    "kafka_killed": Fault(on_engines.kafka_killed),
    "kafka_restarted": Fault(on_engines.kafka_restarted),
    "postgres_killed": Fault(on_engines.postgres_killed),
    "postgres_restarted": Fault(on_engines.postgres_restarted),
    "disk_full": Fault(on_engines.disk_full),
    "repeated": Fault(on_topics.repeated),
    "shuffled": Fault(on_topics.shuffled),
    "poisoned": Fault(on_topics.poisoned),
    "lethal": Fault(on_topics.lethal, READERS),
    **{f"receiver {way}": Fault(partial(on_receivers.failing, way)) for way in on_receivers.WAYS},
    "receiver double_answering": Fault(on_receivers.double_answering),
    "falls_due": Fault(on_clocks.falls_due),
    "leader_killed": Fault(on_brokers.leader_killed),
    "controller_killed": Fault(on_brokers.controller_killed),
    "two_killed": Fault(on_brokers.two_killed),
    "rolling_restart": Fault(on_brokers.rolling_restart),
}

EPISODES: Mapping[str, Episode] = {
    "processes": Episode(
        (
            tuple(f"crash {point}" for point in POINTS),
            ("kill", "terminate", "freeze", "rolling_deploy", "draining_twin", "same_name"),
        ),
    ),
    "network, topics, receivers": Episode(
        (
            (
                *("reset_before_commit", "reset_after_commit", "half_open", "blackhole", "latency"),
                *("repeated", "shuffled", "lethal"),
                *(name for name in FAULTS if name.startswith("receiver ")),
            ),
        ),
        every=3,
    ),
    "poison": Episode((("poisoned",),), every=5),
    "clocks": Episode((("falls_due",),), every=5),
    "engines": Episode(
        (
            ("kafka_killed", "postgres_killed"),
            ("kafka_restarted", "disk_full"),
            ("postgres_restarted",),
        ),
        every=5,
    ),
}

OF_A_CLUSTER: Mapping[str, Episode] = {
    "brokers": Episode(
        (("leader_killed",), ("controller_killed",), ("two_killed",), ("rolling_restart",))
    ),
    "processes": replace(EPISODES["processes"], every=3),
}
"""What is played where Kafka has three nodes."""


@dataclass(slots=True)
class Outcome:
    """What became of the faults of an episode: those that struck and healed, those that did not
    heal (with what was seen), those that cannot be tried on this machine (with why)."""

    healed: list[str] = field(default_factory=list)
    not_healed: dict[str, str] = field(default_factory=dict)
    not_tried: dict[str, str] = field(default_factory=dict)


async def play(town: FaultTown, episode: Episode) -> Outcome:
    """Strike wave by wave, and wait after each until stories have come to their end."""
    outcome = Outcome()
    for wave in episode.waves:
        began = time.monotonic()
        await asyncio.gather(*(_strike(town, name, at, outcome) for name, at in drawn(wave)))
        await town.traffic.progress(STORIES_BETWEEN)
        town.say(f"  {time.monotonic() - began:4.0f} s  {', '.join(wave)}")
    return outcome


def drawn(wave: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each fault of a wave with the service that it strikes, drawn so that none is struck twice.

    Whoever may strike the fewest draws first; a wave that does not fit its services fails here.
    """
    free = set(SERVICES)
    found: list[tuple[str, tuple[str, ...]]] = []
    for name in sorted(wave, key=lambda name: len(FAULTS[name].at)):
        at = FAULTS[name].at
        service = (random.choice(sorted(free & set(at))),) if at else ()
        free -= set(service)
        found.append((name, service))
    return found


async def _strike(town: FaultTown, name: str, at: tuple[str, ...], outcome: Outcome) -> None:
    try:
        await FAULTS[name].strike(town, *at)
    except NotTried as reason:
        outcome.not_tried[name] = str(reason)
    except (StoryStuck, TimeoutError) as error:
        outcome.not_healed[name] = f"{'/'.join(at)}: {type(error).__name__} {error}"
    else:
        outcome.healed.append(name)
