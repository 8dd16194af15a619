"""What is given up, on the memory world: only the first, only what fails, for its real cause.

`tests/chassis/test_discarding.py` tells the same on Postgres and Kafka.
"""

import pytest

from exchange.chassis.decider import Refused
from exchange.chassis.discarding import Because, discard
from exchange.chassis.parking import Parking, Released
from exchange.chassis.service import AnyService
from exchange.contracts.events.base import Evidence
from exchange.contracts.topics import DISPUTES
from exchange.memory.hook import unhooked
from tests.support.toy import MENDED, TOY, envelope, registered
from tests.unit.memory.test_chassis_on_memory import ONE, PARTITION, journal, process, reader_of
from tests.unit.memory.worlds import StillWorld

ORDER = Evidence(key_id="EX/1", agency="EX-000000000000-01", base="signed", signature="AA==")


async def parked(*kinds: str, first_value: bytes | None = None) -> StillWorld:
    """A dispute whose first event cannot be applied, with the others behind it."""
    world = StillWorld()
    for number, kind in enumerate(kinds):
        sent = envelope(registered(ONE, kind), f"id-{number}")
        value = first_value if number == 0 and first_value is not None else sent.value
        world.log.publish(DISPUTES.name, ONE, value, sent.headers())
    await process(world, "first", unhooked)
    return world


async def given_up(
    world: StillWorld, event_id: str, because: Because, service: AnyService = TOY
) -> Released:
    store = world.store()
    lease = await store.take((await store.beat("op", alive_s=60)).leases[PARTITION], "op")
    assert lease is not None
    reader = reader_of(store, await world.broker().consumer(), lease)
    parking = Parking(service, store, reader.workshop, reader.trace, reader.wake)
    return await discard(parking, ONE, event_id, because, ORDER)


async def waiting(world: StillWorld) -> list[str]:
    async with world.store().transaction() as tx:
        return [row.event_id for row in await tx.parked(ONE)]


@pytest.mark.parametrize(
    ("event_id", "because", "service", "refusal"),
    [
        ("id-1", "decision_fails", TOY, "not_the_first"),
        ("id-0", "decision_fails", MENDED, "can_be_applied"),
        ("id-0", "undecodable", TOY, "fails_otherwise"),
    ],
)
async def test_nothing_is_given_up_that_need_not_be(
    event_id: str, because: Because, service: AnyService, refusal: str
) -> None:
    world = await parked("fail", "second")

    with pytest.raises(Refused) as refused:
        await given_up(world, event_id, because, service)

    assert refused.value.code == refusal
    assert await waiting(world) == ["id-0", "id-1"]
    assert [alarm[0] for alarm in await world.store().alarms(limit=9)] == ["dispute_parked"]


async def test_what_waits_behind_goes_on_in_order_and_the_bytes_are_kept() -> None:
    world = await parked("any", "second", "third", first_value=b"{")
    (first, *_) = await waiting(world)

    assert await given_up(world, first, "undecodable") == Released(2, 0)

    store = world.store()
    assert await journal(store, ONE) == ("second", "third")
    (kept,) = await store.quarantined(limit=9)
    assert (kept.cause, kept.value) == ("discarded", b"{")
    assert [alarm[0] for alarm in await store.alarms(limit=9)] == ["event_discarded"]
    source = f"{kept.topic}/{kept.partition}/{kept.offset}"
    assert b"undecodable" in (await store.blob(ONE, f"discarded/{source}") or b"")


async def test_the_next_that_fails_holds_the_rest_with_its_alarm() -> None:
    world = await parked("fail", "second", "fail", "fourth")

    done = await given_up(world, "id-0", "decision_fails")

    assert (done.released, done.waiting, done.cause) == (1, 2, "ToldToFail")
    assert await journal(world.store(), ONE) == ("second",)
    assert await waiting(world) == ["id-2", "id-3"]
    assert "dispute_parked" in [alarm[0] for alarm in await world.store().alarms(limit=9)]
