"""Leases: shared out, taken over, given back; a holder that is gone or frozen writes no more."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from exchange.chassis.consumer import CAUTIOUS_FROM_DEATHS, TRIES_OF_ONE_MAX
from exchange.chassis.failures import Fenced, Transient
from exchange.chassis.ports import Store
from exchange.chassis.rows import Lease, LeaseRow, Writes
from exchange.chassis.service import AnyService
from exchange.local.stack import LocalStack
from tests.support.processes import TOY_PROCESS, process, settings_for
from tests.support.running import Member, code_in, member_of, parts_of
from tests.support.toy import TOY, toy
from tests.support.toy_process import KILLED
from tests.support.watching import (
    each_told,
    journal_becomes,
    published,
    queue_grows_to,
    sequence_of,
    told,
)

TAKEOVER_S = 5.0
FROZEN_TAKEOVER_S = 8.0
DEATHS_S = 120.0
AS_EVER: Mapping[str, float] = {}
QUICK: Mapping[str, float] = {"lease_s": 1.0, "beat_s": 0.1}


class Members(AsyncExitStack):
    """Processes of one service that come and go."""

    def __init__(self, engines: LocalStack, tmp: Path) -> None:
        super().__init__()
        self._engines, self._tmp = engines, tmp

    async def joins(
        self, settings: Mapping[str, float] = AS_EVER, service: AnyService = TOY
    ) -> Member:
        parts = await self.enter_async_context(
            parts_of(service, self._engines, self._tmp, **settings)
        )
        return await self.enter_async_context(member_of(parts))


async def applied_once_and_in_order(store: Store, codes: list[str], kinds: list[str]) -> None:
    for code in codes:
        await journal_becomes(store, code, *kinds)
        ledger = await store.ledger(code)
        assert [entry.sequence for entry in ledger] == list(range(1, len(kinds) + 1))


async def test_two_members_share_and_the_survivor_takes_over_within_5_s(
    engines: LocalStack, tmp_path: Path
) -> None:
    codes = [code_in(partition) for partition in range(6) for _ in range(2)]
    async with Members(engines, tmp_path) as members:
        one, two = await members.joins(), await members.joins()
        await asyncio.gather(one.holds(3), two.holds(3))
        assert one.held | two.held == set(range(6))
        await each_told(engines, codes, "a", "b")

        await two.kill()
        killed_at = asyncio.get_running_loop().time()
        await each_told(engines, codes, "c")
        await one.holds(6)

        assert asyncio.get_running_loop().time() - killed_at < TAKEOVER_S
        await applied_once_and_in_order(one.parts.store, codes, ["a", "b", "c"])
    for code in codes:
        sequences = [sequence_of(record) for record in await published(engines, code)]
        assert list(dict.fromkeys(sequences)) == [1, 2, 3]


async def test_a_third_member_gets_its_share_and_gives_it_back_when_it_leaves(
    engines: LocalStack, tmp_path: Path
) -> None:
    codes = [code_in(partition) for partition in range(6)]
    async with Members(engines, tmp_path) as members:
        one, two = await members.joins(QUICK), await members.joins(QUICK)
        await asyncio.gather(one.holds(3), two.holds(3))
        three = await members.joins(QUICK)
        await each_told(engines, codes, "a")
        await asyncio.gather(one.holds(2), two.holds(2), three.holds(2))
        assert one.held | two.held | three.held == set(range(6))
        await each_told(engines, codes, "b")

        await three.stop()
        await each_told(engines, codes, "c")
        await asyncio.gather(one.holds(3), two.holds(3))

        await applied_once_and_in_order(one.parts.store, codes, ["a", "b", "c"])


async def test_a_holder_frozen_in_mid_transaction_loses_its_lease_and_what_it_had_in_hand(
    engines: LocalStack, tmp_path: Path
) -> None:
    async with Members(engines, tmp_path) as members:
        frozen, other = await members.joins(), await members.joins()
        await asyncio.gather(frozen.holds(3), other.holds(3))
        partition = min(frozen.held)
        lease = frozen.keeper.crews[partition][0]
        with pytest.raises(Transient):  # the server has ended its connection
            await frozen_over_a_takeover(frozen, other, lease)

        with pytest.raises(Fenced):
            async with frozen.parts.store.transaction() as tx:
                await tx.prove(lease, {})


async def frozen_over_a_takeover(frozen: Member, other: Member, lease: Lease) -> None:
    """In the middle of a transaction nothing moves any more, until somebody else has it all."""
    async with frozen.parts.store.transaction() as tx:
        await tx.prove(lease, {})
        frozen_at = asyncio.get_running_loop().time()
        await frozen.kill()
        await other.holds(6)
        assert asyncio.get_running_loop().time() - frozen_at < FROZEN_TAKEOVER_S
        await tx.write(Writes(positions={"any.topic": 1}))


async def test_a_stale_epoch_is_fenced_from_everything(engines: LocalStack, tmp_path: Path) -> None:
    async with Members(engines, tmp_path) as members:
        member = await members.joins()
        await member.holds(6)
        store, lease = member.parts.store, member.keeper.crews[0][0]
        stale = Lease(0, lease.owner, lease.epoch - 1)

        with pytest.raises(Fenced):
            async with store.transaction() as tx:
                await tx.prove(stale, {})
        with pytest.raises(Fenced):
            await store.relayed(stale, [], {})
        with pytest.raises(Fenced):
            await store.trying(stale, "record", "anything")
        assert await store.claim(stale, limit=10, for_s=1.0, per_s=1.0) == []
        assert await store.take(LeaseRow(0, None, stale.epoch), "thief") is None


async def test_a_lease_whose_workers_could_not_be_hired_is_taken_again(
    engines: LocalStack, tmp_path: Path
) -> None:
    async with Members(engines, tmp_path) as members:
        member = await members.joins(QUICK)
        await member.holds(6)
        store, keeper = member.parts.store, member.keeper
        lease, crew, task = keeper.crews.pop(3)  # owned, as after trouble, but nobody works on it
        crew.stop()
        await task

        await member.holds(6)

        assert keeper.crews[3][0].epoch > lease.epoch
        await told(engines, code := code_in(3), "a")
        await journal_becomes(store, code, "a")


async def test_a_defect_that_ends_the_workers_counts_as_a_death(
    engines: LocalStack, tmp_path: Path
) -> None:
    class Defect(BaseException):
        """What no handler of ours expects."""

    def defective(*_: object) -> None:
        raise Defect

    async with Members(engines, tmp_path) as members:
        member = await members.joins(QUICK, toy(prepare=defective))
        await member.holds(6)
        await told(engines, code := code_in(4), "a")
        with pytest.raises(BaseExceptionGroup) as ended:
            await member.running
        assert ended.group_contains(Defect)
        await member.keeper.abandon()
        member.killed = True

        successor = await members.joins(QUICK)
        await successor.holds(6)

        assert successor.keeper.crews[4][0].deaths == 1
        await journal_becomes(successor.parts.store, code, "a")


@asynccontextmanager
async def dying_until(
    parked: asyncio.Task[Any], engines: LocalStack, tmp: Path
) -> AsyncIterator[int]:
    """How often the process died and was started again; the one that has `parked` still runs."""
    env = settings_for("routing", engines, tmp, lease_s=0.5, beat_s=0.1)
    for deaths in count():
        async with process(*TOY_PROCESS, env=env) as running:
            died = asyncio.create_task(running.wait())
            await asyncio.wait({parked, died}, return_when=asyncio.FIRST_COMPLETED)
            if not died.done():
                yield deaths
                return
            assert died.result() == KILLED


async def test_a_record_that_kills_the_process_is_parked_after_some_deaths(
    engines: LocalStack, tmp_path: Path
) -> None:
    ill, neighbour, elsewhere = code_in(1), code_in(1), code_in(5)
    await told(engines, ill, "kill", "behind")
    await told(engines, neighbour, "a")
    await told(engines, elsewhere, "a")
    async with parts_of(TOY, engines, tmp_path) as parts:
        parked = asyncio.create_task(queue_grows_to(parts.store, ill, 2, DEATHS_S))
        async with dying_until(parked, engines, tmp_path) as deaths:
            await journal_becomes(parts.store, neighbour, "a")
            await journal_becomes(parts.store, elsewhere, "a")

    first, behind = parked.result()
    assert (first.cause, behind.cause) == ("kills_the_process", "behind")
    assert deaths == CAUTIOUS_FROM_DEATHS + TRIES_OF_ONE_MAX


async def test_a_clock_that_kills_the_process_is_parked_and_others_fire(
    engines: LocalStack, tmp_path: Path
) -> None:
    before, ill, after = (code_in(1) for _ in range(3))
    for code, clock in ((before, "tick"), (ill, "kill"), (after, "tick")):
        await told(engines, code, f"clock:{clock}:0")
    async with parts_of(TOY, engines, tmp_path) as parts:
        parked = asyncio.create_task(queue_grows_to(parts.store, ill, 1, DEATHS_S))
        async with dying_until(parked, engines, tmp_path) as deaths:
            for code in (before, after):
                await journal_becomes(parts.store, code, "clock:tick:0", "clock:tick:0")

    (row,) = parked.result()
    assert (row.kind, row.cause) == ("clock", "kills_the_process")
    assert deaths <= 2 * CAUTIOUS_FROM_DEATHS + TRIES_OF_ONE_MAX


async def test_a_member_that_stops_leaves_nothing_behind_that_must_be_waited_for(
    engines: LocalStack, tmp_path: Path
) -> None:
    async with Members(engines, tmp_path) as members:
        first = await members.joins()
        await first.holds(6)
        await first.stop()
        stopped_at = asyncio.get_running_loop().time()

        second = await members.joins()
        await second.holds(6)

        assert asyncio.get_running_loop().time() - stopped_at < first.parts.settings.lease_s
