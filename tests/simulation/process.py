"""One process of one service on the memory world: it works, takes requests, freezes, dies."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from exchange.chassis.answers import Answers
from exchange.chassis.commands import Commands
from exchange.chassis.process import Parts, work
from exchange.chassis.readiness import Readiness
from tests.simulation.killing import Killed, owning
from tests.simulation.trouble import Trouble

T = TypeVar("T")

CALL_TIMEOUT_S = 5.0
"""After which a caller no longer waits; what it asked for may still happen."""


RESTARTED_AFTER_S = 1.0


class NoAnswer(Exception):
    """The process died, or did not answer in time."""


@dataclass(eq=False, slots=True)
class Process:
    """`name` is its own, `crashed` what ended it that was no fault of ours."""

    service: str
    name: str
    trouble: Trouble
    on_killed: Any
    dead: bool = False
    stopped: bool = False
    crashed: BaseException | None = None
    tasks: dict["asyncio.Task[Any]", None] = field(default_factory=dict)
    parts: Parts = field(init=False)
    _working: "asyncio.Task[None] | None" = None
    _draining: asyncio.Event = field(default_factory=asyncio.Event)
    _thawed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._thawed.set()

    async def hook(self, point: str) -> None:
        """Every await point of its store and broker goes through here."""
        if self.dead:
            raise Killed
        fault = self.trouble.at(point)
        if fault is None:
            if self.trouble.yields():
                await asyncio.sleep(0)
        elif fault.kind == "kill":
            self.kill(again_in_s=fault.for_s)
        elif fault.kind == "freeze":
            self.freeze(fault.for_s)
        else:
            await self.trouble.strike(fault, point)
        while not self._thawed.is_set():
            await self._thawed.wait()
        if self.dead:
            raise Killed

    # Its life

    def start(self) -> None:
        self._working = self.spawn(self._work())

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        with owning(self.tasks):
            return asyncio.get_running_loop().create_task(work)

    async def _work(self) -> None:
        """Until it is told to stop; what ends it otherwise is a defect, and is kept."""
        try:
            await work(self.parts, Readiness(self.parts.store), self._draining)
        except Exception as error:  # noqa: BLE001 kept for the verdict: no fault explains it
            self.crashed = error
            self.kill(again_in_s=RESTARTED_AFTER_S)

    def kill(self, *, again_in_s: float | None) -> None:
        """As kill -9: no task of it runs on. `again_in_s` is when a supervisor starts another."""
        if self.dead:
            return
        self.dead = True
        self._thawed.set()
        for task in self.tasks:
            task.cancel()
        self.on_killed(self, again_in_s)

    def freeze(self, for_s: float) -> None:
        """As SIGSTOP, and SIGCONT later: it halts at the next point that any task of it reaches."""
        self._thawed.clear()
        asyncio.get_running_loop().call_later(for_s, self._thawed.set)

    def thaw(self) -> None:
        self._thawed.set()

    async def stop(self) -> None:
        """As SIGTERM."""
        self.stopped = True
        self._draining.set()
        if self._working is not None:
            await asyncio.wait([self._working])
        self.kill(again_in_s=None)

    @property
    def serves(self) -> bool:
        return not self.dead and not self.stopped

    # Its door

    async def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """The answer of `work`, done in this process. Raises NoAnswer, and what it raises."""
        if self.dead:
            work.close()
            raise NoAnswer(self.name)
        task = self.spawn(work)
        await asyncio.wait([task], timeout=CALL_TIMEOUT_S)
        if not task.done() or task.cancelled():
            raise NoAnswer(self.name)
        error = task.exception()
        if isinstance(error, Killed):
            raise NoAnswer(self.name)
        if error is not None:
            raise error
        return task.result()

    @property
    def commands(self) -> Commands:
        parts = self.parts
        return Commands(parts.service, parts.store, parts.workshop, parts.trace, parts.wake)

    @property
    def answers(self) -> Answers:
        return Answers(self.parts.service, self.parts.store, self.parts.trace)
