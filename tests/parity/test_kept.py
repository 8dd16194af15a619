"""What disputes keep beside their state: blobs, tallies, and the directory as last seen."""

import asyncio
from datetime import timedelta

from exchange.chassis.ports import Store
from exchange.chassis.rows import Ages, Writes
from tests.parity.rows import (
    COMMITTEE,
    code_in,
    codes_in,
    handoff,
    leased,
    listed,
    reply,
    written,
)
from tests.parity.together import Begun, blocked
from tests.parity.worlds import World


class TestBlobs:
    async def test_a_blob_is_replaced_whole_and_dropped(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], blobs=[(code, "dossier", b"\0first")])
        await written(world.store, [code], blobs=[(code, "dossier", b"")])
        assert await world.store.blob(code, "dossier") == b""

        await written(world.store, [code], blobs_dropped=[(code, "dossier"), (code, "none")])
        assert await world.store.blob(code, "dossier") is None

    async def test_a_blob_kept_twice_in_one_transaction_is_the_last(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], blobs=[(code, "a", b"1"), (code, "a", b"2")])
        assert await world.store.blob(code, "a") == b"2"

    async def test_another_dispute_has_its_own(self, world: World) -> None:
        one, two = codes_in(0, 2)
        await written(world.store, [one], blobs=[(one, "dossier", b"x")])
        assert await world.store.blob(two, "dossier") is None


class TestTallies:
    async def test_moves_of_many_at_once_add_up(self, world: World) -> None:
        await asyncio.gather(*(written(world.store, tallies={"b": -1, "a": 2}) for _ in range(10)))
        assert await tallies(world.store) == {"a": 20, "b": -10}

    async def test_a_tally_at_zero_is_not_there(self, world: World) -> None:
        await written(world.store, tallies={"a": 1, "b": 1})
        await written(world.store, tallies={"a": -1})
        assert await tallies(world.store) == {"b": 1}

    async def test_a_move_waits_for_a_move_and_counts_on_from_it(self, world: World) -> None:
        async with Begun(world.store) as first:
            await first.tx.write(Writes(tallies={"a": 1}))
            async with blocked(world, written(world.store, tallies={"a": 1})) as second:
                await first.commit()
                await second
        assert await tallies(world.store) == {"a": 2}


class TestDirectory:
    async def test_nothing_is_known_at_first(self, world: World) -> None:
        book = await world.store.book()
        assert (book.version, list(book)) == (0, [])

    async def test_the_version_grows_with_every_change(self, world: World) -> None:
        await written(world.store, agencies=[listed(COMMITTEE), listed("PC-330803")])
        before = await world.store.book()
        await written(world.store, agencies=[listed(COMMITTEE, concurrency=1)])
        after = await world.store.book()

        assert (before.version, after.version) == (1, 2)
        changed = after.get(COMMITTEE)
        assert changed is not None
        assert changed.delivery.concurrency == 1
        assert sorted(agency.agency for agency in after) == sorted([COMMITTEE, "PC-330803"])

    async def test_listed_twice_in_one_batch_it_is_as_it_was_listed_last(
        self, world: World
    ) -> None:
        twice = [listed(COMMITTEE, concurrency=1), listed(COMMITTEE, concurrency=2)]
        await written(world.store, agencies=twice)
        agency = (await world.store.book()).get(COMMITTEE)
        assert agency is not None
        assert agency.delivery.concurrency == 2

    async def test_a_transaction_sees_what_was_committed_before_it_asks(self, world: World) -> None:
        async with world.store.transaction() as tx:
            before = await tx.agencies()
            await written(world.store, agencies=[listed(COMMITTEE)])
            after = await tx.agencies()
        assert (before.get(COMMITTEE), after.version) == (None, 1)


class TestPruning:
    async def test_what_has_done_its_work_and_is_old_goes(self, world: World) -> None:
        done, waiting, dead = (handoff(code, "offer") for code in codes_in(0, 3))
        lease = await leased(world.store, 0)
        codes = [row.code for row in (done, waiting, dead)]
        async with world.store.transaction() as tx:
            await tx.prove(lease, {})
            await tx.unseen(["e1", "e2"])
        await written(world.store, codes, handoffs=[done, waiting, dead], reply=reply("k", "n"))
        ends = [(done.id, "delivered"), (dead.id, "dead")]
        await written(world.store, codes, handoffs_done=ends)

        gone = await world.store.prune(old_after(timedelta(0)), limit=10)

        assert gone == 4
        left = [await world.store.handoff(row.id) is not None for row in (done, waiting, dead)]
        assert left == [False, True, True]
        async with world.store.transaction() as tx:
            assert await tx.reply("PS-330803112000-01", "k", "n") is None
            assert await tx.unseen(["e1", "e2"]) == {"e1", "e2"}

    async def test_a_limited_number_at_a_time(self, world: World) -> None:
        async with world.store.transaction() as tx:
            await tx.unseen(["e1", "e2", "e3"])
        gone = [await world.store.prune(old_after(timedelta(0)), limit=2) for _ in range(3)]
        assert gone == [2, 1, 0]

    async def test_what_is_young_stays(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], reply=reply("k"))
        assert await world.store.prune(old_after(timedelta(days=1)), limit=10) == 0

    async def test_a_pruned_key_may_be_used_again(self, world: World) -> None:
        await written(world.store, reply=reply("k", "n"))
        await world.store.prune(old_after(timedelta(0)), limit=10)
        await written(world.store, reply=reply("k", "n"))


def old_after(age: timedelta) -> Ages:
    return Ages(inbox=age, replies=age, handoffs=age)


async def tallies(store: Store) -> dict[str, int]:
    async with store.transaction() as tx:
        return dict(await tx.tallies())
