"""The chassis's own workers on the memory world: killed anywhere, their successor finishes, and
everything took effect once and left in order."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider

from exchange.chassis import fold
from exchange.chassis.answers import Answer, Answers, take_answer
from exchange.chassis.clocks import ClockWorker
from exchange.chassis.consumer import PartitionReader, killer
from exchange.chassis.failures import OutOfRange
from exchange.chassis.metrics import Metrics
from exchange.chassis.ports import Consumer, Store
from exchange.chassis.relay import Relay
from exchange.chassis.rows import Lease, Part
from exchange.chassis.settings import Settings
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.contracts.topics import DISPUTES, REFERRALS
from exchange.identity.keys import SigningKey
from exchange.memory.hook import Hook, unhooked
from tests.support.running import code_in
from tests.support.toy import TOY, ToyState, envelope, registered
from tests.unit.memory.worlds import PARTITIONS, At, Killed, StillWorld, raises

PARTITION = 1
ONE, TWO = (code_in(PARTITION, PARTITIONS) for _ in range(2))
COMMITTEE = "MC-330803112213-01"
ARRIVE = (
    (ONE, "wall", "1"),
    (TWO, "noise", "2"),
    (ONE, "wall", "1"),  # delivered again
    (ONE, f"offer:{COMMITTEE}:first", "3"),
    (ONE, "clock:police.case:86400", "4"),
)
DEATHS_MAX = 1_000


async def test_wherever_the_process_dies_everything_takes_effect_once() -> None:
    deaths = 0
    for nth in range(1, DEATHS_MAX):
        world = arrived()
        try:
            await process(world, "first", At(None, nth, raises(Killed())))
        except Killed:
            deaths += 1
            await process(world, "second", unhooked)
            await assert_once_and_in_order(world)
        else:
            break
    assert 50 < deaths < DEATHS_MAX - 1
    await assert_once_and_in_order(world)


async def test_a_full_queue_behind_one_dispute_holds_up_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fold, "PARKED_PER_DISPUTE_MAX", 2)
    world = StillWorld()
    for number, (code, kind) in enumerate(
        [(ONE, "fail"), (ONE, "wall"), (ONE, "noise"), (ONE, "smell"), (TWO, "noise")]
    ):
        sent = envelope(registered(code, kind), f"id-{number}")
        world.log.publish(DISPUTES.name, code, sent.value, sent.headers())

    await process(world, "first", unhooked)

    store = world.store()
    assert await journal(store, TWO) == ("noise",)
    async with store.transaction() as tx:
        assert [row.event_id for row in await tx.parked(ONE)] == ["id-0", "id-1"]
    put_aside = await store.quarantined(limit=10)
    assert [(q.offset, q.cause) for q in put_aside] == [
        (2, "parked_queue_full"),
        (3, "parked_queue_full"),
    ]
    assert len([a for a in await store.alarms(limit=10) if a[0] == "quarantined"]) == 2


async def test_records_that_expired_unread_are_told_and_the_rest_is_read() -> None:
    world = arrived()
    await process(world, "first", unhooked)
    for number in range(3):
        sent = envelope(registered(TWO, f"later-{number}"), f"later-{number}")
        world.log.publish(DISPUTES.name, TWO, sent.value, sent.headers())
    part = (DISPUTES.name, PARTITION)
    world.log.expire(part, len(ARRIVE) + 2)

    with pytest.raises(OutOfRange) as gone:
        await process(world, "second", unhooked)
    await reading_on(world, "third", gone.value)
    await process(world, "fourth", unhooked)

    assert await journal(world.store(), TWO) == ("noise", "later-2")
    assert [alarm[:3] for alarm in await world.store().alarms(limit=10)] == [
        ("records_lost", f"{DISPUTES.name}/{PARTITION}", "stood at 5, begins at 7")
    ]


async def test_a_log_that_was_cut_is_read_again_and_nothing_takes_effect_twice() -> None:
    world = arrived()
    await process(world, "first", unhooked)
    part = (DISPUTES.name, PARTITION)

    await reading_on(world, "second", OutOfRange({part: len(ARRIVE)}))
    await process(world, "third", unhooked)

    await assert_once_and_in_order(world)
    ((kind, subject, *_),) = await world.store().alarms(limit=10)
    assert (kind, subject) == ("records_lost", f"{DISPUTES.name}/{PARTITION}")


async def test_who_never_read_a_topic_begins_at_what_is_left_and_lost_nothing() -> None:
    world = arrived()
    world.log.expire((DISPUTES.name, PARTITION), 4)

    with pytest.raises(OutOfRange) as gone:
        await process(world, "first", unhooked)
    await reading_on(world, "second", gone.value)
    await process(world, "third", unhooked)

    assert await journal(world.store(), ONE) == ("clock:police.case:86400",)
    assert await world.store().alarms(limit=10) == []


async def test_while_a_log_is_shorter_than_what_was_read_no_clock_fires() -> None:
    world = arrived()
    sent = envelope(registered(TWO, "clock:toy.limit:0"), "limit")
    world.log.publish(DISPUTES.name, TWO, sent.value, sent.headers())
    await process(world, "first", unhooked)
    store, broker = world.store(), world.broker()
    lease = await store.take((await store.beat("next", alive_s=60)).leases[PARTITION], "next")
    assert lease is not None
    reader = reader_of(store, await broker.consumer(), lease)
    await reader.load_positions()
    stood = dict(reader.next)

    reader.next[DISPUTES.name] += 50  # the log was restored from a copy: it ends sooner
    assert await ClockWorker(reader)._pass() == 0
    assert await journal(store, TWO) == ("noise", "clock:toy.limit:0")

    reader.next = stood
    assert await ClockWorker(reader)._pass() == 1
    assert await journal(store, TWO) == ("noise", "clock:toy.limit:0", "clock:toy.limit:0")


async def test_an_answer_that_its_process_died_over_thrice_is_parked_and_so_is_what_follows() -> (
    None
):
    world = arrived()
    await process(world, "first", unhooked)
    store = world.store()
    ((_, owed),) = await store.mailbox(COMMITTEE, after=0, limit=10)
    for epoch in (1, 2, 2, 3):  # under the second lease the database was away for a moment
        await store.attempted(
            owed, outcome="answered", state="unknown", again_in_s=0, settled_epoch=epoch
        )

    row = await store.waiting(owed.id)
    assert row is not None
    answers = Answers(TOY, store, Trace(TracerProvider().get_tracer("test")))
    answer = Answer(row, delivered=True, at=world.clock.machine())
    await take_answer(answers, answer, killer(row.settlings))

    (parked,) = await store.parked(ONE)
    assert (parked.kind, parked.cause) == ("answer", "kills_the_process")
    assert killer(row.settlings - 1) is None


async def reading_on(world: StillWorld, member: str, gone: OutOfRange) -> None:
    """What a reader does when it learns of it."""
    store, broker = world.store(), world.broker()
    lease = await store.take((await store.beat(member, alive_s=60)).leases[PARTITION], member)
    assert lease is not None
    reader = reader_of(store, await broker.consumer(), lease)
    await reader.load_positions()
    await reader._read_on(gone.positions)


def arrived() -> StillWorld:
    """What intake published, some of it twice."""
    world = StillWorld()
    for code, kind, event_id in ARRIVE:
        sent = envelope(registered(code, kind), event_id)
        world.log.publish(DISPUTES.name, code, sent.value, sent.headers())
    return world


async def process(world: StillWorld, member: str, hook: Hook) -> None:
    """One process: take the partition, read to the end in small batches, relay after each."""
    store, broker = world.store(hook), world.broker(hook)
    cluster = await store.beat(member, alive_s=60)
    lease = await store.take(cluster.leases[PARTITION], member)
    assert lease is not None
    reader = reader_of(store, await broker.consumer(), lease)
    relay = Relay(store, broker, lease, reader.wake, reader.metrics, alone=lambda: True)
    await reader.consumer.assign(await reader.load_positions())
    while behind(reader, await reader.consumer.watermarks(reader.parts)):
        await reader._batch(await reader._fetch())
        await relay._pass()
    await relay._pass()


def reader_of(store: Store, consumer: Consumer, lease: Lease) -> PartitionReader:
    settings = Settings(
        kafka_bootstrap="",
        postgres_dsn="",
        http_port=1,
        public_url="http://exchange.test",
        signing_key_file=Path("unread"),
    )
    return PartitionReader(
        service=TOY,
        store=store,
        consumer=consumer,
        workshop=Workshop(settings, SigningKey.generate(EXCHANGE)),
        lease=lease,
        trace=Trace(TracerProvider().get_tracer("test")),
        wake=Wake(),
        metrics=Metrics(TOY.name),
        batch_max=2,
        caution=asyncio.Lock(),
    )


def behind(reader: PartitionReader, ends: Mapping[Part, int]) -> bool:
    return any(reader.next[topic] < end for (topic, _), end in ends.items())


async def assert_once_and_in_order(world: StillWorld) -> None:
    store = world.store()
    assert await journal(store, ONE) == ("wall", ARRIVE[3][1], ARRIVE[4][1])
    assert await journal(store, TWO) == ("noise",)
    entries = [entry for code in (ONE, TWO) for entry in await store.ledger(code)]
    assert [entry.sequence for entry in entries] == [1, 2, 3, 1]
    assert len(await store.mailbox(COMMITTEE, after=0, limit=10)) == 1
    assert await store.outbox(PARTITION, limit=10, bytes_max=1_000_000) == []
    for code in (ONE, TWO):
        published = first_occurrences(world, code)
        assert published == [(e.id, e.value) for e in await store.ledger(code)]


async def journal(store: Store, code: str) -> tuple[str, ...]:
    row = await store.row(code)
    assert row is not None
    return ToyState.model_validate_json(row.state or b"").journal


def first_occurrences(world: StillWorld, code: str) -> list[tuple[str, bytes | None]]:
    """What subscribers see of a dispute, repetitions left out: (id, value)."""
    records = world.log.read((REFERRALS.name, PARTITION), 0, limit=1_000)
    ids = [(dict(r.headers)["ce_id"].decode(), r.value) for r in records if r.key == code.encode()]
    return list(dict.fromkeys(ids))
