"""A mutant is hunted through the simulator's seeds until a run shows it for what it is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random

import pytest

from exchange.memory.locks import Locks, Owner
from tests.checker.check import check
from tests.checker.history import Mark
from tests.checker.verdict import Property
from tests.mutants.by_hand import Found
from tests.mutants.defects import Planting
from tests.simulation.plan import Lag, Plan
from tests.simulation.run import Told, planned, run

SEEDS_MAX = 120
NO_REST = "NoRest"
DEADLOCK = "deadlock"


def as_drawn(plan: Plan) -> Plan:
    return plan


def calm(plan: Plan) -> Plan:
    """Nothing goes wrong, and two partitions are worked on at once."""
    return replace(plan, partitions=2, faults=(), twins=(), lags=(), again=(), push=())


def backlog(plan: Plan) -> Plan:
    """What mediation proposes lies on its topic for a while before anybody is given it."""
    lags = tuple(Lag("mediation.proposal.v1", at / 10, 0.3) for at in range(1, 12, 4))
    return replace(plan, partitions=1, faults=(), twins=(), again=(), lags=lags)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`breaks` is the property that the defect must break and `says` what the violation says:
    another one would be another defect's. DEADLOCK is the simulator's own finding: transactions
    that keep to the one order of locks never wait in a circle."""

    plant: Planting
    breaks: Property | str
    says: str
    shape: Callable[[Plan], Plan] = as_drawn
    by_hand: Callable[[Random], Awaitable[Found]] | None = None

    @property
    def name(self) -> str:
        return self.plant.__name__


@dataclass(frozen=True, slots=True)
class Played:
    """One run, by its seed, and what was found in it: (property, what it says)."""

    seed: int
    found: Found

    def shows(self, mutant: Mutant) -> bool:
        return any(name == mutant.breaks and mutant.says in what for name, what in self.found)


def play(mutant: Mutant, seed: int) -> Played:
    """One run, judged as the checker and the simulator do; nothing is planted here."""
    with _deadlocks_counted() as deadlocks:
        if mutant.by_hand is not None:
            found = asyncio.run(_driven(mutant.by_hand, seed))
        else:
            found = tuple(_judged(run(mutant.shape(planned(seed)))))
    return Played(seed, (*found, *((DEADLOCK, what) for what in deadlocks)))


def hunted(mutant: Mutant) -> Played | None:
    """The first run that shows the mutant, which is planted only here; None where none does."""
    with pytest.MonkeyPatch.context() as patch:
        mutant.plant(patch)
        for seed in range(SEEDS_MAX):
            played = play(mutant, seed)
            if played.shows(mutant):
                return played
    return None


async def _driven(by_hand: Callable[[Random], Awaitable[Found]], seed: int) -> Found:
    return await by_hand(Random(seed))


def _judged(told: Told) -> Iterator[tuple[str, str]]:
    plan = told.plan
    if told.wrong.startswith(NO_REST):
        yield "not_caught_up", told.wrong
    elif told.observation is None:
        yield "crash", told.wrong
    else:
        end = told.observation
        quiet = not (plan.faults or plan.twins or plan.again)
        weather = [Mark("calm", "all", end.machine_at, end.legal_at)] if quiet else []
        verdict = check([*told.history, *weather], end)
        for name, violations in verdict.violations.items():
            yield from ((name, violation.what) for violation in violations)


@contextmanager
def _deadlocks_counted() -> Iterator[list[str]]:
    """Circles of waiting that nobody planned: what the memory world's locks find."""
    found: list[str] = []
    waits_for_itself = Locks._waits_for_itself

    def counted(self: Locks, owner: Owner) -> bool:
        circle = waits_for_itself(self, owner)
        if circle:
            found.append("a circle of waiting")
        return circle

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Locks, "_waits_for_itself", counted)
        yield found
