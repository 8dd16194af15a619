"""An event loop with a time of its own, which draws what runs next by chance.

Time stands still while anything can run and then jumps to the next timer. Of all callbacks that are
ready one is drawn: every order that asyncio allows may come. Nothing reads a real clock, a socket
or a thread, so that a seed tells one story. Tasks and futures hash by number, not by address: sets
of them (asyncio keeps some) are walked in the same order in every process.
"""

import asyncio
import heapq
from asyncio import base_events, events
from collections.abc import Callable, Coroutine
from contextvars import Context
from itertools import count
from random import Random
from typing import Any

from tests.simulation.killing import OWNED

STEPS_MAX = 3_000_000
"""Callbacks in one run: more is a world that never comes to rest."""


class TooManySteps(Exception):
    """The world runs on and on without its time moving to an end."""


class NothingLeft(Exception):
    """Everything waits for something that nobody will do."""


class NumberedFuture(asyncio.Future[Any]):
    """A future that hashes by its number in its loop."""

    def __init__(self, loop: "SimulatedLoop") -> None:
        super().__init__(loop=loop)
        self.number = next(loop.numbers)

    def __hash__(self) -> int:
        return self.number


class NumberedTask(asyncio.Task[Any]):
    """A task that hashes by its number in its loop."""

    def __init__(self, coro: Coroutine[Any, Any, Any], loop: "SimulatedLoop", **how: Any) -> None:
        self.number = next(loop.numbers)
        super().__init__(coro, loop=loop, **how)

    def __hash__(self) -> int:
        return self.number


class SimulatedLoop(base_events.BaseEventLoop):
    """See the module. `chance` draws the order; `time()` is in seconds from 0; `made` are all tasks
    that were ever started."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.numbers = count(1)
        self._draw = chance.random
        self._now_s = 0.0
        self._timers: list[tuple[float, int, events.TimerHandle]] = []
        self._steps = 0
        self.made: list[asyncio.Task[Any]] = []
        self.set_task_factory(_numbered)

    def time(self) -> float:
        return self._now_s

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> events.TimerHandle:
        timer = events.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self.numbers), timer))
        return timer

    def create_future(self) -> NumberedFuture:
        return NumberedFuture(self)

    def run_in_executor(
        self, _executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """At once and here: a thread would run in nobody's order."""
        done = self.create_future()
        done.set_result(func(*args))
        return done

    def _run_once(self) -> None:
        """One callback; time moves only where none is ready."""
        ready, timers = self._ready, self._timers
        while timers and (not ready or timers[0][0] <= self._now_s):
            when, _, timer = heapq.heappop(timers)
            if not timer._cancelled:
                self._now_s = max(self._now_s, when)
                ready.append(timer)
        if not ready:
            raise NothingLeft(f"at {self._now_s:.3f} s")
        drawn = int(self._draw() * len(ready))
        if drawn:
            ready[0], ready[drawn] = ready[drawn], ready[0]
        handle = ready.popleft()
        self._steps += 1
        if self._steps > STEPS_MAX:
            raise TooManySteps(f"at {self._now_s:.3f} s")
        if not handle._cancelled:
            handle._run()

    def _timer_handle_cancelled(self, _handle: events.TimerHandle) -> None:
        """It is passed over when its time comes."""

    def _process_events(self, _event_list: list[Any]) -> None:
        """There are none: no sockets."""

    def _write_to_self(self) -> None:
        """Nobody sleeps in a selector."""


def _numbered(
    loop: asyncio.AbstractEventLoop,
    coro: Coroutine[Any, Any, Any],
    context: Context | None = None,
) -> NumberedTask:
    assert isinstance(loop, SimulatedLoop)
    task = NumberedTask(coro, loop, context=context)
    loop.made.append(task)
    owned = OWNED.get()
    if owned is not None:
        owned[task] = None
    return task
