"""Records come in the order of their partition, from the position that we keep, and again after
a seek."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from exchange.chassis.failures import OutOfRange
from exchange.chassis.ports import Consumer
from exchange.chassis.rows import OutboxRow, Part, Record, SeenTopic
from tests.parity.rows import code_in, codes_in, outbox
from tests.parity.worlds import PARTITIONS, SECOND_TOPIC, TOPIC, World
from tests.support.running import eventually

PART: Part = (TOPIC, 0)
SECOND: Part = (SECOND_TOPIC, 0)
WAIT_MS = 5_000
NO_WAIT_MS = 100
READ_MAX = 100
TRIES_MAX = 50
TOO_MANY_BYTES = 1_100_000


@asynccontextmanager
async def reading(world: World, *parts: Part) -> AsyncIterator[tuple[Consumer, dict[Part, int]]]:
    """A consumer assigned to these parts from their present ends; and those ends."""
    consumer = await world.broker.consumer()
    try:
        ends = dict(await consumer.watermarks(parts))
        await consumer.assign(ends)
        yield consumer, ends
    finally:
        await consumer.close()


async def sent(world: World, rows: Sequence[OutboxRow]) -> list[int | None]:
    producer = await world.broker.producer()
    try:
        return list(await producer.send(numbered(rows)))
    finally:
        await producer.close()


def numbered(rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """As the store gives them: each with an id of its own."""
    return [replace(row, id=number) for number, row in enumerate(rows, start=1)]


async def read(
    consumer: Consumer, count: int, *parts: Part, max_records: int = READ_MAX
) -> list[Record]:
    """The next `count` records of these parts."""
    found: list[Record] = []
    while len(found) < count:
        fetched = await consumer.fetch(parts, max_records=max_records, timeout_ms=WAIT_MS)
        assert fetched, f"{len(found)} of {count} records came"
        found += [record for part in parts for record in fetched.get(part, ())]
    return found


class TestSending:
    async def test_each_row_gets_its_offset_in_order(self, world: World) -> None:
        code = code_in(0)
        async with reading(world, PART, SECOND) as (_, ends):
            rows = [outbox(code, "a"), outbox(code, "b", topic=SECOND_TOPIC), outbox(code, "c")]
            offsets = await sent(world, rows)
        assert offsets == [ends[PART], ends[SECOND], ends[PART] + 1]

    async def test_a_record_is_read_as_it_was_sent(self, world: World) -> None:
        code = code_in(0)
        headers = [("ce_id", "案".encode()), ("odd", b"\xff\0"), ("odd", b"")]
        async with reading(world, PART) as (consumer, ends):
            await sent(world, [outbox(code, "a", headers=headers, value=b'{"z":1,  "a":2}')])
            (record,) = await read(consumer, 1, PART)
        assert (record.topic, record.partition, record.offset) == (*PART, ends[PART])
        assert (record.key, record.value) == (code.encode(), b'{"z":1,  "a":2}')
        assert list(record.headers) == headers

    async def test_a_row_goes_to_its_own_partition(self, world: World) -> None:
        async with reading(world, (TOPIC, 1), (TOPIC, 2)) as (consumer, _):
            rows = [outbox(code_in(2), "a"), outbox(code_in(1), "b")]
            await sent(world, rows)
            found = await read(consumer, 2, (TOPIC, 1), (TOPIC, 2))
        assert [(r.partition, r.key) for r in found] == [
            (1, rows[1].code.encode()),
            (2, rows[0].code.encode()),
        ]

    async def test_a_stalled_relay_appends_again_what_its_successor_wrote(
        self, world: World
    ) -> None:
        one, two = codes_in(0, 2)
        rows = numbered([outbox(one, "a"), outbox(two, "b")])
        async with reading(world, PART) as (consumer, _):
            stalled, successor = await world.broker.producer(), await world.broker.producer()
            await stalled.send(rows[:1])
            await successor.send(rows)
            await stalled.send(rows[1:])
            await asyncio.gather(stalled.close(), successor.close())
            found = await read(consumer, 4, PART)
        assert [dict(record.headers)["ce_id"] for record in found] == [b"a", b"a", b"b", b"b"]

    async def test_a_row_too_large_holds_back_its_own_dispute_only(self, world: World) -> None:
        ill, well = codes_in(0, 2)
        async with reading(world, PART) as (consumer, ends):
            large = outbox(ill, "b", value=b"x" * TOO_MANY_BYTES)
            rows = [outbox(ill, "a"), large, outbox(ill, "c"), outbox(well, "d")]
            offsets = await sent(world, rows)
            await read(consumer, 2, PART)
        assert offsets == [ends[PART], None, None, ends[PART] + 1]


class TestReading:
    async def test_only_what_is_assigned_is_read(self, world: World) -> None:
        code = code_in(0)
        async with reading(world, PART) as (consumer, _):
            await sent(world, [outbox(code, "a", topic=SECOND_TOPIC), outbox(code, "b")])
            found = await consumer.fetch([PART], max_records=READ_MAX, timeout_ms=WAIT_MS)
        assert list(found) == [PART]

    async def test_what_was_read_is_not_read_again_but_by_seek(self, world: World) -> None:
        code = code_in(0)
        async with reading(world, PART) as (consumer, ends):
            await sent(world, [outbox(code, "a"), outbox(code, "b")])
            once = await read(consumer, 2, PART)
            nothing = await consumer.fetch([PART], max_records=READ_MAX, timeout_ms=NO_WAIT_MS)
            await consumer.seek({PART: ends[PART] + 1})
            again = await read(consumer, 1, PART)
        assert not nothing
        assert again == once[1:]

    async def test_an_assignment_starts_where_it_says(self, world: World) -> None:
        code = code_in(0)
        async with reading(world, PART) as (consumer, ends):
            await sent(world, [outbox(code, str(n)) for n in range(3)])
            await consumer.assign({PART: ends[PART] + 2})
            (record,) = await read(consumer, 1, PART)
        assert record.offset == ends[PART] + 2

    async def test_a_batch_is_no_larger_than_asked_and_nothing_is_passed_over(
        self, world: World
    ) -> None:
        code = code_in(0)
        rows = [outbox(code, str(n), topic=topic) for n in range(6) for topic in TOPICS]
        async with reading(world, PART, SECOND) as (consumer, ends):
            await sent(world, rows)
            sizes: list[int] = []
            offsets: dict[Part, list[int]] = {PART: [], SECOND: []}
            while sum(sizes) < len(rows):
                fetched = await consumer.fetch([PART, SECOND], max_records=5, timeout_ms=WAIT_MS)
                sizes.append(sum(map(len, fetched.values())))
                note(offsets, fetched)
        assert max(sizes) <= 5
        assert offsets == {part: list(range(ends[part], ends[part] + 6)) for part in offsets}

    async def test_a_reader_is_given_what_comes_while_it_waits(self, world: World) -> None:
        async with reading(world, PART) as (consumer, _):
            waiting = asyncio.ensure_future(read(consumer, 1, PART))
            await sent(world, [outbox(code_in(0), "a")])
            assert len(await waiting) == 1

    async def test_two_workers_read_their_parts_at_once(self, world: World) -> None:
        code = code_in(0)
        async with reading(world, PART, SECOND) as (consumer, _):
            both = asyncio.gather(read(consumer, 1, PART), read(consumer, 1, SECOND))
            await sent(world, [outbox(code, "a"), outbox(code, "b", topic=SECOND_TOPIC)])
            first, second = await both
        assert (first[0].topic, second[0].topic) == (TOPIC, SECOND_TOPIC)

    async def test_an_offset_that_nobody_wrote_is_stepped_over(self, world: World) -> None:
        async with reading(world, PART) as (consumer, ends):
            await world.publish_with_gap(PART, b"before the gap")

            async def gap_is_there() -> bool:
                return (await consumer.watermarks([PART]))[PART] == ends[PART] + 2

            await eventually(gap_is_there, "the record and an offset without one")
            await sent(world, [outbox(code_in(0), "a")])
            found = await read(consumer, 2, PART)
            high = await consumer.watermarks([PART])
        start = ends[PART]
        assert [record.offset for record in found] == [start, start + 2]
        assert high == {PART: start + 3}

    async def test_the_watermark_is_the_next_offset(self, world: World) -> None:
        async with reading(world, PART, SECOND) as (consumer, ends):
            offsets = await sent(world, [outbox(code_in(0), "a")])
            high = await consumer.watermarks([PART, SECOND])
        assert offsets == [ends[PART]]
        assert high == {PART: ends[PART] + 1, SECOND: ends[SECOND]}

    async def test_a_position_past_the_end_is_no_position(self, world: World) -> None:
        """The log is shorter than what we remember: a restored Kafka, another cluster."""
        async with reading(world, PART) as (consumer, ends):
            await consumer.seek({PART: ends[PART] + 1_000})
            with pytest.raises(OutOfRange) as refused:
                await consumer.fetch([PART], max_records=READ_MAX, timeout_ms=WAIT_MS)
        assert refused.value.positions == {PART: ends[PART] + 1_000}

    async def test_a_position_whose_record_expired_is_no_position(self, world: World) -> None:
        """The reader was away for longer than records are kept."""
        code = code_in(0)
        async with reading(world, PART, SECOND) as (consumer, ends):
            await sent(world, [outbox(code, str(n)) for n in range(3)])
            await world.expire(PART, ends[PART] + 2)
            await consumer.seek({PART: ends[PART]})
            with pytest.raises(OutOfRange) as refused:
                await consumer.fetch([PART], max_records=READ_MAX, timeout_ms=WAIT_MS)
            beginnings = await consumer.beginnings([PART])
            await consumer.seek(beginnings)
            (record,) = await read(consumer, 1, PART)
        assert refused.value.positions == {PART: ends[PART]}
        assert beginnings == {PART: ends[PART] + 2}
        assert record.offset == ends[PART] + 2

    async def test_a_part_out_of_range_takes_nothing_from_another(self, world: World) -> None:
        async with reading(world, PART, SECOND) as (consumer, ends):
            await sent(world, [outbox(code_in(0), "a", topic=SECOND_TOPIC)])
            await consumer.seek({PART: ends[PART] + 1_000})
            given: list[Record] = []
            for _ in range(TRIES_MAX):
                with contextlib.suppress(OutOfRange):
                    given = await read(consumer, 1, PART, SECOND)
                    break
        assert [(r.topic, r.offset) for r in given] == [(SECOND_TOPIC, ends[SECOND])]


class TestTopics:
    async def test_a_topic_is_seen_with_its_partitions_and_the_rights_in_it(
        self, world: World
    ) -> None:
        seen = await world.broker.topics([TOPIC, "parity.nowhere.v1"])
        assert seen == {TOPIC: SeenTopic(PARTITIONS, may_read=True, may_write=True)}


TOPICS = (TOPIC, SECOND_TOPIC)


def note(offsets: dict[Part, list[int]], fetched: Mapping[Part, Sequence[Record]]) -> None:
    for part, records in fetched.items():
        offsets[part] += [record.offset for record in records]
