"""What a simulator can do to the memory store, and what is left afterwards."""

import asyncio
import random
from contextlib import suppress
from datetime import timedelta

import pytest

from exchange.chassis.failures import OutcomeUnknown, Transient
from exchange.chassis.rows import Writes
from exchange.memory.hook import COMMIT_DONE, COMMIT_SENT, Hook
from exchange.memory.store import MemoryStore
from tests.parity.together import Begun
from tests.support.running import code_in
from tests.unit.memory.worlds import At, Killed, StillWorld, raises

CODE, OTHER = sorted(code_in(0) for _ in range(2))
NOTE = Writes(blobs=[(CODE, "note", b"kept")])


async def note(store: MemoryStore) -> None:
    async with store.transaction() as tx:
        await tx.lock([CODE])
        await tx.write(NOTE)


async def count_up(store: MemoryStore, *codes: str) -> None:
    async with store.transaction() as tx:
        rows = await tx.lock(codes)
        for row in rows.values():
            row.sequence_in += 1
        await tx.write(Writes(rows=list(rows.values())))


class TestCommitWithUnknownOutcome:
    @pytest.mark.parametrize(("point", "kept"), [(COMMIT_SENT, None), (COMMIT_DONE, b"kept")])
    async def test_it_happened_or_it_did_not_and_its_locks_are_free(
        self, point: str, kept: bytes | None
    ) -> None:
        world = StillWorld()
        lost = At(point, 1, raises(OutcomeUnknown("08006 connection lost at COMMIT")))
        with pytest.raises(OutcomeUnknown):
            await note(world.store(lost))

        assert await world.store().blob(CODE, "note") == kept
        await count_up(world.store(), CODE)

    @pytest.mark.parametrize(("point", "moved"), [(COMMIT_SENT, {}), (COMMIT_DONE, {"t": 8})])
    async def test_the_stored_position_says_which(self, point: str, moved: dict[str, int]) -> None:
        world = StillWorld()
        cluster = await world.store().beat("first", alive_s=60)
        lease = await world.store().take(cluster.leases[0], "first")
        assert lease is not None
        store = world.store(At(point, 1, raises(OutcomeUnknown("08006"))))

        async def batch() -> None:
            async with store.transaction() as tx:
                await tx.prove(lease, {"t": 0})
                await tx.write(Writes(positions={"t": 8}))

        with pytest.raises(OutcomeUnknown):
            await batch()
        assert await world.store().positions(0) == moved


class TestKilledProcess:
    async def test_wherever_it_dies_all_is_kept_or_nothing_and_no_lock_stays(self) -> None:
        """Every point of a transaction in turn, until it is no longer reached."""
        outcomes = set()
        for nth in range(1, 1_000):
            world = StillWorld()
            death = At(None, nth, raises(Killed()))
            with suppress(Killed):
                await note(world.store(death))
                break
            kept = await world.store().blob(CODE, "note")
            made = await world.store().row(CODE)
            assert (kept is None) == (made is None)
            outcomes.add(kept)
            await count_up(world.store(), CODE)
        assert outcomes == {None, b"kept"}

    async def test_one_that_dies_while_it_waits_is_not_served(self) -> None:
        world = StillWorld()
        async with world.store().transaction() as tx:
            await tx.lock([CODE])
            waiting = asyncio.create_task(count_up(world.store(), CODE))
            while not world.database.locks.waiting:
                await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        assert world.database.locks.waiting == 0
        await count_up(world.store(), CODE)


class TestFrozenProcess:
    async def test_its_locks_are_held_until_the_idle_limit_and_no_longer(self) -> None:
        world, thawed = StillWorld(), asyncio.Event()

        async def freeze() -> None:
            await thawed.wait()

        frozen = asyncio.create_task(note(world.store(At("write blobs", 1, freeze))))
        waiting = asyncio.create_task(count_up(world.store(), CODE))
        while not world.database.locks.waiting:
            await asyncio.sleep(0)
        world.clock.advance(timedelta(seconds=1.9))
        await asyncio.sleep(0)
        assert not waiting.done()

        world.clock.advance(timedelta(seconds=0.1))
        await waiting
        thawed.set()
        with pytest.raises(Transient, match="25P03"):
            await frozen
        assert await world.store().blob(CODE, "note") is None

    async def test_frozen_at_commit_it_does_not_know(self) -> None:
        world = StillWorld()

        async def freeze() -> None:
            world.clock.advance(timedelta(seconds=2))

        with pytest.raises(OutcomeUnknown):
            await note(world.store(At(COMMIT_SENT, 1, freeze)))
        assert await world.store().blob(CODE, "note") is None

    async def test_a_busy_transaction_is_ended_by_the_other_limit(self) -> None:
        world = StillWorld()
        store = world.store()

        async def too_long() -> None:
            async with store.transaction() as tx:
                for _ in range(5):
                    await tx.lock([CODE])
                    world.clock.advance(timedelta(seconds=1))

        with pytest.raises(OutcomeUnknown, match="25P04"):
            await too_long()

    async def test_so_is_one_that_waits_too_long_for_a_lock(self) -> None:
        world = StillWorld()
        async with Begun(world.store()) as older:
            world.clock.advance(timedelta(seconds=1.5))
            async with Begun(world.store()) as holder:
                await holder.tx.lock([CODE])
                waiting = asyncio.create_task(older.tx.lock([CODE]))
                while not world.database.locks.waiting:
                    await asyncio.sleep(0)
                for _ in range(4):
                    await holder.tx.times()
                    world.clock.advance(timedelta(seconds=1))
                with pytest.raises(Transient, match="25P04"):
                    await waiting
                await holder.tx.times()


class TestSeededDelays:
    async def test_the_same_seed_gives_the_same_story(self) -> None:
        first, second = [await story(seed=7) for _ in range(2)]
        assert first == second

    async def test_whatever_the_order_no_update_is_lost(self) -> None:
        stories = [await story(seed) for seed in range(50)]
        assert {counted for _, counted in stories} == {(4, 4)}
        assert len({tuple(points) for points, _ in stories}) > 1, "the seeds differ"


async def story(seed: int) -> tuple[list[str], tuple[int, ...]]:
    """Four writers of two disputes, delayed at every point by chance; the points, the counts."""
    world, points = StillWorld(), list[str]()
    chance = random.Random(seed)

    def delaying(writer: int) -> Hook:
        async def hook(point: str) -> None:
            points.append(f"{writer} {point}")
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)

        return hook

    async with asyncio.TaskGroup() as group:
        for writer in range(4):
            group.create_task(count_up(world.store(delaying(writer)), CODE, OTHER))
    rows = [await world.store().row(code) for code in (CODE, OTHER)]
    return points, tuple(row.sequence_in for row in rows if row)
