"""By an index row a dispute is found again; an exclusive one leads to a single dispute."""

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.chassis.decider import Found
from exchange.chassis.failures import BadData, IndexTaken
from exchange.chassis.rows import Writes
from tests.parity.rows import AT, code_in, codes_in, index, written
from tests.parity.together import Begun, blocked
from tests.parity.worlds import World


class TestExclusiveRows:
    async def test_the_second_dispute_waits_and_is_refused(self, world: World) -> None:
        one, two = codes_in(0, 2)
        async with Begun(world.store) as first:
            await first.tx.lock([one])
            await first.tx.write(Writes(index=[index(one, "2026-1", exclusive=True)]))
            second = written(world.store, [two], index=[index(two, "2026-1", exclusive=True)])
            async with blocked(world, second) as waiting:
                await first.commit()
                with pytest.raises(IndexTaken):
                    await waiting

        found = await world.store.find("case_number", "2026-1")
        assert [row.dispute_code for row in found] == [one]
        assert await world.store.row(two) is None

    async def test_the_second_has_it_when_the_first_is_rolled_back(self, world: World) -> None:
        one, two = codes_in(0, 2)
        async with Begun(world.store) as first:
            await first.tx.write(Writes(index=[index(one, "2026-1", exclusive=True)]))
            second = written(world.store, [two], index=[index(two, "2026-1", exclusive=True)])
            async with blocked(world, second) as waiting:
                await first.roll_back()
                await waiting
        found = await world.store.find("case_number", "2026-1")
        assert [row.dispute_code for row in found] == [two]

    async def test_its_own_dispute_may_write_it_again(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], index=[index(code, "2026-1", "a", exclusive=True)])
        await written(world.store, [code], index=[index(code, "2026-1", "b", exclusive=True)])
        (found,) = await world.store.find("case_number", "2026-1")
        assert found == Found(code, "b", AT)

    async def test_a_shared_row_of_the_same_key_is_no_conflict(self, world: World) -> None:
        one, two = codes_in(0, 2)
        await written(world.store, [one], index=[index(one, "2026-1", exclusive=True)])
        await written(world.store, [two], index=[index(two, "2026-1")])
        assert len(await world.store.find("case_number", "2026-1")) == 2


class TestDroppedRows:
    async def test_a_dropped_row_leads_nowhere_and_its_key_is_free(self, world: World) -> None:
        one, two = codes_in(0, 2)
        await written(world.store, [one], index=[index(one, "2026-1", exclusive=True)])
        await written(world.store, [one], index_dropped=[("case_number", "2026-1", one)])
        assert await world.store.find("case_number", "2026-1") == []
        await written(world.store, [two], index=[index(two, "2026-1", exclusive=True)])
        (found,) = await world.store.find("case_number", "2026-1")
        assert found.dispute_code == two

    async def test_a_row_of_another_dispute_or_key_stays(self, world: World) -> None:
        one, two = codes_in(0, 2)
        rows = [index(one, "k"), index(one, "other"), index(two, "k")]
        await written(world.store, [one, two], index=rows)
        await written(world.store, [one], index_dropped=[("case_number", "k", one)])
        assert [f.dispute_code for f in await world.store.find("case_number", "k")] == [two]
        assert len(await world.store.find("case_number", "other")) == 1

    async def test_what_is_not_there_may_be_dropped(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], index_dropped=[("case_number", "none", code)])
        assert await world.store.find("case_number", "none") == []


class TestSharedRows:
    async def test_many_disputes_are_found_by_one_key_the_oldest_first(self, world: World) -> None:
        codes = codes_in(0, 3)
        rows = [
            replace(index(code, "same-party"), at=AT - timedelta(days=n))
            for n, code in enumerate(codes)
        ]
        await written(world.store, codes, index=rows)

        found = await world.store.find("case_number", "same-party")
        assert [row.dispute_code for row in found] == codes[::-1]

    async def test_a_row_written_twice_in_one_transaction_is_there_once(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], index=[index(code, "k", "a"), index(code, "k", "b")])
        assert await world.store.find("case_number", "k") == [Found(code, "b", AT)]

    async def test_a_transaction_finds_only_what_there_is(self, world: World) -> None:
        code = code_in(0)
        await written(world.store, [code], index=[index(code, "k")])
        async with world.store.transaction() as tx:
            found = await tx.found([("case_number", "k"), ("case_number", "none"), ("phone", "k")])
        assert found == {("case_number", "k"): [Found(code, "", AT)]}

    async def test_a_key_too_long_for_an_index_is_bad_data(self, world: World) -> None:
        code = code_in(0)
        long = secrets.token_urlsafe(6_000)  # incompressible
        with pytest.raises(BadData):
            await written(world.store, [code], index=[index(code, long)])
