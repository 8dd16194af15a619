"""A transaction happens whole or not at all, and keeps what it was given to the last byte."""

from datetime import timedelta, timezone

import pytest

from exchange.chassis.failures import BadData, Transient
from exchange.chassis.rows import Writes
from tests.parity.rows import (
    AT,
    clock,
    code_in,
    handoff,
    index,
    leased,
    ledger,
    listed,
    outbox,
    outbox_of,
    parked,
    reply,
    written,
)
from tests.parity.together import Begun
from tests.parity.worlds import TOPIC, World


def everything(code: str) -> Writes:
    """One row of each kind."""
    return Writes(
        ledger=[ledger(code, 1)],
        outbox=[outbox(code, "e1")],
        handoffs=[handoff(code, "offer")],
        clocks=[clock(code, "police.case", AT)],
        index=[index(code, "2026-1", exclusive=True)],
        blobs=[(code, "dossier", b"sealed")],
        tallies={"load": 1},
        parked=[parked(code, "e2")],
        alarms=[("dispute_parked", code, "RuntimeError")],
        agencies=[listed("MC-330803112213-01")],
        positions={TOPIC: 8},
        reply=reply("key-1", "nonce-1"),
    )


async def everything_kept(world: World, code: str) -> list[bool]:
    """Whether each of those rows is there."""
    store = world.store
    cluster = await store.beat("reader", alive_s=60)
    assert cluster.leases[0].partition == 0
    async with store.transaction() as tx:
        new = await tx.unseen(["e0"])
        stored = await tx.reply("PS-330803112000-01", "key-1", "")
        tallies = dict(await tx.tallies())
    return [
        await store.row(code) is not None,
        bool(await store.ledger(code)),
        bool(await outbox_of(store, 0)),
        await store.handoff(handoff(code, "offer").id) is not None,
        bool((await store.due(0, limit=10))[0]),
        bool(await store.find("case_number", "2026-1")),
        await store.blob(code, "dossier") is not None,
        "load" in tallies,
        bool(await store.parked_codes(limit=10)),
        bool(await store.alarms(limit=10)),
        (await store.book()).version == 1,
        TOPIC in await store.positions(0),
        stored is not None,
        not new,
    ]


class TestAllOrNothing:
    async def test_an_error_leaves_nothing_behind(self, world: World) -> None:
        code = code_in(0)
        async with Begun(world.store) as begun:
            await prove_lease(world, begun)
            await begun.tx.unseen(["e0"])
            await begun.tx.lock([code])
            await begun.tx.write(everything(code))
            await begun.roll_back()

        assert not any(await everything_kept(world, code))

    async def test_a_commit_keeps_all_of_it(self, world: World) -> None:
        code = code_in(0)
        async with Begun(world.store) as begun:
            await prove_lease(world, begun)
            await begun.tx.unseen(["e0"])
            await begun.tx.lock([code])
            await begun.tx.write(everything(code))
            await begun.commit()

        assert all(await everything_kept(world, code))

    async def test_an_error_that_is_caught_inside_still_undoes_the_transaction(
        self, world: World
    ) -> None:
        code = code_in(0)
        async with world.store.transaction() as tx:
            await tx.lock([code])
            with pytest.raises(BadData):
                await tx.write(Writes(index=[index(code, "a\0b")]))
            with pytest.raises(Transient):
                await tx.lock([code])

        assert await world.store.row(code) is None

    async def test_numbers_of_a_rolled_back_outbox_are_lost_and_order_stays(
        self, world: World
    ) -> None:
        code = code_in(0)
        await written(world.store, [code], outbox=[outbox(code, "e1")])
        async with Begun(world.store) as begun:
            await begun.tx.write(Writes(outbox=[outbox(code, "lost")]))
            await begun.roll_back()
        await written(world.store, [code], outbox=[outbox(code, "e2")])

        first, second = await outbox_of(world.store, 0)
        assert [first.event_id, second.event_id] == ["e1", "e2"]
        assert second.id == first.id + 2

    async def test_what_is_not_committed_is_seen_by_nobody_else(self, world: World) -> None:
        code = code_in(0)
        async with Begun(world.store) as begun:
            await begun.tx.lock([code])
            await begun.tx.write(Writes(blobs=[(code, "note", b"x")]))
            unseen = await world.store.row(code), await world.store.blob(code, "note")
            await begun.commit()

        assert unseen == (None, None)
        assert await world.store.blob(code, "note") == b"x"


class TestUnstorableRows:
    @pytest.mark.parametrize("key", ["330803\0", "330803\ud800"], ids=["nul", "half a pair"])
    async def test_a_text_that_is_none_is_bad_data(self, world: World, key: str) -> None:
        code = code_in(0)
        with pytest.raises(BadData):
            await written(world.store, [code], index=[index(code, key)])

    async def test_a_nul_in_a_search_is_bad_data(self, world: World) -> None:
        with pytest.raises(BadData):
            await world.store.find("case_number", "330803\0")

    async def test_a_ledger_entry_written_twice_is_bad_data(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], ledger=[ledger(code, 1)])

        with pytest.raises(BadData):
            await written(world.store, [code], ledger=[ledger(code, 1, id="another")])
        with pytest.raises(BadData):
            await written(world.store, [code], ledger=[ledger(code, 2, id=f"{code}-1")])

    async def test_a_queue_shorter_than_empty_is_bad_data(self, world: World) -> None:
        code = code_in(0)
        async with Begun(world.store) as begun:
            rows = await begun.tx.lock([code])
            rows[code].parked = -1
            with pytest.raises(BadData):
                await begun.tx.write(Writes(rows=list(rows.values())))


class TestTimes:
    async def test_an_instant_comes_back_in_utc_to_the_microsecond(self, world: World) -> None:
        code = code_in(0)
        local = AT.astimezone(timezone(timedelta(hours=8)))
        await written(
            world.store,
            [code],
            clocks=[clock(code, "police.case", local)],
            ledger=[ledger(code, 1, at=local)],
        )

        (due,), _ = await world.store.due(0, limit=10)
        (entry,) = await world.store.ledger(code)
        assert (due.due_at, entry.at) == (AT, AT)
        assert due.due_at.utcoffset() == timedelta(0) == entry.at.utcoffset()

    async def test_machine_time_runs_inside_a_transaction_and_legal_time_stands(
        self, world: World
    ) -> None:
        async with world.store.transaction() as tx:
            before = await tx.times()
            after = await tx.times()
        assert after.machine >= before.machine
        assert after.legal == before.legal <= before.machine

    async def test_legal_time_moves_on_and_machine_time_does_not(self, world: World) -> None:
        before = await world.store.times()
        await world.advance_legal(timedelta(days=7))
        after = await world.store.times()

        moved = timedelta(days=7)
        assert moved <= after.legal - before.legal < moved + timedelta(minutes=1)
        assert after.machine - before.machine < timedelta(minutes=1)


class TestFrozenTransaction:
    async def test_it_is_ended_and_whatever_it_asks_next_is_to_be_tried_anew(
        self, world: World
    ) -> None:
        code = code_in(0)
        async with Begun(world.store) as frozen:
            await frozen.tx.lock([code])
            await written(world.store, [code])  # waits until the frozen one is ended

            with pytest.raises(Transient):
                await frozen.tx.lock([code])

    async def test_its_commit_is_to_be_tried_anew_too(self, world: World) -> None:
        code = code_in(0)
        async with Begun(world.store) as frozen:
            await frozen.tx.lock([code])
            await frozen.tx.write(Writes(blobs=[(code, "note", b"frozen")]))
            await written(world.store, [code])

            with pytest.raises(Transient):
                await frozen.commit()
        assert await world.store.blob(code, "note") is None


async def prove_lease(world: World, begun: Begun) -> None:
    await begun.tx.prove(await leased(world.store, 0), {})
