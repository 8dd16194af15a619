"""What waits for a person waits in order, with its bytes; alarms ring once."""

from exchange.chassis.rows import QuarantinedRow
from tests.parity.rows import code_in, codes_in, parked, written
from tests.parity.worlds import TOPIC, World


class TestParkedQueue:
    async def test_it_keeps_the_order_of_arrival(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], parked=[parked(code, "e2"), parked(code, "e1")])
        await written(world.store, [code], parked=[parked(code, "e3", cause="behind")])
        async with world.store.transaction() as tx:
            queue = await tx.parked(code)
        assert [row.event_id for row in queue] == ["e2", "e1", "e3"]

    async def test_an_event_comes_back_as_it_arrived(self, world: World) -> None:
        code = code_in(0)
        given = parked(
            code, "e1", headers=[("ce_id", b"\xff"), ("ce_id", b"2")], value=b"not \xff json\0"
        )
        await written(world.store, [code], parked=[given])
        (first,) = await world.store.parked_codes(limit=10)
        assert first.id > 0
        assert (first.headers, first.value) == (given.headers, given.value)
        assert (first.event_at, first.parked_at) == (given.event_at, given.parked_at)

    async def test_a_released_one_leaves_the_others_in_order(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], parked=[parked(code, f"e{n}") for n in range(3)])
        async with world.store.transaction() as tx:
            queue = await tx.parked(code)
        await written(world.store, [code], released=[queue[1].id])
        async with world.store.transaction() as tx:
            assert await tx.parked(code) == [queue[0], queue[2]]

    async def test_of_each_dispute_the_first_is_shown(self, world: World) -> None:
        one, two = codes_in(0, 2)
        rows = [parked(two, "a"), parked(one, "b"), parked(two, "c")]
        await written(world.store, [one, two], parked=rows)
        shown = await world.store.parked_codes(limit=10)
        assert [(row.code, row.event_id) for row in shown] == [(one, "b"), (two, "a")]
        assert len(await world.store.parked_codes(limit=1)) == 1


class TestQuarantine:
    async def test_a_record_read_again_is_there_once(self, world: World) -> None:
        row = QuarantinedRow(TOPIC, 0, 7, b"\xff", [("x", b"\xff")], None, "bad_key")
        await written(world.store, quarantined=[row])
        await written(world.store, quarantined=[row])
        assert await world.store.quarantined(limit=10) == [row]


class TestAlarms:
    async def test_an_alarm_stands_once_until_it_is_cleared(self, world: World) -> None:
        raised = [await world.store.alarm("stalled", "routing/0", str(n)) for n in range(2)]
        assert raised == [True, False]
        (alarm,) = await world.store.alarms(limit=10)
        assert alarm[:3] == ("stalled", "routing/0", "0")

        await world.store.clear("stalled", "routing/0")
        assert await world.store.alarms(limit=10) == []
        assert await world.store.alarm("stalled", "routing/0", "again")

    async def test_one_raised_in_a_transaction_is_the_same_alarm(self, world: World) -> None:
        await world.store.alarm("dispute_parked", "a", "first")
        await written(world.store, alarms=[("dispute_parked", "a", "second")])
        assert [alarm[2] for alarm in await world.store.alarms(limit=10)] == ["first"]

    async def test_one_cleared_and_raised_in_one_transaction_is_raised_anew(
        self, world: World
    ) -> None:
        await world.store.alarm("dispute_parked", "a", "old")
        await written(
            world.store,
            alarms_cleared=[("dispute_parked", "a"), ("dispute_parked", "b")],
            alarms=[("dispute_parked", "a", "new")],
        )
        assert [alarm[2] for alarm in await world.store.alarms(limit=10)] == ["new"]
