"""One run: a plan played in a world of its own, brought to rest, and judged."""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from random import Random
from typing import Any

from exchange.chassis.workshop import EXCHANGE
from tests.checker.check import check
from tests.checker.codec import line
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
"""Virtual seconds of trouble, before the world is left to come to rest."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a run left. `wrong` says in a line what was wrong, "" where nothing was."""

    plan: Plan
    history: tuple[Entry, ...]
    observation: Observation | None
    verdict: Verdict | None
    wrong: str

    @property
    def digest(self) -> str:
        lines = "\n".join(line(entry) for entry in self.history)
        return hashlib.sha256(lines.encode()).hexdigest()


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
        played.wrong = f"{type(error).__name__}: {error}"
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
        self.plan, self.wrong = plan, ""
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
        await asyncio.sleep(PLAYS_S)
        await world.rest()
        self.observation = observe_memory(world.log, world.databases, scenery.key_of(EXCHANGE))
        self.verdict = check(world.history, self.observation, scenario=f"seed {self.plan.seed}")
        self.wrong = _crashed(town, world) or ("" if self.verdict.clean else str(self.verdict))

    async def end(self) -> None:
        """Every process is killed, and every task ends."""
        if self.world is not None:
            self.world.end()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in sorted(left, key=hash):
            task.cancel()
        if left:
            await asyncio.wait(left)

    def told(self) -> Told:
        history = tuple(self.world.history) if self.world else ()
        return Told(self.plan, history, self.observation, self.verdict, self.wrong)


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
