"""Pushed handoffs: in order, counted only when signed, never sent again before one has asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exchange.chassis import handoffs
from exchange.chassis.circuit import FAILURES_MAX
from exchange.chassis.process import Parts
from exchange.local.stack import LocalStack
from tests.support.agencies import EVER, list_agencies
from tests.support.agency_server import PushedAgency, pushed_agency
from tests.support.running import code_in, eventually, member_of, new_code, parts_of
from tests.support.toy import TOY
from tests.support.watching import (
    alarm_of,
    as_owner,
    journal_becomes,
    journal_of,
    queue_grows_to,
    told,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waits, shorter."""
    monkeypatch.setattr(handoffs, "POLL_S", 0.05)
    monkeypatch.setattr(handoffs, "RETRY_MIN_S", 0.05)
    monkeypatch.setattr(handoffs, "CALL_TIMEOUT_S", 1.0)


@asynccontextmanager
async def agency_of(parts: Parts, *behaviours: str, **delivery: int) -> AsyncIterator[PushedAgency]:
    """A committee in the directory, reached by push."""
    exchange = parts.workshop.signing.verify_key(EVER)
    async with pushed_agency(exchange, *behaviours) as agency:
        listed = agency.agency.listed("committee", mode="push", url=agency.url, **delivery)
        await list_agencies(parts.store, listed)
        yield agency


def offer(agency: PushedAgency, about: str) -> str:
    return f"offer:{agency.agency.code}:{about}"


def delivered(*abouts: str) -> list[str]:
    return [f"answer:{about}:True" for about in abouts]


async def test_handoffs_of_a_dispute_arrive_in_order_one_after_the_other(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    async with agency_of(parts) as agency:
        orders = [offer(agency, about) for about in ("o1", "o2", "o3")]
        await told(engines, code, *orders)

        await journal_becomes(parts.store, code, *orders, *delivered("o1", "o2", "o3"))
        assert agency.posted == ["o1", "o2", "o3"]
        assert agency.at_once_max == 1


@pytest.mark.parametrize("answer", ["unsigned", "wrong_key", "other_body", "endless"])
async def test_an_answer_that_the_agency_did_not_sign_so_does_not_count(
    engines: LocalStack, parts: Parts, answer: str
) -> None:
    code = new_code()
    async with agency_of(parts, answer) as agency:
        order = offer(agency, "o1")
        await told(engines, code, order)

        await journal_becomes(parts.store, code, order, *delivered("o1"))
        assert (agency.posted, len(agency.asked)) == (["o1"], 1)  # it was asked, not sent again


async def test_a_receiver_in_trouble_is_asked_and_sent_to_again(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    async with agency_of(parts, "500", "503") as agency:
        order = offer(agency, "o1")
        await told(engines, code, order)

        await journal_becomes(parts.store, code, order, *delivered("o1"))
        assert agency.posted == ["o1", "o1", "o1"]
        assert len(agency.asked) == 1  # 500 may have come after it took the handoff, 503 not


async def test_a_refusal_ends_the_handoff_and_is_told_to_the_dispute_and_to_a_person(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    async with agency_of(parts, "422") as agency:
        first, second = offer(agency, "o1"), offer(agency, "o2")
        await told(engines, code, first, second)

        await journal_becomes(parts.store, code, first, second, "answer:o1:False", "answer:o2:True")
        assert agency.posted == ["o1", "o2"]
        standing = await parts.store.alarms(limit=1_000)
        assert f"{agency.agency.code} o1" in [d for k, _, d, _ in standing if k == "handoff_dead"]


async def test_a_timeout_is_settled_by_asking_before_anything_is_sent_again(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    async with agency_of(parts, "late") as agency:
        order = offer(agency, "o1")
        await told(engines, code, order)

        await journal_becomes(parts.store, code, order, *delivered("o1"))
        assert (agency.posted, len(agency.asked)) == (["o1"], 1)


async def test_a_crash_between_sending_and_noting_is_settled_by_asking(
    engines: LocalStack, parts: Parts
) -> None:
    same_keys = parts.settings.signing_key_file.parent
    async with (
        agency_of(parts) as agency,
        parts_of(TOY, engines, same_keys) as doomed_parts,
        member_of(doomed_parts) as doomed,
    ):
        await doomed.holds(3)
        code, order = code_in(min(doomed.held)), offer(agency, "o1")
        agency.gate.clear()
        await told(engines, code, order)
        await eventually(lambda: has_posts(agency, 1), "the handoff is on its way")

        await doomed.kill()
        agency.gate.set()
        await as_owner(  # it would run out by itself after CLAIM_S
            engines, "routing", "UPDATE handoffs SET claimed_until = now() WHERE code = $1", code
        )

        await journal_becomes(parts.store, code, order, *delivered("o1"))
        assert (agency.posted, len(agency.asked)) == (["o1"], 1)


async def has_posts(agency: PushedAgency, posts: int) -> bool:
    return len(agency.posted) >= posts


async def test_an_agency_that_cannot_be_reached_opens_the_circuit(
    engines: LocalStack, parts: Parts
) -> None:
    codes = [new_code() for _ in range(12)]
    async with agency_of(parts, *["503"] * 20, concurrency=1) as agency:
        for code in codes:
            await told(engines, code, offer(agency, "o1"))
        await eventually(lambda: has_posts(agency, FAILURES_MAX), "it fails")

        await asyncio.sleep(0.5)  # ten polls of the workers

        assert len(agency.posted) == FAILURES_MAX
        agency.behaviours.clear()
        await as_owner(
            engines, "routing", "UPDATE endpoints SET open_until = now() WHERE agency = $1",
            agency.agency.code,
        )  # fmt: skip
        for code in codes:
            await journal_becomes(parts.store, code, offer(agency, "o1"), *delivered("o1"))


async def test_no_more_than_its_cap_is_sent_to_an_agency_at_once(
    engines: LocalStack, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handoffs, "CALL_TIMEOUT_S", 20.0)
    codes = [code_in(partition) for partition in range(6) for _ in range(3)]
    async with agency_of(parts, concurrency=3) as agency:
        agency.gate.clear()
        for code in codes:
            await told(engines, code, offer(agency, "o1"))
        await eventually(lambda: has_posts(agency, 3), "three are on their way")
        await asyncio.sleep(0.3)  # six polls of the workers
        agency.gate.set()

        for code in codes:
            await journal_becomes(parts.store, code, offer(agency, "o1"), *delivered("o1"))
        assert agency.at_once_max == 3
        assert max(agency.times_posted.values()) == len(codes)


@pytest.mark.parametrize("url", ["http://[bad", "ftp://host/x", "http://127.0.0.1:1/x", "no url"])
async def test_an_address_that_is_none_harms_nobody_else(
    engines: LocalStack, parts: Parts, url: str
) -> None:
    ill, well = code_in(2), code_in(2)
    async with agency_of(parts) as agency, agency_of(parts) as lost:
        entry = lost.agency.listed("committee", mode="push", url=url)
        await list_agencies(parts.store, entry)
        await told(engines, ill, offer(lost, "o1"))
        await told(engines, well, offer(agency, "o1"))

        await journal_becomes(parts.store, well, offer(agency, "o1"), *delivered("o1"))
        assert await journal_of(parts.store, ill) == (offer(lost, "o1"),)


async def test_a_cancelled_handoff_is_not_sent(engines: LocalStack, parts: Parts) -> None:
    code = new_code()
    async with agency_of(parts, "503") as agency:
        first, second = offer(agency, "o1"), offer(agency, "o2")
        cancelled = f"cancel:{agency.agency.code}:o1"
        await told(engines, code, first, second, cancelled)

        await journal_becomes(parts.store, code, first, second, cancelled, *delivered("o2"))
        assert agency.posted.count("o1") <= 1


async def test_an_answer_that_cannot_be_written_parks_its_dispute_alone(
    engines: LocalStack, parts: Parts
) -> None:
    ill, well = code_in(3), code_in(3)
    async with agency_of(parts) as agency:
        await told(engines, ill, offer(agency, "nul"))
        await told(engines, well, offer(agency, "o1"))

        (row,) = await queue_grows_to(parts.store, ill, 1)
        assert (row.kind, row.cause) == ("answer", "bad_data")
        await journal_becomes(parts.store, well, offer(agency, "o1"), *delivered("o1"))
        assert await alarm_of(parts.store, "dispute_parked", ill) is not None
