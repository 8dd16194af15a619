"""An event that can never be applied is given up by a person; the queue behind it goes on."""

import json
from typing import Any

import pytest

from exchange.chassis.decider import Refused
from exchange.chassis.discarding import Because, discard
from exchange.chassis.parking import Parking, Released
from exchange.chassis.partitioning import partition_of
from exchange.chassis.process import Parts
from exchange.chassis.service import AnyService
from exchange.contracts.events.base import Evidence
from exchange.local.stack import LocalStack
from tests.chassis.test_undecodable import good, write_raw
from tests.support.running import new_code
from tests.support.toy import MENDED, TOY
from tests.support.watching import alarm_of, journal_of, queue_grows_to, queue_of, told

ORDER = Evidence(key_id="EX/1", agency="EX-000000000000-01", base="signed", signature="AA==")


async def discarded(
    parts: Parts, code: str, because: Because, *, nth: int = 0, service: AnyService = TOY
) -> Released:
    """Give up the nth of the queue, in a process that runs this build of the service."""
    parking = Parking(service, parts.store, parts.workshop, parts.trace, parts.wake)
    queue = await queue_of(parts.store, code)
    return await discard(parking, code, queue[nth].event_id, because, ORDER)


async def undecodable(engines: LocalStack, code: str) -> None:
    await write_raw(
        engines, code.encode(), b"{", good(code).headers(), partition=partition_of(code, 6)
    )


async def test_only_the_first_is_given_up(engines: LocalStack, parts: Parts) -> None:
    code = new_code()
    await told(engines, code, "fail", "second")
    before = await queue_grows_to(parts.store, code, 2)

    with pytest.raises(Refused) as refused:
        await discarded(parts, code, "decision_fails", nth=1)

    assert refused.value.code == "not_the_first"
    assert await queue_of(parts.store, code) == before


async def test_what_can_be_applied_after_all_is_not_given_up(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await told(engines, code, "fail", "second")
    before = await queue_grows_to(parts.store, code, 2)

    with pytest.raises(Refused) as refused:
        await discarded(parts, code, "decision_fails", service=MENDED)

    assert refused.value.code == "can_be_applied"
    assert await queue_of(parts.store, code) == before
    assert await journal_of(parts.store, code) == ()


@pytest.mark.parametrize("because", ["undecodable", "bad_data"])
async def test_another_reason_than_the_real_one_gives_nothing_up(
    engines: LocalStack, parts: Parts, because: Because
) -> None:
    code = new_code()
    await told(engines, code, "fail")
    before = await queue_grows_to(parts.store, code, 1)

    with pytest.raises(Refused) as refused:
        await discarded(parts, code, because)

    assert refused.value.code == "fails_otherwise"
    assert await queue_of(parts.store, code) == before


async def test_what_waits_behind_an_undecodable_one_goes_on_in_order(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await undecodable(engines, code)
    await told(engines, code, "second", "third")
    (first, *_) = await queue_grows_to(parts.store, code, 3)

    assert await discarded(parts, code, "undecodable") == Released(2, 0)

    assert await journal_of(parts.store, code) == ("second", "third")
    assert await alarm_of(parts.store, "dispute_parked", code) is None
    assert await alarm_of(parts.store, "event_discarded", first.source) == f"undecodable {code}"


async def test_its_bytes_and_the_signed_order_are_kept(engines: LocalStack, parts: Parts) -> None:
    code = new_code()
    await undecodable(engines, code)
    (row,) = await queue_grows_to(parts.store, code, 1)

    await discarded(parts, code, "undecodable")

    kept = [q for q in await parts.store.quarantined(limit=10_000) if q.key == code.encode()]
    assert [(q.cause, q.value) for q in kept] == [("discarded", b"{")]
    order: dict[str, Any] = json.loads(
        await parts.store.blob(code, f"discarded/{row.source}") or b"{}"
    )
    assert (order["event_id"], order["because"]) == (row.event_id, "undecodable")
    assert order["evidence"]["base"] == "signed"


async def test_the_next_that_fails_stops_the_rest_with_an_alarm(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await told(engines, code, "fail", "second", "fail", "fourth")
    await queue_grows_to(parts.store, code, 4)

    done = await discarded(parts, code, "decision_fails")

    assert (done.released, done.waiting, done.cause) == (1, 2, "ToldToFail")
    assert await journal_of(parts.store, code) == ("second",)
    assert await alarm_of(parts.store, "dispute_parked", code) is not None
