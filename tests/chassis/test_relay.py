"""The relay: rows stay until Kafka has them; first occurrences are in order; under the epoch."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from exchange.chassis.failures import Fenced
from exchange.chassis.partitioning import partition_of
from exchange.chassis.process import Parts
from exchange.chassis.rows import Lease, OutboxRow, Writes
from exchange.contracts.topics import COURT_PROPOSALS, REFERRALS
from exchange.local.stack import LocalStack
from tests.support.running import code_in, eventually, member_of, new_code, parts_of
from tests.support.toy import LISTENER, TOY
from tests.support.watching import (
    as_owner,
    id_of,
    journal_becomes,
    published,
    sequence_of,
    told,
)

QUICK = {"lease_s": 1.0, "beat_s": 0.1}


async def outbox_of(parts: Parts, code: str) -> list[OutboxRow]:
    rows = await parts.store.outbox(
        partition_of(code, parts.service.partitions), limit=10_000, bytes_max=2**30
    )
    return [row for row in rows if row.code == code]


async def outbox_empties(parts: Parts, code: str) -> None:
    async def is_so() -> bool:
        return not await outbox_of(parts, code)

    await eventually(is_so, "the outbox is empty")


async def test_a_relay_killed_after_sending_sends_the_same_again(
    engines: LocalStack, tmp_path: Path
) -> None:
    code = code_in(3)
    async with parts_of(TOY, engines, tmp_path, **QUICK) as parts, member_of(parts) as doomed:
        await doomed.holds(6)

        async def dies(_lease: Lease, _ids: Sequence[int], _offsets: Mapping[str, int]) -> None:
            await asyncio.Event().wait()

        parts.store.relayed = dies  # type: ignore[assignment]  # killed between ack and delete
        await told(engines, code, "a", "b", "c")
        await journal_becomes(parts.store, code, "a", "b", "c")
        await outbox_is_on_kafka(engines, code, 3)
        await doomed.kill()
        assert len(await outbox_of(parts, code)) == 3

    async with parts_of(TOY, engines, tmp_path, **QUICK) as parts, member_of(parts) as successor:
        await successor.holds(6)
        await outbox_empties(parts, code)
        await told(engines, code, "d")
        await journal_becomes(parts.store, code, "a", "b", "c", "d")
        await outbox_empties(parts, code)
    records = await published(engines, code)
    assert len(records) > 4
    assert list(dict.fromkeys(map(sequence_of, records))) == [1, 2, 3, 4]
    same = {id_of(record): (record.value, tuple(record.headers)) for record in records}
    assert len(same) == 4
    assert all(same[id_of(r)] == (r.value, tuple(r.headers)) for r in records)


async def outbox_is_on_kafka(engines: LocalStack, code: str, records: int) -> None:
    async def is_so() -> bool:
        return len(await published(engines, code)) >= records

    await eventually(is_so, f"{records} records are on Kafka")


async def test_rows_are_deleted_only_under_the_epoch(engines: LocalStack, tmp_path: Path) -> None:
    code = code_in(1)
    async with parts_of(TOY, engines, tmp_path, **QUICK) as parts, member_of(parts) as member:
        await member.holds(6)
        lease = member.keeper.crews[1][0]
        await member.stop()
        async with parts.store.transaction() as tx:
            row = OutboxRow(0, 1, REFERRALS.name, code, "id-" + code, [], b"{}")
            await tx.write(Writes(outbox=[row]))
        (kept,) = await outbox_of(parts, code)

        with pytest.raises(Fenced):
            await parts.store.relayed(lease, [kept.id], {REFERRALS.name: 10**9})

        assert await outbox_of(parts, code) == [kept]
        assert (await parts.store.relayed_to(1)).get(REFERRALS.name, -1) < 10**9
    await as_owner(engines, "routing", "DELETE FROM outbox WHERE code = $1", code)


async def test_a_row_that_kafka_refuses_holds_back_its_own_dispute_alone(
    engines: LocalStack, parts: Parts
) -> None:
    ill, well = code_in(2), code_in(2)
    forbidden = OutboxRow(0, 2, COURT_PROPOSALS.name, ill, "id-" + ill, [], b"{}")
    async with parts.store.transaction() as tx:
        await tx.write(Writes(outbox=[forbidden]))

    await told(engines, ill, "a")
    await told(engines, well, "a", "b")

    await outbox_is_on_kafka(engines, well, 2)
    await outbox_empties(parts, well)
    await told(engines, well, "c")
    await outbox_empties(parts, well)
    assert [row.topic for row in await outbox_of(parts, ill)] == [
        COURT_PROPOSALS.name,
        REFERRALS.name,
    ]
    assert len(await published(engines, ill)) <= 1  # it is not sent again and again
    await as_owner(engines, "routing", "DELETE FROM outbox WHERE event_id = $1", "id-" + ill)
    await outbox_empties(parts, ill)
    assert {sequence_of(record) for record in await published(engines, ill)} == {1}


async def test_the_outbox_is_read_in_portions_of_bytes(engines: LocalStack, tmp_path: Path) -> None:
    code, partition = new_code(), 5
    rows = [
        OutboxRow(0, partition, "any.topic.v1", code, f"{n}{code}", [], b"x" * 1_000)
        for n in range(5)
    ]
    async with parts_of(LISTENER, engines, tmp_path) as parts:  # nobody works on these rows
        async with parts.store.transaction() as tx:
            await tx.write(Writes(outbox=rows))

        portions = [
            len(await parts.store.outbox(partition, limit=limit, bytes_max=bytes_max))
            for limit, bytes_max in ((10, 10_000), (2, 10_000), (10, 2_001), (10, 2_000), (10, 1))
        ]

    await as_owner(engines, "court_link", "DELETE FROM outbox WHERE code = $1", code)
    assert portions == [5, 2, 3, 2, 1]
