"""An engine goes away and comes back: nothing accepted is lost, passed over or out of order."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from exchange.chassis import leases
from exchange.chassis.partitioning import partition_of
from exchange.chassis.ports import Store
from exchange.local.stack import LocalStack
from tests.support.door import caller_of
from tests.support.running import code_in, eventually, member_of, parts_of, provisioned, working
from tests.support.stack import temporary_stack
from tests.support.toy import LISTENER, TOY
from tests.support.watching import journal_becomes, published, sequence_of, told


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fragile() -> AsyncIterator[LocalStack]:
    """Engines of their own, for a file that stops them."""
    async with temporary_stack() as stack:
        yield await provisioned(stack)


async def test_while_kafka_is_away_the_outbox_holds_what_is_accepted_and_keeps_its_order(
    fragile: LocalStack, tmp_path: Path
) -> None:
    codes = [code_in(partition) for partition in range(3)]
    async with (
        parts_of(TOY, fragile, tmp_path) as parts,
        working(parts),
        caller_of(parts) as station,
    ):
        for code in codes:
            assert (await station.acts(code, "before")).status_code == 201
        await fragile.kafka.kill()

        for kind in ("during-1", "during-2", "during-3"):
            for code in codes:
                assert (await station.acts(code, kind)).status_code == 201
        await fragile.kafka.start()
        for code in codes:
            assert (await station.acts(code, "after")).status_code == 201

        for code in codes:
            await everything_is_relayed(parts.store, code)
    for code in codes:
        sequences = [sequence_of(record) for record in await published(fragile, code)]
        assert list(dict.fromkeys(sequences)) == [1, 2, 3, 4, 5]


async def everything_is_relayed(store: Store, code: str) -> None:
    partition = partition_of(code, TOY.partitions)

    async def is_so() -> bool:
        rows = await store.outbox(partition, limit=1_000, bytes_max=2**30)
        return not [row for row in rows if row.code == code]

    await eventually(is_so, "everything is relayed", within_s=40)


async def test_a_process_stops_in_time_while_kafka_is_away(
    fragile: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "STOP_TIMEOUT_S", 1.0)
    code = code_in(0)
    async with (
        parts_of(TOY, fragile, tmp_path) as parts,
        member_of(parts) as member,
        caller_of(parts) as station,
    ):
        await member.holds(6)
        await station.acts(code, "before")
        await fragile.kafka.stop()
        await station.acts(code, "during")

        began = time.monotonic()
        await member.stop()

        assert time.monotonic() - began < 10
        assert parts.store is not None
        await fragile.kafka.start()
    async with parts_of(TOY, fragile, tmp_path) as parts, working(parts):
        await everything_is_relayed(parts.store, code)


async def test_while_postgres_is_away_nothing_is_accepted_and_nothing_read_is_passed_over(
    fragile: LocalStack, tmp_path: Path
) -> None:
    code, other = code_in(4), code_in(4)
    async with (
        parts_of(TOY, fragile, tmp_path) as parts,
        working(parts),
        caller_of(parts) as station,
        parts_of(LISTENER, fragile, tmp_path) as court,
        working(court),
    ):
        await told(fragile, code, "a")
        await journal_becomes(court.store, code, "1:a")
        await fragile.postgres.kill()
        await told(fragile, code, "b", "c")

        refused = await station.acts(other, "x", key="k-1")
        ready = await station.http.get("http://127.0.0.1:1/readyz")
        await asyncio.sleep(1.0)  # the reader has fetched b and c, and cannot apply them
        await told(fragile, code, "d")
        await fragile.postgres.start()

        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert (ready.status_code, "database" in ready.text) == (503, True)
        await journal_becomes(court.store, code, "1:a", "2:b", "3:c", "4:d", within_s=30)
        accepted = await station.acts(other, "x", key="k-1")
        assert accepted.status_code == 201
        await journal_becomes(court.store, other, "1:x")
