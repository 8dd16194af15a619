"""Events leave in the order in which their disputes were decided, none twice, none lost."""

import asyncio

from exchange.chassis.ports import Store
from exchange.chassis.rows import Writes
from tests.parity.rows import code_in, codes_in, leased, ledger, outbox, outbox_of, written
from tests.parity.worlds import SECOND_TOPIC, TOPIC, World


async def decide(store: Store, code: str) -> None:
    """One event more of this dispute, numbered under its lock."""
    async with store.transaction() as tx:
        rows = await tx.lock([code])
        rows[code].sequence_out += 1
        event = outbox(code, str(rows[code].sequence_out))
        await tx.write(Writes(rows=list(rows.values()), outbox=[event]))


class TestOrder:
    async def test_events_of_each_dispute_keep_their_order_under_many_writers(
        self, world: World
    ) -> None:
        codes = codes_in(0, 3)
        await asyncio.gather(*(decide(world.store, code) for code in codes * 8))

        rows = await outbox_of(world.store, 0)
        for code in codes:
            sequence = [int(row.event_id) for row in rows if row.code == code]
            assert sequence == list(range(1, 9))

    async def test_events_of_one_transaction_keep_their_order(self, world: World) -> None:
        one, two = codes_in(0, 2)
        events = [outbox(two, "a"), outbox(one, "b"), outbox(two, "c", topic=SECOND_TOPIC)]
        await written(world.store, [one, two], outbox=events)
        assert [row.event_id for row in await outbox_of(world.store, 0)] == ["a", "b", "c"]

    async def test_a_row_comes_back_as_it_was_written(self, world: World) -> None:
        code = code_in(1)
        headers = [("ce_id", b"e1"), ("x", b"\xff\0"), ("x", b"again")]
        given = outbox(code, "e1", headers=headers, value=b'{"z":1, "a":2}')
        await written(world.store, [code], outbox=[given])

        (row,) = await outbox_of(world.store, 1)
        assert (row.headers, row.value, row.topic) == (headers, given.value, TOPIC)
        assert row.id > 0

    async def test_another_partition_is_another_relays(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], outbox=[outbox(code, "e1")])
        assert await outbox_of(world.store, 1) == []


class TestLimits:
    async def test_the_oldest_come_first_up_to_the_limit(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], outbox=[outbox(code, str(n)) for n in range(5)])
        rows = await world.store.outbox(0, limit=3, bytes_max=1_000)
        assert [row.event_id for row in rows] == ["0", "1", "2"]

    async def test_as_many_as_fit_in_the_bytes(self, world: World) -> None:
        code = code_in(0)
        events = [outbox(code, str(n), value=b"x" * 10) for n in range(5)]
        await written(world.store, [code], outbox=events)
        assert len(await world.store.outbox(0, limit=5, bytes_max=20)) == 2
        assert len(await world.store.outbox(0, limit=5, bytes_max=21)) == 3

    async def test_one_that_is_too_large_alone_still_leaves(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], outbox=[outbox(code, "e1", value=b"x" * 100)])
        assert len(await world.store.outbox(0, limit=5, bytes_max=1)) == 1


class TestRelayed:
    async def test_what_kafka_has_is_deleted_and_its_offset_noted(self, world: World) -> None:
        code, lease = code_in(0), await leased(world.store, 0)
        await written(world.store, [code], outbox=[outbox(code, "e1"), outbox(code, "e2")])
        first, second = await outbox_of(world.store, 0)

        await world.store.relayed(lease, [first.id], {TOPIC: 41})
        assert await outbox_of(world.store, 0) == [second]
        assert await world.store.relayed_to(0) == {TOPIC: 41}

    async def test_the_noted_offset_never_falls_back(self, world: World) -> None:
        lease = await leased(world.store, 0)
        await world.store.relayed(lease, [], {TOPIC: 41, SECOND_TOPIC: 0})
        await world.store.relayed(lease, [], {TOPIC: 40})
        assert await world.store.relayed_to(0) == {TOPIC: 41, SECOND_TOPIC: 0}


class TestRepublish:
    async def test_the_ledger_goes_out_again_with_its_ids_and_bytes(self, world: World) -> None:
        code = code_in(0)
        entries = [ledger(code, n, value=b'{"z":%d, "a":1}' % n) for n in (1, 2, 3)]
        await written(world.store, [code], ledger=entries)

        assert await world.store.republish(code) == 3
        rows = await outbox_of(world.store, 0)
        assert [(r.event_id, r.headers, r.value, r.topic) for r in rows] == [
            (e.id, e.headers, e.value, TOPIC) for e in entries
        ]

    async def test_only_what_is_missing_goes_out_again(self, world: World) -> None:
        code = code_in(0)
        entries = [ledger(code, n) for n in (1, 2, 3, 4)]
        await written(world.store, [code], ledger=entries)

        assert await world.store.republish(code, first=2, last=3) == 2
        rows = await outbox_of(world.store, 0)
        assert [row.event_id for row in rows] == [entries[1].id, entries[2].id]

    async def test_a_dispute_without_entries_has_nothing_to_send(self, world: World) -> None:
        assert await world.store.republish(code_in(0)) == 0
