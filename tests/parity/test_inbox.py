"""An event id takes effect once, whoever brings it and however often."""

from exchange.chassis.ports import Store
from tests.parity.together import Begun, blocked
from tests.parity.worlds import World


async def unseen(store: Store, *ids: str) -> set[str]:
    async with store.transaction() as tx:
        return await tx.unseen(ids)


class TestInbox:
    async def test_an_id_is_new_once(self, world: World) -> None:
        assert await unseen(world.store, "e1", "e2") == {"e1", "e2"}
        assert await unseen(world.store, "e2", "e3") == {"e3"}

    async def test_an_id_twice_in_one_batch_is_new_once(self, world: World) -> None:
        async with world.store.transaction() as tx:
            assert await tx.unseen(["e1", "e1"]) == {"e1"}
            assert await tx.unseen(["e1"]) == set()

    async def test_an_id_of_a_batch_that_was_rolled_back_is_new_again(self, world: World) -> None:
        async with Begun(world.store) as batch:
            await batch.tx.unseen(["e1"])
            await batch.roll_back()

        assert await unseen(world.store, "e1") == {"e1"}

    async def test_a_batch_waits_for_another_that_brings_the_same_id(self, world: World) -> None:
        async with Begun(world.store) as first:
            await first.tx.unseen(["e1"])
            async with blocked(world, unseen(world.store, "e1", "e2")) as second:
                await first.commit()
                assert await second == {"e2"}

    async def test_and_has_it_when_the_other_is_rolled_back(self, world: World) -> None:
        async with Begun(world.store) as first:
            await first.tx.unseen(["e1"])
            async with blocked(world, unseen(world.store, "e1")) as second:
                await first.roll_back()
                assert await second == {"e1"}

    async def test_ids_in_opposite_order_are_no_deadlock(self, world: World) -> None:
        async with Begun(world.store) as first:
            await first.tx.unseen(["e3", "e1"])
            async with blocked(world, unseen(world.store, "e1", "e2", "e3")) as second:
                assert await first.tx.unseen(["e2"]) == {"e2"}
                await first.commit()
                assert await second == set()
