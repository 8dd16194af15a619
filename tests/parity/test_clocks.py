"""Clocks fall due by legal time; what was picked without a lock is looked at again under it."""

from datetime import timedelta

from exchange.chassis.rows import ClockRow
from tests.parity.rows import clock, code_in, codes_in, written
from tests.parity.worlds import World

RULE = "police.case"


def key(row: ClockRow) -> tuple[str, str, str, int]:
    return (row.code, row.rule, row.instance, row.rung)


async def due(world: World, partition: int, limit: int = 10) -> list[ClockRow]:
    rows, _ = await world.store.due(partition, limit=limit)
    return list(rows)


class TestDue:
    async def test_none_is_due_early(self, world: World) -> None:
        code, now = code_in(0), (await world.store.times()).legal
        await written(world.store, [code], clocks=[clock(code, RULE, now + timedelta(days=30))])
        assert await due(world, 0) == []

        await world.advance_legal(timedelta(days=29))
        assert await due(world, 0) == []
        await world.advance_legal(timedelta(days=1))
        assert len(await due(world, 0)) == 1

    async def test_the_earliest_come_first_up_to_the_limit(self, world: World) -> None:
        codes, now = codes_in(0, 3), (await world.store.times()).legal
        clocks = [clock(code, RULE, now - timedelta(minutes=n + 1)) for n, code in enumerate(codes)]
        await written(world.store, codes, clocks=clocks)
        assert [row.code for row in await due(world, 0, limit=2)] == [codes[2], codes[1]]

    async def test_a_warning_goes_before_the_end_of_the_same_instant(self, world: World) -> None:
        code, now = code_in(0), (await world.store.times()).legal
        at = now - timedelta(minutes=1)
        await written(world.store, [code], clocks=[clock(code, RULE, at, n) for n in (0, 2, 1)])
        assert [row.rung for row in await due(world, 0)] == [2, 1, 0]

    async def test_the_times_given_are_those_of_the_look(self, world: World) -> None:
        await world.advance_legal(timedelta(days=1))
        _, times = await world.store.due(0, limit=1)
        assert times.legal > times.machine

    async def test_a_clock_of_another_partition_is_not_ours(self, world: World) -> None:
        code, now = code_in(1), (await world.store.times()).legal
        await written(world.store, [code], clocks=[clock(code, RULE, now)])
        assert await due(world, 0) == []


class TestSettingAndStopping:
    async def test_a_stopped_clock_is_gone_with_all_its_rungs(self, world: World) -> None:
        code, now = code_in(0), (await world.store.times()).legal
        rows = [clock(code, RULE, now, 0), clock(code, RULE, now, 1), clock(code, "other", now)]
        await written(world.store, [code], clocks=rows)
        await written(world.store, [code], clocks_stopped=[(code, RULE, "1")])
        assert [row.rule for row in await due(world, 0)] == ["other"]

    async def test_a_clock_set_anew_moves(self, world: World) -> None:
        code, now = code_in(0), (await world.store.times()).legal
        later = now + timedelta(days=1)
        await written(world.store, [code], clocks=[clock(code, RULE, now)])
        await written(world.store, [code], clocks=[clock(code, RULE, later)])
        assert await due(world, 0) == []

    async def test_stopped_and_set_in_one_transaction_it_is_set(self, world: World) -> None:
        code, now = code_in(0), (await world.store.times()).legal
        await written(world.store, [code], clocks=[clock(code, RULE, now, n) for n in range(3)])
        await written(
            world.store,
            [code],
            clocks_stopped=[(code, RULE, "1")],
            clocks=[clock(code, RULE, now)],
        )
        assert [row.rung for row in await due(world, 0)] == [0]

    async def test_a_rung_set_twice_in_one_transaction_stands_as_it_was_set_last(
        self, world: World
    ) -> None:
        code, now = code_in(0), (await world.store.times()).legal
        last = clock(code, RULE, now - timedelta(minutes=5))
        await written(world.store, [code], clocks=[clock(code, RULE, now), last])
        assert await due(world, 0) == [last]

    async def test_a_fired_rung_is_gone_alone(self, world: World) -> None:
        code, now = code_in(0), (await world.store.times()).legal
        rungs = [clock(code, RULE, now, n) for n in (0, 1)]
        await written(world.store, [code], clocks=rungs)
        await written(world.store, [code], clocks_fired=[key(rungs[1])])
        assert await due(world, 0) == [rungs[0]]


class TestLookAgain:
    async def test_what_was_stopped_or_moved_since_it_was_picked_is_seen(
        self, world: World
    ) -> None:
        stopped, moved, standing = codes_in(0, 3)
        now = (await world.store.times()).legal
        later = now + timedelta(days=1)
        rows = [clock(code, RULE, now) for code in (stopped, moved, standing)]
        await written(world.store, [stopped, moved, standing], clocks=rows)

        candidates = await due(world, 0)
        await written(world.store, [stopped], clocks_stopped=[(stopped, RULE, "1")])
        await written(world.store, [moved], clocks=[clock(moved, RULE, later)])

        async with world.store.transaction() as tx:
            await tx.lock([row.code for row in candidates])
            set_ = await tx.clocks([key(row) for row in candidates])
        assert set_ == {key(rows[1]): later, key(rows[2]): now}
