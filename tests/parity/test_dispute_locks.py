"""Every writer takes disputes in code order, so that writers wait for each other and go on."""

import asyncio

import pytest

from exchange.chassis.failures import Transient
from exchange.chassis.partitioning import partition_of
from exchange.chassis.ports import Store
from exchange.chassis.rows import DisputeRow, Writes
from tests.parity.rows import code_in, codes_in, written
from tests.parity.together import Begun, blocked
from tests.parity.worlds import PARTITIONS, World


async def count_up(store: Store, *codes: str) -> None:
    """Read these disputes under their locks and write them one further."""
    async with store.transaction() as tx:
        rows = await tx.lock(codes)
        for row in rows.values():
            row.sequence_in += 1
        await tx.write(Writes(rows=list(rows.values())))


class TestLocking:
    async def test_a_missing_dispute_is_made_in_its_partition(self, world: World) -> None:
        code = code_in(1)
        async with world.store.transaction() as tx:
            rows = await tx.lock([code])
        assert rows == {code: DisputeRow(code, partition_of(code, PARTITIONS))}
        assert await world.store.row(code) == rows[code]

    async def test_without_create_a_missing_dispute_stays_missing(self, world: World) -> None:
        known, unknown = codes_in(0, 2)
        await written(world.store, [known])
        async with world.store.transaction() as tx:
            rows = await tx.lock([unknown, known], create=False)
        assert list(rows) == [known]
        assert await world.store.row(unknown) is None

    async def test_rows_come_in_code_order_whatever_was_asked(self, world: World) -> None:
        codes = codes_in(0, 4)
        async with world.store.transaction() as tx:
            rows = await tx.lock(list(reversed(codes)))
        assert list(rows) == codes

    async def test_a_row_is_kept_as_it_was_written(self, world: World) -> None:
        code = code_in(0)
        full = DisputeRow(code, 0, b'{"n":1}', 3, 4, b"\0\1", 2, "00-" + "a" * 32)
        async with world.store.transaction() as tx:
            await tx.lock([code])
            await tx.write(Writes(rows=[full]))
        assert await world.store.row(code) == full

    async def test_what_was_read_changes_nothing_until_it_is_written(self, world: World) -> None:
        code = code_in(0)
        async with world.store.transaction() as tx:
            rows = await tx.lock([code])
            rows[code].sequence_in = 7
        stored = await world.store.row(code)
        assert stored is not None
        assert stored.sequence_in == 0


class TestWaiting:
    async def test_the_second_sees_what_the_first_wrote(self, world: World) -> None:
        code = code_in(0)
        async with Begun(world.store) as first:
            rows = await first.tx.lock([code])
            rows[code].sequence_in = 10
            await first.tx.write(Writes(rows=[rows[code]]))
            async with blocked(world, count_up(world.store, code)) as second:
                await first.commit()
                await second
        stored = await world.store.row(code)
        assert stored is not None
        assert stored.sequence_in == 11

    async def test_the_second_makes_a_dispute_whose_maker_was_rolled_back(
        self, world: World
    ) -> None:
        code = code_in(0)
        async with Begun(world.store) as first:
            await first.tx.lock([code])
            async with blocked(world, count_up(world.store, code)) as second:
                await first.roll_back()
                await second
        stored = await world.store.row(code)
        assert stored is not None
        assert stored.sequence_in == 1

    async def test_no_update_of_many_is_lost(self, world: World) -> None:
        code = code_in(0)
        await asyncio.gather(*(count_up(world.store, code) for _ in range(10)))
        stored = await world.store.row(code)
        assert stored is not None
        assert stored.sequence_in == 10

    async def test_batches_over_the_same_disputes_in_any_order_all_go_through(
        self, world: World
    ) -> None:
        codes = codes_in(0, 3)
        orders = [codes, codes[::-1], codes[1:] + codes[:1], codes[2:] + codes[:2]]
        await asyncio.gather(*(count_up(world.store, *order) for order in orders))
        counted = [await world.store.row(code) for code in codes]
        assert [row.sequence_in for row in counted if row] == [4, 4, 4]

    async def test_another_dispute_does_not_wait(self, world: World) -> None:
        held, free = codes_in(0, 2)
        async with Begun(world.store) as first:
            await first.tx.lock([held])
            await count_up(world.store, free)

    async def test_reading_does_not_wait(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code])
        async with Begun(world.store) as first:
            await first.tx.lock([code])
            assert await world.store.row(code) is not None


class TestGivingUp:
    async def test_a_command_gives_up_after_its_lock_timeout(self, world: World) -> None:
        code = code_in(0)
        async with Begun(world.store) as first:
            await first.tx.lock([code])
            with pytest.raises(Transient, match="55P03"):
                async with world.store.transaction(lock_timeout_ms=20) as tx:
                    await tx.lock([code])
            await first.commit()

    async def test_and_what_it_did_before_is_undone(self, world: World) -> None:
        mine, theirs = codes_in(0, 2)
        async with Begun(world.store) as first:
            await first.tx.lock([theirs])
            with pytest.raises(Transient):
                async with world.store.transaction(lock_timeout_ms=20) as tx:
                    await tx.lock([mine, theirs])
            await first.commit()
        assert await world.store.row(mine) is None

    async def test_of_two_that_wait_for_each_other_one_is_told_to_try_again(
        self, world: World
    ) -> None:
        """Only who breaks the order (two calls of `lock`) can come here."""
        low, high = codes_in(0, 2)

        async def both(store: Store, one: str, meet: asyncio.Barrier, other: str) -> str:
            try:
                async with store.transaction() as tx:
                    await tx.lock([one])
                    await meet.wait()
                    await tx.lock([other])
            except Transient as error:
                return str(error)[:5]
            return "went through"

        meet = asyncio.Barrier(2)
        ends = await asyncio.gather(
            both(world.store, low, meet, high), both(world.store, high, meet, low)
        )
        assert sorted(ends) == ["40P01", "went through"]

    async def test_a_command_that_is_cancelled_while_it_waits_leaves_nothing(
        self, world: World
    ) -> None:
        mine, theirs = codes_in(0, 2)
        async with Begun(world.store) as first:
            await first.tx.lock([theirs])
            async with blocked(world, count_up(world.store, mine, theirs)) as second:
                second.cancel()
                await asyncio.wait([second])
            await count_up(world.store, mine)
            await first.commit()
        stored = await world.store.row(mine)
        assert stored is not None
        assert stored.sequence_in == 1
