"""One run: a plan played in a world of its own, brought to rest, and judged."""

import asyncio
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from exchange.chassis.workshop import EXCHANGE
from tests.checker.check import check
from tests.checker.codec import line, plain
from tests.checker.history import Entry, Observation
from tests.checker.reading import observe_memory
from tests.checker.verdict import Verdict
from tests.simulation import scenery
from tests.simulation.loop import NothingLeft, SimulatedLoop, TooManySteps
from tests.simulation.plan import SERVICES, Plan, plan_of
from tests.simulation.push import Network
from tests.simulation.town import Town
from tests.simulation.world import NoRest, World

PLAYS_S = 4.0
"""Virtual seconds of trouble at most, before the world is left to come to rest."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a run left. `wrong` says in a line what was wrong, "" where nothing was; `kind` is the
    first word of it: a property of the checker, or how the run itself failed."""

    plan: Plan
    history: tuple[Entry, ...]
    observation: Observation | None
    verdict: Verdict | None
    wrong: str
    kind: str
    struck: Mapping[str, int]

    @property
    def digest(self) -> str:
        """Of all that happened and all that was left: the same for the same seed, everywhere."""
        lines = [line(entry) for entry in self.history]
        left = json.dumps(plain(self.observation)) if self.observation else ""
        return hashlib.sha256("\n".join([*lines, left]).encode()).hexdigest()


def planned(seed: int) -> Plan:
    return plan_of(seed, scenery.PLACES, tuple(scenery.AGENCIES))


def run(plan: Plan) -> Told:
    """Play the plan from beginning to end; nothing outside this call is touched."""
    loop = SimulatedLoop(Random(f"{plan.seed}/order"))
    loop.set_exception_handler(_unheard)
    logging.disable(logging.CRITICAL)
    played = _Played(plan)
    try:
        loop.run_until_complete(played.play())
    except (NothingLeft, TooManySteps, NoRest) as error:
        played.fail(type(error).__name__, str(error))
    finally:
        loop.run_until_complete(played.end())
        loop.close()
        logging.disable(logging.NOTSET)
    return played.told()


def _unheard(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """What a killed process leaves undone says nothing; a crash is kept where it happens."""


class _Played:
    """The world of one plan, while it is played."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.wrong, self.kind = plan, "", ""
        self.world: World | None = None
        self.verdict: Verdict | None = None
        self.observation: Observation | None = None

    async def play(self) -> None:
        """Raises NoRest."""
        self.world = world = World(self.plan)
        town, loop = Town(world), asyncio.get_running_loop()
        world.client = Network(town.agencies, self.plan.seed, lambda: world.over)
        for name in SERVICES:
            world.start(name)
        town.begin()
        for twin in self.plan.twins:
            loop.create_task(world.twin(twin))
        for again in self.plan.again:
            loop.create_task(world.again(again))
        await world.play(PLAYS_S)
        await world.rest()
        self.observation = observe_memory(world.log, world.databases, scenery.key_of(EXCHANGE))
        self.verdict = check(world.history, self.observation, scenario=f"seed {self.plan.seed}")
        if crash := _crashed(town, world):
            self.fail("crash", crash)
        elif not self.verdict.clean:
            self.fail(self.verdict.broken[0], str(self.verdict))

    def fail(self, kind: str, wrong: str) -> None:
        self.kind, self.wrong = kind, f"{kind}: {wrong}"

    async def end(self) -> None:
        """Every process is killed, and every task ends."""
        if self.world is not None:
            self.world.end()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        left = [t for t in loop.made if not t.done() and t is not asyncio.current_task()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    def told(self) -> Told:
        history = tuple(self.world.history) if self.world else ()
        troubles = self.world.troubles.values() if self.world else ()
        struck = sum((trouble.struck for trouble in troubles), Counter[str]())
        return Told(
            self.plan, history, self.observation, self.verdict, self.wrong, self.kind, struck
        )


def _crashed(town: Town, world: World) -> str:
    for name, error in world.crashes:
        return f"{name} crashed: {_first(error)!r}"
    for task in town.tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            return f"an agency failed: {error!r}"
    return ""


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
