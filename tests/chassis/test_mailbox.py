"""The mailbox: the same rows, order and receipts as push, for agencies that let no call in."""

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from exchange.chassis.process import Parts
from exchange.local.stack import LocalStack
from tests.support.agencies import Agency, list_agencies
from tests.support.door import Caller, caller_of, problem_of
from tests.support.running import eventually, new_code
from tests.support.watching import database_of, journal_becomes, journal_of, told


@pytest.fixture
async def committee(parts: Parts) -> AsyncIterator[Caller]:
    """A committee that asks for its handoffs."""
    agency = Agency.named("PC")
    await list_agencies(parts.store, agency.listed("committee"))
    async with caller_of(parts, agency) as caller:
        yield caller


def offer(committee: Caller, about: str) -> str:
    return f"offer:{committee.agency.code}:{about}"


async def waiting(committee: Caller, query: str = "") -> dict[str, str]:
    """Its mailbox: `about` by handoff id, in order."""
    page = (await committee.gets("/v1/handoffs" + query)).json()
    return {handoff["handoff_id"]: handoff["about"] for handoff in page["handoffs"]}


async def mailbox_grows_to(committee: Caller, length: int) -> list[str]:
    async def is_so() -> bool:
        return len(await waiting(committee)) == length

    await eventually(is_so, f"{length} handoffs wait")
    return list(await waiting(committee))


async def answers(committee: Caller, handoff_id: str, body: object = None) -> httpx.Response:
    return await committee.sends(
        committee.signed("POST", f"/v1/handoffs/{handoff_id}:answer", body or {"received": True})
    )


async def test_a_handoff_is_answered_and_told_to_its_dispute(
    engines: LocalStack, parts: Parts, committee: Caller
) -> None:
    code = new_code()
    await told(engines, code, offer(committee, "o1"))
    (handoff_id,) = await mailbox_grows_to(committee, 1)

    answered = await answers(committee, handoff_id)

    assert answered.json() == {"handoff_id": handoff_id, "answered": True}
    await journal_becomes(parts.store, code, offer(committee, "o1"), "answer:o1:True")
    assert await waiting(committee) == {}


async def test_asking_waits_until_there_is_something(
    engines: LocalStack, committee: Caller
) -> None:
    asking = asyncio.create_task(committee.gets("/v1/handoffs?wait=20"))
    await asyncio.sleep(0.3)
    assert not asking.done()

    await told(engines, new_code(), offer(committee, "o1"))

    async with asyncio.timeout(10):
        page = (await asking).json()
    assert [handoff["about"] for handoff in page["handoffs"]] == ["o1"]
    empty = (await committee.gets(f"/v1/handoffs?after={page['after']}&wait=0")).json()
    assert empty == {"handoffs": [], "after": page["after"]}


async def test_pages_follow_one_another_and_asking_from_the_start_gives_all_again(
    engines: LocalStack, committee: Caller
) -> None:
    code = new_code()
    await told(engines, code, *[offer(committee, f"o{n}") for n in range(5)])
    everything = await mailbox_grows_to(committee, 5)

    first = (await committee.gets("/v1/handoffs?limit=2")).json()
    rest = await waiting(committee, f"?after={first['after']}")

    assert [h["about"] for h in first["handoffs"]] == ["o0", "o1"]
    assert list(rest.values()) == ["o2", "o3", "o4"]
    assert list(await waiting(committee)) == everything


async def test_an_answer_out_of_order_is_refused_until_the_earlier_one_is_given(
    engines: LocalStack, parts: Parts, committee: Caller
) -> None:
    code, other = new_code(), new_code()
    await told(engines, code, offer(committee, "o1"), offer(committee, "o2"))
    await told(engines, other, offer(committee, "o3"))
    await mailbox_grows_to(committee, 3)
    ids = {about: handoff_id for handoff_id, about in (await waiting(committee)).items()}

    early = await answers(committee, ids["o2"])
    elsewhere = await answers(committee, ids["o3"])

    assert (early.status_code, problem_of(early)["code"]) == (409, "handoff_out_of_order")
    assert elsewhere.status_code == 200
    assert (await answers(committee, ids["o1"])).status_code == 200
    assert (await answers(committee, ids["o2"])).status_code == 200
    await journal_becomes(
        parts.store, code,
        offer(committee, "o1"), offer(committee, "o2"), "answer:o1:True", "answer:o2:True",
    )  # fmt: skip


async def test_answering_twice_or_at_once_has_one_effect(
    engines: LocalStack, parts: Parts, committee: Caller
) -> None:
    code = new_code()
    await told(engines, code, offer(committee, "o1"))
    (handoff_id,) = await mailbox_grows_to(committee, 1)

    given = await asyncio.gather(*(answers(committee, handoff_id) for _ in range(5)))
    again = await answers(committee, handoff_id)

    assert {answer.status_code for answer in (*given, again)} == {200}
    await journal_becomes(parts.store, code, offer(committee, "o1"), "answer:o1:True")


async def test_a_handoff_of_another_agency_is_not_there(
    engines: LocalStack, parts: Parts, committee: Caller
) -> None:
    code, stranger = new_code(), Agency.named("PC")
    await list_agencies(parts.store, stranger.listed("committee"))
    await told(engines, code, offer(committee, "o1"))
    (handoff_id,) = await mailbox_grows_to(committee, 1)

    async with caller_of(parts, stranger) as other:
        assert await waiting(other) == {}
        foreign, missing = await answers(other, handoff_id), await answers(other, "no-such-id")

    assert foreign.status_code == missing.status_code == 404
    assert {**problem_of(foreign), "trace_id": ""} == {**problem_of(missing), "trace_id": ""}
    assert await journal_of(parts.store, code) == (offer(committee, "o1"),)


@pytest.mark.parametrize("body", [b"{", b"[1]"])
async def test_an_answer_that_is_no_object_is_not_valid(
    engines: LocalStack, committee: Caller, body: bytes
) -> None:
    await told(engines, new_code(), offer(committee, "o1"))
    (handoff_id,) = await mailbox_grows_to(committee, 1)

    assert (await answers(committee, handoff_id, body)).status_code == 422
    assert await mailbox_grows_to(committee, 1) == [handoff_id]


async def test_a_transaction_that_commits_late_is_not_passed_over_by_the_cursor(
    engines: LocalStack, committee: Caller
) -> None:
    late = await asyncpg.connect(database_of(engines, "routing"))
    transaction = late.transaction()
    await transaction.start()
    await late.execute(
        "INSERT INTO handoffs (id, code, partition, agency, about, body, created_at)"
        " VALUES ($1, $1, 0, $2, 'late', $3, now())",
        code := new_code(),
        committee.agency.code,
        json.dumps({"handoff_id": code, "about": "late"}).encode(),
    )
    await told(engines, new_code(), offer(committee, "early"))
    await asyncio.sleep(0.5)  # it is committed, with a higher number than the late one
    while_open = await waiting(committee)

    await transaction.commit()
    await late.close()

    assert while_open == {}
    await mailbox_grows_to(committee, 2)
    assert list((await waiting(committee)).values()) == ["late", "early"]


async def test_an_answer_for_a_parked_dispute_is_taken_and_waits_with_it(
    engines: LocalStack, parts: Parts, committee: Caller
) -> None:
    code = new_code()
    await told(engines, code, offer(committee, "o1"), "fail")
    (handoff_id,) = await mailbox_grows_to(committee, 1)

    assert (await answers(committee, handoff_id)).status_code == 200
    assert (await answers(committee, handoff_id)).status_code == 200

    row = await parts.store.row(code)
    assert row is not None
    assert row.parked == 2
    assert await waiting(committee) == {}
