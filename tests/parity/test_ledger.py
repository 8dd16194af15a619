"""The ledger gives every entry back to the byte, for it is hashed and signed."""

from tests.parity.rows import AT, code_in, ledger, written
from tests.parity.worlds import World


class TestLedger:
    async def test_an_entry_comes_back_identical(self, world: World) -> None:
        code = code_in(0)
        entry = ledger(
            code,
            1,
            value='{"b": 1,  "a": "案 \\u0000", "b": 2}'.encode(),
            headers=[("ce_id", b"x"), ("odd", bytes(range(256))), ("odd", b"")],
            at=AT,
            evidence=b'{"signature": "..."}',
        )
        await written(world.store, [code], ledger=[entry])
        assert await world.store.ledger(code) == [entry]

    async def test_entries_come_in_sequence_whatever_order_they_were_written_in(
        self, world: World
    ) -> None:
        code = code_in(0)
        await written(world.store, [code], ledger=[ledger(code, n) for n in (10, 9, 2)])
        await written(world.store, [code], ledger=[ledger(code, 1)])
        assert [entry.sequence for entry in await world.store.ledger(code)] == [1, 2, 9, 10]

    async def test_an_event_that_the_ledger_lacks_is_told(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], ledger=[ledger(code, 1)])
        assert await world.store.unledgered([f"{code}-1", "forked"]) == {"forked"}
