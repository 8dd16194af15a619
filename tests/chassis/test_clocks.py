"""Clocks: never early, once in effect, and a timely act is never expired by our own backlog."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg

from exchange.chassis.clocks import FIRED_AT_ONCE_MAX, ClockWorker
from exchange.chassis.ports import Store
from exchange.chassis.process import Parts
from exchange.chassis.rows import ClockRow
from exchange.local.stack import LocalStack
from tests.support.running import Member, code_in, eventually, new_code
from tests.support.watching import (
    as_owner,
    due_of,
    journal_becomes,
    journal_of,
    queue_grows_to,
    row_lock_on,
    told,
)

LIMIT = "clock:toy.limit:1"
FAR = "clock:toy.limit:3600"


async def legal_time_reaches_due(store: Store, code: str, rule: str = "toy.limit") -> None:
    """Wait until the clock is due, or fired already."""

    async def is_due() -> bool:
        due_at = await due_of(store, code, rule)
        return due_at is None or (await store.times()).legal > due_at

    await eventually(is_due, f"{rule} is due")


@asynccontextmanager
async def legal_time_moved(engines: LocalStack, minutes: int) -> AsyncIterator[None]:
    """As `fengqiao clock advance` does, and back at the end."""
    shift = timedelta(minutes=minutes)
    await as_owner(engines, "routing", "INSERT INTO legal_offset (shift) VALUES ($1)", shift)
    try:
        yield
    finally:
        await as_owner(engines, "routing", "DELETE FROM legal_offset")


async def reader_waits_for_a_lock(engines: LocalStack) -> None:
    connection = await asyncpg.connect(engines.postgres_admin_dsn)

    async def waits() -> bool:
        return bool(
            await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE usename = 'routing' AND wait_event_type = 'Lock'"
            )
        )

    try:
        await eventually(waits, "the reader waits for a lock")
    finally:
        await connection.close()


async def test_a_stopped_clock_does_not_fire_and_a_moved_one_not_at_its_old_instant(
    engines: LocalStack, parts: Parts
) -> None:
    stopped, moved, marker = code_in(0), code_in(0), code_in(0)

    await told(engines, stopped, LIMIT, "stop:toy.limit")
    await told(engines, moved, LIMIT, FAR)
    await told(engines, marker, "clock:toy.limit:1.5")

    await journal_becomes(parts.store, marker, "clock:toy.limit:1.5", "clock:toy.limit:0")
    assert await journal_of(parts.store, stopped) == (LIMIT, "stop:toy.limit")
    assert await journal_of(parts.store, moved) == (LIMIT, FAR)


async def test_a_clock_that_another_stops_at_the_same_moment_does_not_fire(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    orders = ("clock:stops-toy.second:3600", "clock:toy.second:3601", "clock:toy.third:3602")
    await told(engines, code, *orders)
    await journal_becomes(parts.store, code, *orders)

    async with legal_time_moved(engines, 120):
        await journal_becomes(
            parts.store, code, *orders, "clock:stops-toy.second:0", "clock:toy.third:0"
        )


async def test_a_timely_act_that_waits_on_the_topic_is_applied_before_the_clock(
    engines: LocalStack, parts: Parts
) -> None:
    timely, blocker = code_in(3), code_in(3)
    await told(engines, timely, LIMIT)
    await told(engines, blocker, "first")
    await journal_becomes(parts.store, timely, LIMIT)
    await journal_becomes(parts.store, blocker, "first")

    async with row_lock_on(engines, blocker):
        await told(engines, blocker, "second")
        await reader_waits_for_a_lock(engines)
        await told(engines, timely, "stop:toy.limit")
        await legal_time_reaches_due(parts.store, timely)
        await asyncio.sleep(0.5)  # two polls of the clock worker
        assert await journal_of(parts.store, timely) == (LIMIT,)

    await journal_becomes(parts.store, timely, LIMIT, "stop:toy.limit")
    await journal_becomes(parts.store, blocker, "first", "second")
    assert await due_of(parts.store, timely) is None


async def test_warnings_come_before_the_end_and_each_once(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()

    await told(engines, code, "warned:toy.limit:2")

    await journal_becomes(
        parts.store, code,
        "warned:toy.limit:2", "clock:toy.limit:1", "clock:toy.limit:2", "clock:toy.limit:0",
    )  # fmt: skip


async def test_workers_that_race_for_a_clock_fire_it_once(
    engines: LocalStack, parts: Parts, member: Member
) -> None:
    code = code_in(2)
    await told(engines, code, LIMIT)
    await journal_becomes(parts.store, code, LIMIT)
    due_at = await due_of(parts.store, code)
    assert due_at is not None
    picked = [ClockRow(code, 2, "toy.limit", "1", 0, due_at)]
    workers = [ClockWorker(member.reader(2)) for _ in range(5)]
    await legal_time_reaches_due(parts.store, code)

    await asyncio.gather(*(worker._fire(picked, None) for worker in workers))

    assert await journal_of(parts.store, code) == (LIMIT, "clock:toy.limit:0")


async def test_moving_legal_time_makes_a_clock_due(engines: LocalStack, parts: Parts) -> None:
    code = new_code()
    await told(engines, code, FAR)
    await journal_becomes(parts.store, code, FAR)

    async with legal_time_moved(engines, 59):
        await asyncio.sleep(0.5)  # two polls of the clock worker
        assert await journal_of(parts.store, code) == (FAR,)
    async with legal_time_moved(engines, 61):
        await journal_becomes(parts.store, code, FAR, "clock:toy.limit:0")


async def test_many_overdue_clocks_fire_in_order_of_due(engines: LocalStack, parts: Parts) -> None:
    codes = [code_in(1) for _ in range(3)]
    seconds = [3_000 + (7 * n) % 101 for n in range(FIRED_AT_ONCE_MAX // 2)]
    orders = [f"clock:toy.r{s}:{s}" for s in seconds]
    for code in codes:
        await told(engines, code, *orders)
        await journal_becomes(parts.store, code, *orders)

    async with legal_time_moved(engines, 120):
        for code in codes:
            fired = [f"clock:toy.r{s}:0" for s in sorted(seconds)]
            await journal_becomes(parts.store, code, *orders, *fired)


async def test_a_clock_whose_decision_cannot_be_written_parks_its_dispute_alone(
    engines: LocalStack, parts: Parts
) -> None:
    ill, well = code_in(4), code_in(4)
    await told(engines, ill, "clock:nul:3600")
    await told(engines, well, FAR)
    await journal_becomes(parts.store, well, FAR)

    async with legal_time_moved(engines, 120):
        await journal_becomes(parts.store, well, FAR, "clock:toy.limit:0")
        (row,) = await queue_grows_to(parts.store, ill, 1)
    assert (row.kind, row.cause) == ("clock", "bad_data")
