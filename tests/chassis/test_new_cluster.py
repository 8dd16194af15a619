"""A dump restored into a new cluster: its transaction numbers lie far ahead of the counter."""

from pathlib import Path

import pytest

from exchange.chassis.checkpoints import Checkpointer
from exchange.chassis.process import Parts
from exchange.chassis.rows import HandoffRow, Lease
from exchange.local.stack import LocalStack
from tests.support.agencies import Agency, list_agencies
from tests.support.running import code_in, eventually, parts_of, working
from tests.support.toy import TOY
from tests.support.watching import as_owner, journal_becomes, told

PARTITION = 0
AS_A_NEW_CLUSTER_HAS_IT = (
    "UPDATE handoffs SET written_by = (written_by::text::bigint + 1000000000)::text::xid8",
    "UPDATE ledger SET written_by = written_by + 1000000000",
    "UPDATE checkpoints SET covered_to = covered_to + 1000000000",
)


@pytest.fixture
async def dumped(engines: LocalStack, tmp_path: Path) -> tuple[Agency, str, str]:
    """Two disputes with a handoff each, the first one under a checkpoint, as restored there."""
    agency = Agency.named("NC")
    covered, uncovered = code_in(PARTITION), code_in(PARTITION)
    async with parts_of(TOY, engines, tmp_path) as parts:
        await list_agencies(parts.store, agency.listed("committee"))
        async with working(parts):
            offer = f"offer:{agency.code}:one"
            await told(engines, covered, offer)
            await journal_becomes(parts.store, covered, offer)
            await eventually(lambda: covers(parts, covered), "the first is covered")
            await told(engines, uncovered, offer)
            await journal_becomes(parts.store, uncovered, offer)
    for statement in AS_A_NEW_CLUSTER_HAS_IT:
        await as_owner(engines, "routing", statement)
    return agency, covered, uncovered


async def covers(parts: Parts, code: str) -> bool:
    """Make a checkpoint; whether it, or one before, has this dispute."""
    await checkpointed(parts)
    return bool(await parts.store.checkpoints_of(code))


async def checkpointed(parts: Parts) -> None:
    cluster = await parts.store.beat("reader", alive_s=10)
    row = next(row for row in cluster.leases if row.partition == PARTITION)
    lease = Lease(PARTITION, row.owner or "", row.epoch)
    await Checkpointer(parts.store, lease, parts.workshop.signing, 60).make()
    await parts.store.leave("reader")


async def waiting(parts: Parts, agency: Agency) -> list[HandoffRow]:
    return [row for _, row in await parts.store.mailbox(agency.code, after=0, limit=10)]


async def test_its_mailboxes_and_checkpoints_go_on_from_the_first_start(
    engines: LocalStack, dumped: tuple[Agency, str, str], tmp_path: Path
) -> None:
    agency, covered, uncovered = dumped

    async with parts_of(TOY, engines, tmp_path) as parts, working(parts):
        assert [row.code for row in await waiting(parts, agency)] == [covered, uncovered]
        await told(engines, covered, f"offer:{agency.code}:two")
        await eventually(lambda: is_waiting(parts, agency, 3), "the new one waits behind them")
        await eventually(lambda: covers(parts, uncovered), "the uncovered one is covered")


async def is_waiting(parts: Parts, agency: Agency, length: int) -> bool:
    return len(await waiting(parts, agency)) == length
