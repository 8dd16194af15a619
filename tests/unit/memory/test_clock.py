"""Time in the memory world: it moves when a test or a loop says so, and legal time only forward."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from exchange.memory.clock import LoopClock, ManualClock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


class TestLegalTime:
    def test_it_cannot_go_back(self) -> None:
        clock = ManualClock(now=START)
        clock.advance_legal(timedelta(days=7))
        with pytest.raises(ValueError, match="cannot go back"):
            clock.advance_legal(-seconds(1))
        assert clock.legal_shift == timedelta(days=7)

    def test_moving_it_leaves_machine_time_alone(self) -> None:
        clock = ManualClock(now=START)
        clock.advance_legal(timedelta(days=7))
        assert clock.machine() == START


class TestManualClock:
    def test_timers_fire_in_the_order_in_which_they_come_due(self) -> None:
        clock, fired = ManualClock(now=START), list[tuple[str, datetime]]()

        def fire(name: str) -> None:
            fired.append((name, clock.machine()))

        for name, delay_s in (("late", 3.0), ("early", 1.0), ("right after", 1.0)):
            clock.later(delay_s, partial(fire, name))

        clock.advance(seconds(2))

        assert fired == [("early", START + seconds(1)), ("right after", START + seconds(1))]
        assert clock.machine() == START + seconds(2)

    def test_a_cancelled_timer_never_fires(self) -> None:
        clock, fired = ManualClock(now=START), list[str]()
        clock.later(1, lambda: fired.append("cancelled")).cancel()
        clock.advance(seconds(2))
        assert fired == []

    def test_a_timer_may_set_another(self) -> None:
        clock, fired = ManualClock(now=START), list[datetime]()

        def again() -> None:
            clock.later(1, lambda: fired.append(clock.machine()))

        clock.later(1, again)
        clock.advance(seconds(5))
        assert fired == [START + seconds(2)]


class TestLoopClock:
    async def test_it_starts_where_it_is_told_and_runs_with_the_loop(self) -> None:
        clock, loop = LoopClock(start=START), asyncio.get_running_loop()
        began_s = loop.time()
        machine = clock.machine()
        assert START <= machine <= START + seconds(loop.time() - began_s + 1)

    async def test_its_timers_are_the_loops(self) -> None:
        fired = asyncio.Event()
        LoopClock(start=START).later(0, fired.set)
        await asyncio.wait_for(fired.wait(), 1)
