"""A lease is the right to work on one partition number, and is gone as soon as it was taken."""

import asyncio

import pytest

from exchange.chassis.failures import Fenced, Transient
from exchange.chassis.rows import Lease, Writes
from tests.parity.rows import code_in, leased, outbox, outbox_of, written
from tests.parity.together import Begun, blocked
from tests.parity.worlds import PARTITIONS, SECOND_TOPIC, TOPIC, World


async def taken_over(world: World, lease: Lease, by: str) -> Lease:
    """Another member takes the partition from the epoch that it knows."""
    cluster = await world.store.beat(by, alive_s=60)
    taken = await world.store.take(cluster.leases[lease.partition], by)
    assert taken is not None
    return taken


async def advance(world: World, lease: Lease, topic: str, to: int) -> None:
    """A batch of nothing that moves the position."""
    async with world.store.transaction() as tx:
        await tx.prove(lease, {})
        await tx.write(Writes(positions={topic: to}))


class TestEpochFence:
    async def test_a_batch_under_a_lost_lease_is_fenced(self, world: World) -> None:
        old = await leased(world.store, 0)
        await taken_over(world, old, "second")

        with pytest.raises(Fenced):
            async with world.store.transaction() as tx:
                await tx.prove(old, {})

    async def test_a_lease_taken_again_by_the_same_member_is_another_lease(
        self, world: World
    ) -> None:
        old = await leased(world.store, 0)
        new = await taken_over(world, old, old.owner)

        assert (new.owner, new.epoch) == (old.owner, old.epoch + 1)
        with pytest.raises(Fenced):
            async with world.store.transaction() as tx:
                await tx.prove(old, {})

    async def test_a_relay_under_a_lost_lease_deletes_nothing(self, world: World) -> None:
        code = code_in(0)
        old = await leased(world.store, 0)
        await written(world.store, [code], outbox=[outbox(code, "e1")])
        await taken_over(world, old, "second")

        (row,) = await outbox_of(world.store, 0)
        with pytest.raises(Fenced):
            await world.store.relayed(old, [row.id], {TOPIC: 7})
        assert await outbox_of(world.store, 0) == [row]
        assert await world.store.relayed_to(0) == {}

    async def test_a_suspect_record_under_a_lost_lease_is_not_tried(self, world: World) -> None:
        old = await leased(world.store, 0)
        await taken_over(world, old, "second")

        with pytest.raises(Fenced):
            await world.store.trying(old, "record", "topic/0/7")


class TestPositionFence:
    async def test_a_batch_that_was_applied_already_is_fenced(self, world: World) -> None:
        lease = await leased(world.store, 0)
        await advance(world, lease, TOPIC, 8)

        with pytest.raises(Fenced):
            async with world.store.transaction() as tx:
                await tx.prove(lease, {TOPIC: 0})

    async def test_a_topic_never_read_stands_at_zero(self, world: World) -> None:
        lease = await leased(world.store, 0)
        with pytest.raises(Fenced):
            async with world.store.transaction() as tx:
                await tx.prove(lease, {TOPIC: 1})

        async with world.store.transaction() as tx:
            await tx.prove(lease, {TOPIC: 0})

    async def test_positions_are_kept_by_topic_and_partition(self, world: World) -> None:
        lease = await leased(world.store, 1)
        await advance(world, lease, TOPIC, 8)
        await advance(world, lease, SECOND_TOPIC, 3)
        await advance(world, lease, TOPIC, 9)

        assert await world.store.positions(1) == {TOPIC: 9, SECOND_TOPIC: 3}
        assert await world.store.positions(0) == {}


class TestTakeover:
    async def test_of_two_who_know_the_same_epoch_one_gets_the_lease(self, world: World) -> None:
        cluster = await world.store.beat("first", alive_s=60)
        row = cluster.leases[0]

        taken = await asyncio.gather(
            world.store.take(row, "first"), world.store.take(row, "second")
        )

        assert sorted(lease is None for lease in taken) == [False, True]

    async def test_it_waits_for_the_batch_in_hand(self, world: World) -> None:
        old = await leased(world.store, 0)
        row = (await world.store.beat("second", alive_s=60)).leases[0]
        code = code_in(0)
        async with Begun(world.store) as batch:
            await batch.tx.prove(old, {})
            async with blocked(world, world.store.take(row, "second")) as takeover:
                await batch.tx.lock([code])
                await batch.commit()
                assert await takeover is not None

        assert await world.store.row(code) is not None

    async def test_it_outlives_a_holder_frozen_in_mid_transaction(self, world: World) -> None:
        old = await leased(world.store, 0)
        row = (await world.store.beat("second", alive_s=60)).leases[0]
        code = code_in(0)
        async with Begun(world.store) as frozen:
            await frozen.tx.prove(old, {})
            await frozen.tx.lock([code])
            new = await world.store.take(row, "second")
            assert new is not None
            async with world.store.transaction() as tx:
                await tx.prove(new, {})
                await tx.lock([code])
                await tx.write(Writes(blobs=[(code, "note", b"of the second")]))

            with pytest.raises(Transient):
                await frozen.tx.write(Writes(blobs=[(code, "note", b"late")]))
        assert await world.store.blob(code, "note") == b"of the second"

    async def test_a_batch_waits_for_a_takeover_and_is_fenced(self, world: World) -> None:
        old = await leased(world.store, 0)
        row = (await world.store.beat("second", alive_s=60)).leases[0]
        async with Begun(world.store) as batch:
            await batch.tx.prove(old, {})
            async with blocked(world, world.store.take(row, "second")) as takeover:
                await batch.commit()
                await takeover
        with pytest.raises(Fenced):
            async with world.store.transaction() as tx:
                await tx.prove(old, {})

    async def test_batches_clocks_and_relay_hold_one_lease_side_by_side(self, world: World) -> None:
        lease = await leased(world.store, 0)
        async with Begun(world.store) as batch, Begun(world.store) as clocks:
            await batch.tx.prove(lease, {})
            await clocks.tx.prove(lease, {})
            await world.store.relayed(lease, [], {TOPIC: 3})
            await clocks.commit()
            await batch.commit()


class TestDeaths:
    async def test_deaths_rise_while_the_positions_stand_still(self, world: World) -> None:
        lease = await leased(world.store, 0)
        deaths = []
        for member in ("second", "third"):
            lease = await taken_over(world, lease, member)
            deaths.append(lease.deaths)
        assert deaths == [1, 2]

    async def test_progress_ends_the_count(self, world: World) -> None:
        lease = await taken_over(world, await leased(world.store, 0), "second")
        await advance(world, lease, TOPIC, 8)

        assert (await taken_over(world, lease, "third")).deaths == 0

    async def test_a_lease_given_back_is_no_death(self, world: World) -> None:
        lease = await leased(world.store, 0)
        await world.store.release(lease)

        assert (await taken_over(world, lease, "second")).deaths == 0

    async def test_a_suspect_record_is_counted_until_it_is_another(self, world: World) -> None:
        lease = await leased(world.store, 0)
        first = []
        for member in ("second", "third", "fourth"):
            first.append(await world.store.trying(lease, "record", "topic/0/7"))
            lease = await taken_over(world, lease, member)
        second = await world.store.trying(lease, "record", "topic/0/8")
        assert (first, second) == ([0, 1, 2], 0)

    async def test_trying_again_under_one_lease_is_no_death(self, world: World) -> None:
        lease = await leased(world.store, 0)
        tries = [await world.store.trying(lease, "record", "topic/0/7") for _ in range(5)]
        assert tries == [0] * 5

    async def test_each_worker_has_its_own_suspect(self, world: World) -> None:
        lease = await leased(world.store, 0)
        await world.store.trying(lease, "record", "topic/0/7")
        await world.store.trying(lease, "clock", "clock:a")
        lease = await taken_over(world, lease, "second")
        assert await world.store.trying(lease, "clock", "clock:b") == 0
        assert await world.store.trying(lease, "record", "topic/0/7") == 1

    async def test_a_lease_given_back_has_no_suspects(self, world: World) -> None:
        lease = await leased(world.store, 0)
        await world.store.trying(lease, "record", "topic/0/7")
        await world.store.release(lease)
        lease = await leased(world.store, 0)
        assert await world.store.trying(lease, "record", "topic/0/7") == 0

    async def test_tries_of_a_record_outlive_the_member(self, world: World) -> None:
        lease = await leased(world.store, 0)
        await world.store.trying(lease, "record", "topic/0/7")
        lease = await taken_over(world, lease, "second")
        assert await world.store.trying(lease, "record", "topic/0/7") == 1


class TestMembers:
    async def test_every_partition_has_a_lease_that_nobody_owns_at_first(
        self, world: World
    ) -> None:
        cluster = await world.store.beat("first", alive_s=60)

        assert [row.partition for row in cluster.leases] == list(range(PARTITIONS))
        assert {row.owner for row in cluster.leases} == {None}
        assert cluster.alive == {"first"}

    async def test_who_was_not_seen_lately_is_not_alive(self, world: World) -> None:
        await world.store.beat("first", alive_s=60)
        cluster = await world.store.beat("second", alive_s=0)
        assert "first" not in cluster.alive

    async def test_who_leaves_gives_up_its_leases_and_its_place(self, world: World) -> None:
        await leased(world.store, 0)
        await leased(world.store, 2)
        await world.store.leave("first")

        cluster = await world.store.beat("second", alive_s=60)
        assert {row.owner for row in cluster.leases} == {None}
        assert cluster.alive == {"second"}

    async def test_only_its_owner_gives_a_lease_back(self, world: World) -> None:
        old = await leased(world.store, 0)
        new = await taken_over(world, old, "second")
        await world.store.release(old)

        assert (await world.store.beat("second", alive_s=60)).leases[0].owner == new.owner
