"""What an operator does over HTTP, on a real database: only what is missing, only what is dead."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exchange.chassis.partitioning import partition_of
from exchange.chassis.rows import HandoffRow, ParkedRow, Writes
from exchange.contracts.topics import REFERRALS
from exchange.local.stack import LocalStack
from services.routing.service import SERVICE
from tests.unit.doors.calling import Calling, door_of
from tests.unit.doors.scene import EXCHANGE, STATION
from tests.unit.routing.test_door import CAPACITY, registered

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
async def desk(stack: LocalStack, tmp_path: Path) -> AsyncIterator[Calling]:
    """Routing, with agencies that have room: an offer follows the registration."""
    async with door_of(SERVICE, stack, tmp_path) as calling:
        store = calling.parts.store
        able = [a.model_copy(update={"capacity": CAPACITY}) for a in await store.book()]
        async with store.transaction() as tx:
            rows = [(a.agency, a.model_dump_json().encode()) for a in able]
            await tx.write(Writes(agencies=rows))
        yield calling


async def dead_handoff(desk: Calling, code: str) -> str:
    """Given up, with its alarm."""
    row = HandoffRow(
        id=secrets.token_hex(8),
        code=code,
        partition=partition_of(code, REFERRALS.partitions),
        agency=STATION,
        about="o1",
        body=b"{}",
        traceparent=None,
        created_at=NOW,
    )
    async with desk.parts.store.transaction() as tx:
        await tx.write(Writes(handoffs=[row]))
    async with desk.parts.store.transaction() as tx:
        alarm = ("handoff_dead", row.id, STATION)
        await tx.write(Writes(handoffs_done=[(row.id, "dead")], alarms=[alarm]))
    return row.id


async def test_an_agency_may_do_none_of_it(desk: Calling) -> None:
    code = await registered(desk)
    for path in (f"ledger/{code}:resend", f"parked/{code}:discard", "handoffs/any:resend"):
        assert (await desk.call(STATION, "POST", f"/ops/{path}", {})).status_code == 403


@pytest.mark.parametrize("part", [{"first": 0}, {"last": "x"}, {"from": 1}])
async def test_a_part_that_is_none_is_refused(desk: Calling, part: dict[str, object]) -> None:
    code = await registered(desk)
    assert (
        await desk.call(EXCHANGE, "POST", f"/ops/ledger/{code}:resend", part)
    ).status_code == 422


async def test_the_whole_ledger_or_a_part_of_it_is_sent_again(desk: Calling) -> None:
    code = await registered(desk)
    resent = [
        (await desk.call(EXCHANGE, "POST", f"/ops/ledger/{code}:resend", part)).json()["resent"]
        for part in ({}, {"first": 2}, {"first": 2, "last": 2}, {"first": 9})
    ]
    assert resent == [3, 2, 1, 0]


async def waits(desk: Calling, code: str, cause: str, event_id: str, sequence: int) -> None:
    """An event that cannot be read is parked behind this dispute."""
    row = await desk.parts.store.row(code)
    assert row is not None
    row.parked += 1
    parked = ParkedRow(
        code=code,
        partition=row.partition,
        kind="event",
        cause=cause,
        error="as the reader said it",
        source=f"{REFERRALS.name}/{row.partition}/{secrets.randbelow(10**9)}",
        event_id=event_id,
        event_at=NOW,
        traceparent=None,
        headers=[("ce_sequence", b"%d" % sequence)],
        value=b"{",
        parked_at=NOW,
    )
    async with desk.parts.store.transaction() as tx:
        await tx.write(Writes(rows=[row], parked=[parked]))


async def test_a_queue_tells_which_sequences_it_waits_for(desk: Calling) -> None:
    code = await registered(desk)
    await waits(desk, code, "gap", "e5", 5)

    shown = (await desk.call(EXCHANGE, "GET", f"/ops/parked/{code}")).json()

    assert (shown["missing"], shown["queue"][0]["event_id"]) == ([1, 4], "e5")


async def test_what_can_never_be_read_is_given_up_one_by_one(desk: Calling) -> None:
    code = await registered(desk)
    await waits(desk, code, "undecodable", "e1", 1)
    await waits(desk, code, "undecodable", "e2", 2)
    path = f"/ops/parked/{code}:discard"

    async def given_up(event_id: str, because: str) -> tuple[int, dict[str, Any]]:
        body = {"event_id": event_id, "because": because}
        answer = await desk.call(EXCHANGE, "POST", path, body)
        return answer.status_code, answer.json()

    assert (await given_up("e1", "I am tired of it"))[0] == 422
    assert (await given_up("e2", "undecodable"))[1]["code"] == "not_the_first"
    assert (await given_up("e1", "bad_data"))[1]["code"] == "fails_otherwise"
    status, done = await given_up("e1", "undecodable")

    assert (status, done["discarded"], done["waiting"], done["cause"]) == (
        200, "e1", 1, "undecodable",
    )  # fmt: skip
    assert (await given_up("e2", "undecodable"))[1]["waiting"] == 0
    assert (await given_up("e2", "undecodable"))[0] == 404
    standing = await desk.parts.store.alarms(limit=10_000)
    told = [kind for kind, _, detail, _ in standing if code in detail]
    assert told == ["event_discarded", "event_discarded"]


async def test_a_handoff_that_was_given_up_waits_again_and_its_alarm_is_gone(
    desk: Calling,
) -> None:
    handoff_id = await dead_handoff(desk, await registered(desk))
    path = f"/ops/handoffs/{handoff_id}:resend"

    assert (await desk.call(EXCHANGE, "POST", path)).json()["resent"] is True

    again = await desk.parts.store.handoff(handoff_id)
    assert again is not None
    assert again.state == "unknown"  # the agency is asked before anything is sent
    standing = await desk.parts.store.alarms(limit=10_000)
    assert handoff_id not in [subject for _, subject, _, _ in standing]
    twice = await desk.call(EXCHANGE, "POST", path)
    assert (twice.status_code, twice.json()["code"]) == (409, "handoff_not_dead")
    assert (await desk.call(EXCHANGE, "POST", "/ops/handoffs/no:resend")).status_code == 404
