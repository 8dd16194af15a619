"""A failure parks its dispute alone: the rest flows, later things queue, a person releases."""

import json
from datetime import datetime

from exchange.chassis.parking import RELEASED_AT_ONCE_MAX, Parking, Released
from exchange.chassis.process import Parts
from exchange.chassis.service import AnyService
from exchange.contracts.topics import DISPUTES
from exchange.local.stack import LocalStack
from tests.support.agencies import Agency, list_agencies
from tests.support.running import code_in, new_code, produce
from tests.support.toy import MENDED, TOY, decider, envelope, registered, toy
from tests.support.watching import (
    alarm_of,
    due_of,
    journal_becomes,
    journal_of,
    queue_grows_to,
    queue_of,
    told,
)


def release_by(parts: Parts, service: AnyService) -> Parking:
    """The operator's release, in a process that runs this build of the service."""
    return Parking(service, parts.store, parts.workshop, parts.trace, parts.wake)


async def test_the_rest_of_the_partition_flows_and_later_events_queue(
    engines: LocalStack, parts: Parts
) -> None:
    ill, well = code_in(3), code_in(3)

    await told(engines, ill, "fail", "second")
    await told(engines, well, "first")

    await journal_becomes(parts.store, well, "first")
    first, second = await queue_grows_to(parts.store, ill, 2)
    assert (first.cause, second.cause) == ("ToldToFail", "behind")


async def test_a_parked_event_keeps_its_bytes_and_headers_and_tells_no_value(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    event = envelope(registered(code, "fail"), "once-" + code)

    await produce(engines, DISPUTES, [event])

    (row,) = await queue_grows_to(parts.store, code, 1)
    assert row.value == event.value
    assert list(row.headers) == event.headers()
    assert row.traceparent == event.traceparent
    alarm = await alarm_of(parts.store, "dispute_parked", code) or ""
    assert "ToldToFail at decider" in row.error
    assert "330803198005170011" not in row.error + alarm


async def test_due_clocks_and_answers_queue_behind_with_their_own_times(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    committee = Agency.named("PC")
    await list_agencies(parts.store, committee.listed("committee"))
    await told(engines, code, "clock:toy.limit:2", f"offer:{committee.code}:o1", "fail")
    first = await queue_grows_to(parts.store, code, 1)
    due_at = await due_of(parts.store, code)
    assert due_at is not None

    (_, handoff) = (await parts.store.mailbox(committee.code, after=0, limit=1))[0]
    await committee.answers(parts, handoff)
    queue = await queue_grows_to(parts.store, code, 3)

    assert queue[0] == first[0]
    assert {row.kind for row in queue[1:]} == {"clock", "answer"}
    clock = next(row for row in queue if row.kind == "clock")
    assert datetime.fromisoformat(json.loads(clock.value)["due_at"]) == due_at
    assert await release_by(parts, MENDED).release(code) == Released(3, 0)
    journal = await journal_of(parts.store, code)
    assert journal[2] == "fail"
    assert set(journal[3:]) == {"clock:toy.limit:0", "answer:o1:True"}


async def test_release_drains_in_order_and_clears_the_alarm(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await told(engines, code, "fail", "second", "third")
    await queue_grows_to(parts.store, code, 3)

    released = await release_by(parts, MENDED).release(code)

    assert released == Released(3, 0)
    assert await journal_of(parts.store, code) == ("fail", "second", "third")
    assert await alarm_of(parts.store, "dispute_parked", code) is None
    assert [entry.sequence for entry in await parts.store.ledger(code)] == [1, 2, 3]


async def test_release_that_fails_again_commits_the_prefix_and_says_why(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await told(engines, code, "fail", "second", "hopeless", "fourth")
    await queue_grows_to(parts.store, code, 4)
    half_mended = toy(decide=decider(fails_at="hopeless"))

    released = await release_by(parts, half_mended).release(code)

    assert (released.released, released.waiting, released.cause) == (2, 2, "ToldToFail")
    assert await journal_of(parts.store, code) == ("fail", "second")
    assert [row.cause for row in await queue_of(parts.store, code)] == ["behind", "behind"]
    assert await alarm_of(parts.store, "dispute_parked", code) is not None
    assert await release_by(parts, MENDED).release(code) == Released(2, 0)
    assert await journal_of(parts.store, code) == ("fail", "second", "hopeless", "fourth")


async def test_release_that_fails_at_the_first_changes_nothing(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await told(engines, code, "fail", "second")
    before = await queue_grows_to(parts.store, code, 2)

    released = await release_by(parts, TOY).release(code)

    assert (released.released, released.waiting, released.cause) == (0, 2, "ToldToFail")
    assert await queue_of(parts.store, code) == before


async def test_what_comes_while_parked_and_after_release_keeps_its_place(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await told(engines, code, "fail")
    await queue_grows_to(parts.store, code, 1)
    await produce(engines, DISPUTES, [envelope(registered(code, "next"), "n-" + code)])
    await queue_grows_to(parts.store, code, 2)

    await release_by(parts, MENDED).release(code)
    await produce(engines, DISPUTES, [envelope(registered(code, "last"), "l-" + code)])

    await journal_becomes(parts.store, code, "fail", "next", "last")


async def test_a_duplicate_behind_a_parked_event_has_no_second_effect(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    event = envelope(registered(code, "fail"), "same-" + code)
    await produce(engines, DISPUTES, [event, event])
    await told(engines, code, "second")
    await queue_grows_to(parts.store, code, 2)

    await release_by(parts, MENDED).release(code)

    assert await journal_of(parts.store, code) == ("fail", "second")


async def test_a_queue_longer_than_one_transaction_is_released_whole(
    engines: LocalStack, parts: Parts
) -> None:
    code, waiting = new_code(), RELEASED_AT_ONCE_MAX + 50
    await told(engines, code, "fail", *(["later"] * (waiting - 1)))
    await queue_grows_to(parts.store, code, waiting)

    assert await release_by(parts, MENDED).release(code) == Released(waiting, 0)
    assert len(await parts.store.ledger(code)) == waiting


async def test_a_value_that_postgres_refuses_stops_a_release_there(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await told(engines, code, "fail", "second", "index:a\x00b", "fourth")
    await queue_grows_to(parts.store, code, 4)

    released = await release_by(parts, MENDED).release(code)

    assert (released.released, released.waiting, released.cause) == (2, 2, "BadData")
    assert await journal_of(parts.store, code) == ("fail", "second")


async def test_a_due_clock_that_an_earlier_event_of_the_queue_stops_does_not_fire(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await told(engines, code, "clock:toy.limit:1", "fail", "stop:toy.limit", "hopeless")
    await queue_grows_to(parts.store, code, 4)  # the clock came due behind them
    half_mended = toy(decide=decider(fails_at="hopeless"))

    assert (await release_by(parts, half_mended).release(code)).waiting == 1
    await release_by(parts, MENDED).release(code)

    assert await journal_of(parts.store, code) == (
        "clock:toy.limit:1", "fail", "stop:toy.limit", "hopeless",
    )  # fmt: skip


async def test_a_clock_set_again_by_a_release_is_not_taken_for_the_one_that_was_due(
    engines: LocalStack, parts: Parts
) -> None:
    code = new_code()
    await told(engines, code, "clock:toy.limit:1", "fail", "clock:toy.limit:3600")
    await queue_grows_to(parts.store, code, 3)

    await release_by(parts, MENDED).release(code)

    assert (await journal_of(parts.store, code))[-1] == "clock:toy.limit:3600"
    assert await due_of(parts.store, code)
