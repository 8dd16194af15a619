"""Row locks: nobody shares what is exclusive, and everybody gets through or is told why not."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.chassis.failures import Transient
from exchange.memory.clock import ManualClock
from exchange.memory.locks import Locks, Mode, Owner, Row

HANGS_AFTER_S = 10
A: Row = ("disputes", "a")
B: Row = ("disputes", "b")


def new_locks() -> tuple[Locks, ManualClock]:
    clock = ManualClock(now=datetime(2026, 3, 2, tzinfo=UTC))
    return Locks(clock), clock


async def waiting(
    locks: Locks,
    owner: Owner,
    row: Row,
    mode: Mode = Mode.EXCLUSIVE,
    timeout_s: float | None = None,
) -> "asyncio.Task[None]":
    """`take`, started, and known to wait."""
    before = locks.waiting
    task = asyncio.create_task(locks.take(owner, row, mode, timeout_s=timeout_s))
    await asyncio.sleep(0)
    assert locks.waiting == before + 1
    return task


class TestDeadlock:
    async def test_who_closes_the_circle_is_told(self) -> None:
        locks, _ = new_locks()
        await locks.take("first", A, Mode.EXCLUSIVE)
        await locks.take("second", B, Mode.EXCLUSIVE)
        first = await waiting(locks, "first", B)

        with pytest.raises(Transient, match="40P01"):
            await locks.take("second", A, Mode.EXCLUSIVE)
        locks.release("second")
        await first

    async def test_a_circle_of_three_is_seen(self) -> None:
        locks, _ = new_locks()
        rows: list[Row] = [("t", n) for n in range(3)]
        for n, row in enumerate(rows):
            await locks.take(n, row, Mode.EXCLUSIVE)
        tasks = [await waiting(locks, n, rows[n + 1]) for n in (0, 1)]

        with pytest.raises(Transient, match="40P01"):
            await locks.take(2, rows[0], Mode.EXCLUSIVE)
        for n in (2, 1, 0):
            locks.release(n)
        await asyncio.gather(*tasks)

    async def test_two_sharers_who_both_want_to_write_are_a_circle(self) -> None:
        locks, _ = new_locks()
        await locks.take("first", A, Mode.SHARE)
        await locks.take("second", A, Mode.SHARE)
        first = await waiting(locks, "first", A)

        with pytest.raises(Transient, match="40P01"):
            await locks.take("second", A, Mode.EXCLUSIVE)
        locks.release("second")
        await first


class TestWaiting:
    async def test_it_ends_with_the_timeout(self) -> None:
        locks, clock = new_locks()
        await locks.take("first", A, Mode.EXCLUSIVE)
        second = await waiting(locks, "second", A, timeout_s=0.5)
        clock.advance(timedelta(seconds=0.5))

        with pytest.raises(Transient, match="55P03"):
            await second
        assert locks.waiting == 0

    async def test_who_gave_up_is_not_served(self) -> None:
        locks, clock = new_locks()
        await locks.take("first", A, Mode.EXCLUSIVE)
        second = await waiting(locks, "second", A, timeout_s=0.5)
        third = await waiting(locks, "third", A)
        clock.advance(timedelta(seconds=0.5))
        locks.release("first")

        await third
        with pytest.raises(Transient):
            await second

    async def test_writers_are_served_in_the_order_in_which_they_came(self) -> None:
        locks, _ = new_locks()
        await locks.take("first", A, Mode.EXCLUSIVE)
        second, third = await waiting(locks, "second", A), await waiting(locks, "third", A)
        locks.release("first")
        await second
        assert not third.done()
        locks.release("second")
        await third

    async def test_sharers_go_together_and_pass_a_waiting_writer(self) -> None:
        locks, _ = new_locks()
        await locks.take("first", A, Mode.SHARE)
        writer = await waiting(locks, "writer", A)
        await locks.take("second", A, Mode.SHARE)
        locks.release("first")
        assert not writer.done()
        locks.release("second")
        await writer

    async def test_a_sharer_who_will_write_goes_before_a_writer_who_waits_for_it(self) -> None:
        locks, _ = new_locks()
        await locks.take("first", A, Mode.SHARE)
        await locks.take("second", A, Mode.SHARE)
        writer, raising = await waiting(locks, "writer", A), await waiting(locks, "first", A)
        locks.release("second")
        await raising
        locks.release("first")
        await writer

    async def test_taking_again_what_is_held_does_not_wait(self) -> None:
        locks, _ = new_locks()
        for mode in (Mode.SHARE, Mode.EXCLUSIVE, Mode.SHARE):
            await locks.take("first", A, mode)

        second = await waiting(locks, "second", A, Mode.SHARE)  # it is still exclusive
        locks.release("first")
        await second


class Seen:
    """Who holds what, as its holders see it."""

    def __init__(self) -> None:
        self.holders: dict[Row, dict[int, Mode]] = {}

    def took(self, owner: int, row: Row, mode: Mode) -> None:
        held = self.holders.setdefault(row, {})
        held[owner] = max(mode, held.get(owner, mode), key=lambda m: m is Mode.EXCLUSIVE)
        assert len(held) == 1 or set(held.values()) == {Mode.SHARE}

    def gave_up(self, owner: int) -> None:
        for held in self.holders.values():
            held.pop(owner, None)


@given(
    plans=st.lists(
        st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Mode)), max_size=4), max_size=6
    ),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_whatever_transactions_ask_all_end_and_no_two_write_at_once(
    plans: list[list[tuple[int, Mode]]], chance: random.Random
) -> None:
    locks, _ = new_locks()
    seen = Seen()

    async def transaction(owner: int, plan: list[tuple[int, Mode]]) -> str:
        try:
            for number, mode in plan:
                row: Row = ("t", number)
                await locks.take(owner, row, mode)
                seen.took(owner, row, mode)
                for _ in range(chance.randrange(3)):
                    await asyncio.sleep(0)
        except Transient as error:
            return str(error)[:5]
        finally:
            seen.gave_up(owner)
            locks.release(owner)
        return "went through"

    async def run() -> list[str]:
        return await asyncio.gather(*(transaction(n, plan) for n, plan in enumerate(plans)))

    ends = asyncio.run(asyncio.wait_for(run(), HANGS_AFTER_S))
    assert set(ends) <= {"went through", "40P01"}
    assert not plans or "went through" in ends
    assert locks.waiting == 0
