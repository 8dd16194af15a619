"""Time in the memory world: machine time that a loop or a test moves, and legal time above it.

One clock serves all databases of a world, so legal time is moved in all of them at once.
"""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol


class Timer(Protocol):
    """A call to come."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Machine time in microseconds, timers on it, and how far legal time is ahead of it."""

    @property
    def legal_shift(self) -> timedelta: ...

    def machine(self) -> datetime: ...

    def later(self, delay_s: float, call: Callable[[], None]) -> Timer: ...


@dataclass(slots=True)
class LegalShift:
    """How far legal time is ahead of machine time; it only grows."""

    legal_shift: timedelta = timedelta()

    def advance_legal(self, by: timedelta) -> None:
        """Move legal time on. Raises ValueError for a step back: legal time is monotonic."""
        if by < timedelta():
            raise ValueError(f"legal time cannot go back by {-by}")
        self.legal_shift += by


@dataclass(slots=True)
class LoopClock(LegalShift):
    """Follows the event loop in which it is made: real, or virtual under a simulator. `start` is
    when that is."""

    start: datetime = field(kw_only=True)
    _loop: asyncio.AbstractEventLoop = field(
        init=False, repr=False, default_factory=asyncio.get_running_loop
    )
    _origin_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._origin_s = self._loop.time()

    def machine(self) -> datetime:
        return self.start + timedelta(seconds=self._loop.time() - self._origin_s)

    def later(self, delay_s: float, call: Callable[[], None]) -> Timer:
        return self._loop.call_later(delay_s, call)


@dataclass(slots=True)
class ManualClock(LegalShift):
    """Stands still until it is advanced; timers that come due on the way fire in order."""

    now: datetime = field(kw_only=True)
    _timers: list[tuple[datetime, int, "_ManualTimer"]] = field(init=False, default_factory=list)
    _made: "count[int]" = field(init=False, default_factory=count)

    def machine(self) -> datetime:
        return self.now

    def later(self, delay_s: float, call: Callable[[], None]) -> Timer:
        timer = _ManualTimer(call)
        due = self.now + timedelta(seconds=delay_s)
        heapq.heappush(self._timers, (due, next(self._made), timer))
        return timer

    def advance(self, by: timedelta) -> None:
        """Move machine time on, and legal time with it."""
        until = self.now + by
        while self._timers and self._timers[0][0] <= until:
            self.now, _, timer = heapq.heappop(self._timers)
            timer.fire()
        self.now = until


@dataclass(slots=True)
class _ManualTimer:
    call: Callable[[], None] | None

    def cancel(self) -> None:
        self.call = None

    def fire(self) -> None:
        if self.call is not None:
            self.call()
