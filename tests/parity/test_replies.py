"""One idempotency key of an agency, one answer: the one that was committed first."""

import pytest

from exchange.chassis.failures import ReplyStored
from exchange.chassis.ports import Store
from exchange.chassis.rows import StoredReply, Writes
from tests.parity.rows import STATION, code_in, reply, written
from tests.parity.together import Begun, blocked
from tests.parity.worlds import World


async def answer(store: Store, given: StoredReply) -> None:
    """A command without a dispute of its own: nothing but its answer."""
    async with store.transaction() as tx:
        await tx.write(Writes(reply=given))


async def stored(store: Store, key: str, nonce: str = "") -> StoredReply | None:
    async with store.transaction() as tx:
        return await tx.reply(STATION, key, nonce)


class TestReplies:
    async def test_the_second_of_two_commands_is_told_that_the_first_answered(
        self, world: World
    ) -> None:
        first = reply("key", "nonce-1", b"first")
        async with Begun(world.store) as command:
            await command.tx.write(Writes(reply=first))
            second = answer(world.store, reply("key", "nonce-2", b"second"))
            async with blocked(world, second) as waiting:
                await command.commit()
                with pytest.raises(ReplyStored):
                    await waiting

        assert await stored(world.store, "key") == first

    async def test_and_leaves_nothing_of_its_own(self, world: World) -> None:
        code = code_in(0)
        await answer(world.store, reply("key"))
        with pytest.raises(ReplyStored):
            await written(world.store, [code], reply=reply("key"))
        assert await world.store.row(code) is None

    async def test_the_second_answers_when_the_first_is_rolled_back(self, world: World) -> None:
        second = reply("key", "nonce-2", b"second")
        async with Begun(world.store) as command:
            await command.tx.write(Writes(reply=reply("key", "nonce-1", b"first")))
            async with blocked(world, answer(world.store, second)) as waiting:
                await command.roll_back()
                await waiting
        assert await stored(world.store, "key") == second

    async def test_a_nonce_serves_one_key_only(self, world: World) -> None:
        first = reply("key-1", "nonce")
        await answer(world.store, first)

        with pytest.raises(ReplyStored):
            await answer(world.store, reply("key-2", "nonce"))
        assert await stored(world.store, "key-2", "nonce") == first

    async def test_the_reply_of_the_key_goes_before_that_of_the_nonce(self, world: World) -> None:
        await answer(world.store, reply("key-1", "nonce-1"))
        await answer(world.store, reply("key-2", "nonce-2"))
        found = await stored(world.store, "key-2", "nonce-1")
        assert found == reply("key-2", "nonce-2")

    async def test_answers_without_a_nonce_do_not_collide(self, world: World) -> None:
        await answer(world.store, reply("key-1"))
        await answer(world.store, reply("key-2"))
        assert await stored(world.store, "key-3") is None

    async def test_another_agency_has_keys_of_its_own(self, world: World) -> None:
        await answer(world.store, reply("key"))
        async with world.store.transaction() as tx:
            assert await tx.reply("PC-330803", "key", "") is None
