"""A handoff is tried by one worker at a time, and in order per dispute and agency."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from exchange.chassis.ports import Store
from exchange.chassis.rows import HandoffRow, Lease, Writes
from tests.parity.rows import COMMITTEE, code_in, codes_in, handoff, leased, listed, written
from tests.parity.together import Begun, blocked
from tests.parity.worlds import World

CLAIM_S = 60.0
PER_S = 1_000.0
"""A rate that nothing here comes near."""

ONE_AN_HOUR, ANY_TIME_IS_ENOUGH = 1 / 3_600, 1e9
OTHER_COMMITTEE = "MC-330803112214-01"
ROOM = 8


async def owed(store: Store, rows: Sequence[HandoffRow], **agency: Any) -> Lease:
    """These handoffs, to a committee that takes pushes; the lease of partition 0."""
    lease = await leased(store, 0)
    await written(
        store,
        sorted({row.code for row in rows}),
        agencies=[listed(COMMITTEE, **{"concurrency": ROOM, **agency})],
        handoffs=list(rows),
    )
    return lease


async def claimed(store: Store, lease: Lease, limit: int = 10) -> list[str]:
    """What is claimed now, by `about`."""
    return [row.about for row in await store.claim(lease, limit=limit, for_s=CLAIM_S, per_s=PER_S)]


async def answered(store: Store, row: HandoffRow) -> None:
    """The agency's signed answer, folded."""
    async with store.transaction() as tx:
        await tx.lock([row.code])
        assert await tx.handoffs([row.id]) == {row.id}
        await tx.write(Writes(handoffs_done=[(row.id, "delivered")]))


class TestClaim:
    async def test_two_claims_at_once_share_nothing(self, world: World) -> None:
        codes = codes_in(0, 6)
        lease = await owed(world.store, [handoff(code, "offer") for code in codes])

        both = await asyncio.gather(
            world.store.claim(lease, limit=3, for_s=CLAIM_S, per_s=PER_S),
            world.store.claim(lease, limit=3, for_s=CLAIM_S, per_s=PER_S),
        )
        got = [row.code for rows in both for row in rows]
        assert sorted(got) == codes

    async def test_the_second_of_a_dispute_waits_for_the_first(self, world: World) -> None:
        code = code_in(0)
        first, second = handoff(code, "offer"), handoff(code, "reminder")
        lease = await owed(world.store, [first, second])
        assert await claimed(world.store, lease) == ["offer"]
        assert await claimed(world.store, lease) == []

        await answered(world.store, first)
        assert await claimed(world.store, lease) == ["reminder"]

    async def test_a_cancelled_one_holds_nobody_up(self, world: World) -> None:
        code = code_in(0)
        lease = await owed(world.store, [handoff(code, "offer"), handoff(code, "withdrawal")])
        await written(world.store, [code], handoffs_cancelled=[(code, COMMITTEE, "offer")])
        assert await claimed(world.store, lease) == ["withdrawal"]

    async def test_it_gives_the_row_as_it_stood_and_makes_it_unknown(self, world: World) -> None:
        row = handoff(code_in(0), "offer")
        lease = await owed(world.store, [row])
        (got,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=PER_S)
        stored = await world.store.handoff(row.id)

        assert (got.state, got.attempts, got.body) == ("open", 1, row.body)
        assert stored is not None
        assert (stored.state, stored.attempts) == ("unknown", 1)

    async def test_a_claim_that_has_run_out_is_claimed_again_with_the_next_number(
        self, world: World
    ) -> None:
        lease = await owed(world.store, [handoff(code_in(0), "offer")])
        await world.store.claim(lease, limit=1, for_s=0, per_s=PER_S)
        (again,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=PER_S)
        assert (again.state, again.attempts) == ("unknown", 2)

    async def test_an_agency_gets_no_more_at_once_than_it_takes(self, world: World) -> None:
        codes = codes_in(0, 3)
        rows = [handoff(code, "offer") for code in codes]
        lease = await owed(world.store, rows, concurrency=2)
        first = await world.store.claim(lease, limit=10, for_s=CLAIM_S, per_s=PER_S)
        assert len(first) == 2
        assert await claimed(world.store, lease) == []

        await answered(world.store, first[0])
        assert await claimed(world.store, lease) == ["offer"]

    async def test_its_cap_holds_over_all_partitions(self, world: World) -> None:
        here, there = handoff(code_in(0), "offer"), handoff(code_in(1), "offer")
        lease = await owed(world.store, [here, there], concurrency=1)
        other = await leased(world.store, 1)
        assert await claimed(world.store, lease) == ["offer"]
        assert await claimed(world.store, other) == []

    async def test_its_rate_holds_however_soon_it_answers(self, world: World) -> None:
        rows = [handoff(code, "offer") for code in codes_in(0, 4)]
        lease = await owed(world.store, rows)
        first = await world.store.claim(lease, limit=10, for_s=CLAIM_S, per_s=2)
        for row in first:
            await world.store.attempted(row, outcome="answered", state="unknown", again_in_s=60)
            await answered(world.store, row)

        assert len(first) == 2
        assert await world.store.claim(lease, limit=10, for_s=CLAIM_S, per_s=ONE_AN_HOUR) == []

    async def test_its_rate_holds_over_all_partitions_and_for_each_agency_alone(
        self, world: World
    ) -> None:
        here, there = handoff(code_in(0), "offer"), handoff(code_in(1), "offer")
        elsewhere = handoff(code_in(1), "offer", OTHER_COMMITTEE)
        lease, other = await owed(world.store, [here, there]), await leased(world.store, 1)
        await written(
            world.store, [elsewhere.code], agencies=[listed(OTHER_COMMITTEE)], handoffs=[elsewhere]
        )
        (first,) = await world.store.claim(lease, limit=9, for_s=CLAIM_S, per_s=ONE_AN_HOUR)
        (second,) = await world.store.claim(other, limit=9, for_s=CLAIM_S, per_s=ONE_AN_HOUR)

        assert (first.id, second.id) == (here.id, elsewhere.id)

    async def test_a_slow_rate_lets_one_through_and_the_next_when_its_time_has_come(
        self, world: World
    ) -> None:
        codes = codes_in(0, 3)
        lease = await owed(world.store, [handoff(code, "offer") for code in codes])
        tried = [
            len(await world.store.claim(lease, limit=9, for_s=CLAIM_S, per_s=per_s))
            for per_s in (ONE_AN_HOUR, ONE_AN_HOUR, ANY_TIME_IS_ENOUGH)
        ]
        assert tried == [1, 0, 2]

    async def test_a_try_that_failed_has_spent_its_token(self, world: World) -> None:
        lease = await owed(world.store, [handoff(code_in(0), "offer")])
        (row,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=ONE_AN_HOUR)
        await world.store.attempted(row, outcome="failed", state="open", again_in_s=0)
        assert await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=ONE_AN_HOUR) == []

    async def test_nothing_is_claimed_under_a_lost_lease(self, world: World) -> None:
        lease = await owed(world.store, [handoff(code_in(0), "offer")])
        await leased(world.store, 0, "second")
        assert await claimed(world.store, lease) == []

    async def test_an_agency_that_polls_is_not_pushed_to(self, world: World) -> None:
        lease = await owed(world.store, [handoff(code_in(0), "offer")], mode="mailbox")
        assert await claimed(world.store, lease) == []


class TestAttempts:
    async def test_a_failed_try_frees_the_row_for_the_next(self, world: World) -> None:
        lease = await owed(world.store, [handoff(code_in(0), "offer")])
        (row,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=PER_S)
        await world.store.attempted(row, outcome="failed", state="open", again_in_s=0)
        (again,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=PER_S)
        assert (again.state, again.attempts) == ("open", 2)

    async def test_it_is_not_tried_before_its_time(self, world: World) -> None:
        lease = await owed(world.store, [handoff(code_in(0), "offer")])
        (row,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=PER_S)
        await world.store.attempted(row, outcome="failed", state="open", again_in_s=60)
        assert await claimed(world.store, lease) == []

    async def test_the_word_of_an_older_try_does_not_count(self, world: World) -> None:
        lease = await owed(world.store, [handoff(code_in(0), "offer")])
        (old,) = await world.store.claim(lease, limit=1, for_s=0, per_s=PER_S)
        (new,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=PER_S)
        await world.store.attempted(old, outcome="failed", state="open", again_in_s=0)

        stored = await world.store.handoff(new.id)
        assert stored is not None
        assert (stored.state, stored.attempts) == ("unknown", 2)
        assert await claimed(world.store, lease) == []

    async def test_the_word_on_an_answered_one_does_not_count(self, world: World) -> None:
        lease = await owed(world.store, [handoff(code_in(0), "offer")])
        (row,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=PER_S)
        await answered(world.store, row)
        await world.store.attempted(row, outcome="unknown", state="unknown", again_in_s=0)
        stored = await world.store.handoff(row.id)
        assert stored is not None
        assert stored.state == "delivered"

    @pytest.mark.parametrize(("last", "pushed"), [("failed", []), ("absent", ["offer"])])
    async def test_five_failures_in_a_row_rest_the_endpoint(
        self, world: World, last: str, pushed: list[str]
    ) -> None:
        lease = await owed(world.store, [handoff(code, "offer") for code in codes_in(0, 6)])
        rows = await world.store.claim(lease, limit=5, for_s=CLAIM_S, per_s=PER_S)
        for row in rows[:4]:
            await world.store.attempted(row, outcome="failed", state="open", again_in_s=60)
        await world.store.attempted(rows[4], outcome=last, state="open", again_in_s=60)

        assert await claimed(world.store, lease) == pushed


class TestOwing:
    async def test_the_same_handoff_is_owed_once(self, world: World) -> None:
        code = code_in(0)
        first = handoff(code, "offer")
        await written(world.store, [code], handoffs=[first])
        await written(world.store, [code], handoffs_done=[(first.id, "delivered")])
        await written(world.store, [code], handoffs=[first])

        stored = await world.store.handoff(first.id)
        assert stored is not None
        assert (stored.state, stored.created_at) == ("delivered", first.created_at)
        assert await world.store.waiting(first.id) is None

    async def test_an_answer_locks_what_it_is_about(self, world: World) -> None:
        row = handoff(code_in(0), "offer")
        await owed(world.store, [row])
        async with Begun(world.store) as first:
            assert await first.tx.handoffs([row.id, "unknown"]) == {row.id}
            await first.tx.write(Writes(handoffs_done=[(row.id, "delivered")]))
            second = waiting_in_transaction(world.store, row.id)
            async with blocked(world, second) as looking:
                await first.commit()
                assert await looking == set()

    async def test_only_the_first_of_a_dispute_and_agency_is_waited_for(self, world: World) -> None:
        code = code_in(0)
        first, second = handoff(code, "offer"), handoff(code, "reminder")
        elsewhere = handoff(code, "offer", "PS-330803112000-01")
        await written(world.store, [code], handoffs=[first, second, elsewhere])

        waiting = [await world.store.waiting(row.id) for row in (first, second, elsewhere)]
        assert [row.about if row else None for row in waiting] == ["offer", None, "offer"]
        assert await world.store.waiting("unknown") is None


class TestMailbox:
    async def test_it_gives_what_waits_in_order_after_the_cursor(self, world: World) -> None:
        codes = codes_in(0, 3)
        rows = [handoff(code, "offer") for code in codes]
        await written(world.store, codes, handoffs=rows)
        await written(world.store, [codes[1]], handoffs_done=[(rows[1].id, "delivered")])

        page = await world.store.mailbox(COMMITTEE, after=0, limit=10)
        assert [row.code for _, row in page] == [codes[0], codes[2]]
        assert await world.store.mailbox(COMMITTEE, after=page[0][0], limit=10) == page[1:]
        assert await world.store.mailbox(COMMITTEE, after=0, limit=1) == page[:1]
        assert await world.store.mailbox("PC-330803", after=0, limit=10) == []

    async def test_a_late_commit_is_not_skipped(self, world: World) -> None:
        """An earlier position that is not committed holds the later ones back."""
        slow, quick = codes_in(0, 2)
        async with Begun(world.store) as late:
            await late.tx.lock([slow])
            await late.tx.write(Writes(handoffs=[handoff(slow, "offer")]))
            await written(world.store, [quick], handoffs=[handoff(quick, "offer")])
            before = await world.store.mailbox(COMMITTEE, after=0, limit=10)
            await late.commit()
        after = await world.store.mailbox(COMMITTEE, after=0, limit=10)

        assert before == []
        assert [row.code for _, row in after] == [slow, quick]


async def waiting_in_transaction(store: Store, handoff_id: str) -> set[str]:
    async with store.transaction() as tx:
        return await tx.handoffs([handoff_id])


class TestRevival:
    async def test_only_a_dead_one_waits_again(self, world: World) -> None:
        row = handoff(code_in(0), "offer")
        lease = await owed(world.store, [row])
        assert not await world.store.revive(row.id)
        assert not await world.store.revive("nobody's")
        (tried,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=PER_S)
        await written(world.store, [row.code], handoffs_done=[(row.id, "dead")])
        assert await claimed(world.store, lease) == []

        assert await world.store.revive(row.id)

        (again,) = await world.store.claim(lease, limit=1, for_s=CLAIM_S, per_s=PER_S)
        assert (again.id, again.state, again.attempts) == (row.id, "unknown", tried.attempts + 1)
