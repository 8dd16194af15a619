"""Checkpoints cover each ledger's newest entry once, and never one that is not committed."""

import pytest

from exchange.chassis.failures import BadData, Fenced
from exchange.chassis.rows import CheckpointHead, Lease, StoredCheckpoint, Writes
from tests.parity.rows import code_in, ledger, written
from tests.parity.worlds import World


async def lease_of(world: World, partition: int = 0) -> Lease:
    cluster = await world.store.beat("checkpointer", alive_s=10)
    row = next(row for row in cluster.leases if row.partition == partition)
    lease = await world.store.take(row, "checkpointer")
    assert lease is not None
    return lease


async def heads_since(world: World, covered_to: int) -> tuple[dict[str, int], int]:
    heads, upto = await world.store.changed_heads(covered_to)
    return {head.code: head.sequence for head in heads}, upto


async def keep(world: World, lease: Lease, heads: list[CheckpointHead], upto: int) -> None:
    last = await world.store.last_checkpoint()
    number = last.number + 1 if last else 1
    point = StoredCheckpoint(number, f"sha-{number}", b"signed", upto)
    await world.store.keep_checkpoint(lease, point, heads)


class TestCheckpoints:
    async def test_a_ledger_is_covered_by_its_newest_entry_until_it_changes_again(
        self, world: World
    ) -> None:
        code, lease = code_in(0), await lease_of(world)
        last = await world.store.last_checkpoint()
        await written(world.store, [code], ledger=[ledger(code, 1), ledger(code, 2)])
        heads, upto = await world.store.changed_heads(last.covered_to if last else 0)
        assert {h.code: h.sequence for h in heads}[code] == 2

        await keep(world, lease, list(heads), upto)
        assert code not in (await heads_since(world, upto))[0]

        await written(world.store, [code], ledger=[ledger(code, 3)])
        assert (await heads_since(world, upto))[0][code] == 3

    async def test_an_entry_of_a_running_transaction_waits_for_the_next_checkpoint(
        self, world: World
    ) -> None:
        early, late = code_in(0), code_in(0)
        last = await world.store.last_checkpoint()
        async with world.store.transaction() as tx:
            await tx.lock([late])
            await tx.write(Writes(ledger=[ledger(late, 1)]))
            await written(world.store, [early], ledger=[ledger(early, 1)])
            seen, upto = await heads_since(world, last.covered_to if last else 0)
            assert late not in seen
        later, _ = await heads_since(world, upto)
        assert later[late] == 1
        assert early in seen or early in later, "nothing committed is left out for good"

    async def test_a_number_stands_once_and_a_lost_lease_keeps_nothing(self, world: World) -> None:
        code, lease = code_in(0), await lease_of(world)
        await written(world.store, [code], ledger=[ledger(code, 1)])
        heads, upto = await world.store.changed_heads(0)
        await keep(world, lease, list(heads), upto)
        last = await world.store.last_checkpoint()
        assert last is not None
        with pytest.raises(BadData):
            await world.store.keep_checkpoint(lease, last, [])
        await lease_of(world)
        with pytest.raises(Fenced):
            await keep(world, lease, [], upto)
        covering = await world.store.checkpoints_of(code)
        assert [(point.number, head.sequence) for point, head in covering] == [(last.number, 1)]
