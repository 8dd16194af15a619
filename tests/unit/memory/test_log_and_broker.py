"""What a simulator can do to the memory broker: lose a record, or only the word that it came."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiokafka.partitioner import DefaultPartitioner

from exchange.chassis.failures import Unreachable
from exchange.chassis.rows import OutboxRow
from exchange.contracts.topics import DISPUTES, REFERRALS
from exchange.memory.hook import SEND, SENT
from tests.support.running import code_in, new_code
from tests.unit.memory.worlds import At, StillWorld, raises

PART = (REFERRALS.name, 0)
LOST = raises(Unreachable("RequestTimedOutError"))
ONE, TWO = (code_in(0) for _ in range(2))


def row(number: int, code: str, topic: str = REFERRALS.name) -> OutboxRow:
    return OutboxRow(number, PART[1], topic, code, str(number), [("ce_id", b"%d" % number)], b"{}")


def ids(world: StillWorld) -> list[bytes]:
    """The ids on the log, in order."""
    records = world.log.read(PART, 0, limit=100)
    return [dict(record.headers)["ce_id"] for record in records]


class TestFailedSend:
    async def test_a_lost_record_is_not_acknowledged_and_not_there(self) -> None:
        world = StillWorld()
        producer = await world.broker(At(SEND, 2, LOST)).producer()
        assert await producer.send([row(1, ONE), row(2, TWO)]) == [0, None]
        assert ids(world) == [b"1"]

    async def test_a_lost_acknowledgement_leaves_the_record_there(self) -> None:
        world = StillWorld()
        producer = await world.broker(At(SENT, 1, LOST)).producer()
        assert await producer.send([row(1, ONE)]) == [None]

        successor = await world.broker().producer()
        assert await successor.send([row(1, ONE)]) == [1]
        assert ids(world) == [b"1", b"1"]

    async def test_after_it_that_producer_never_gets_through_to_that_partition(self) -> None:
        world = StillWorld()
        producer = await world.broker(At(SEND, 1, LOST)).producer()
        assert await producer.send([row(1, ONE), row(2, TWO)]) == [None, None]
        assert await producer.send([row(1, ONE)]) == [None]
        assert await producer.send([row(3, ONE, DISPUTES.name)]) == [0]
        assert ids(world) == []

    async def test_a_closed_producer_sends_nothing(self) -> None:
        world = StillWorld()
        producer = await world.broker().producer()
        await producer.close()
        with pytest.raises(Unreachable):
            await producer.send([row(1, ONE)])

    async def test_a_topic_that_nobody_made_is_not_made_by_sending(self) -> None:
        producer = await StillWorld().broker().producer()
        with pytest.raises(Unreachable):
            await producer.send([row(1, ONE, "unheard.of.v1")])

    async def test_a_broker_that_is_away_gives_no_client(self) -> None:
        broker = StillWorld().broker(At(None, 1, LOST))
        with pytest.raises(Unreachable):
            await broker.consumer()


class TestReading:
    async def test_a_fetch_ends_after_its_time_with_nothing(self) -> None:
        world = StillWorld()
        consumer = await world.broker().consumer()
        await consumer.assign({PART: 0})
        fetch = asyncio.create_task(consumer.fetch([PART], max_records=10, timeout_ms=500))
        await asyncio.sleep(0)
        world.clock.advance(timedelta(milliseconds=499))
        await asyncio.sleep(0)
        assert not fetch.done()
        world.clock.advance(timedelta(milliseconds=1))
        assert await fetch == {}

    async def test_a_fetch_that_was_given_up_passes_nothing_over(self) -> None:
        world = StillWorld()
        consumer = await world.broker().consumer()
        await consumer.assign({PART: 0})
        fetch = asyncio.create_task(consumer.fetch([PART], max_records=10, timeout_ms=500))
        await asyncio.sleep(0)
        fetch.cancel()
        await asyncio.wait([fetch])
        world.log.append(PART, b"key", b"value", ())
        found = await consumer.fetch([PART], max_records=10, timeout_ms=500)
        assert [record.value for record in found[PART]] == [b"value"]

    async def test_offsets_that_were_skipped_belong_to_no_record(self) -> None:
        world = StillWorld()
        world.log.append(PART, None, b"a", ())
        world.log.skip(PART, 3)
        world.log.append(PART, None, b"b", ())
        read_from = [[r.offset for r in world.log.read(PART, n, limit=10)] for n in (0, 1, 4, 5)]
        assert read_from == [[0, 4], [4], [4], []]
        assert world.log.end(PART) == 5


class TestPublishing:
    def test_a_key_goes_where_kafkas_own_partitioner_puts_it(self) -> None:
        world = StillWorld()
        partitions = list(range(REFERRALS.partitions))
        for code in (new_code() for _ in range(100)):
            world.log.publish(REFERRALS.name, code, b"{}", ())
            number = DefaultPartitioner()(code.encode(), partitions, partitions)
            newest = world.log.read((REFERRALS.name, number), 0, limit=1_000)[-1]
            assert newest.key == code.encode()

    def test_a_record_keeps_its_headers_when_its_writer_changes_them(self) -> None:
        world = StillWorld()
        sent = row(1, ONE)
        headers = list(sent.headers)
        world.log.append(PART, b"k", b"{}", headers)
        headers.clear()
        (record,) = world.log.read(PART, 0, limit=1)
        assert list(record.headers) == list(replace(sent).headers)
