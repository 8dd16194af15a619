"""Kafka behind the ports: manual assignment (positions live in Postgres), idempotent producers."""

import asyncio
import logging
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import RecordMetadata

from exchange.chassis.failures import OutOfRange, Unreachable
from exchange.chassis.kafka.access import KafkaAccess
from exchange.chassis.kafka.seen_topics import seen_topics
from exchange.chassis.ports import Consumer, Producer
from exchange.chassis.rows import OutboxRow, Part, Record, SeenTopic
from exchange.contracts.topics import RECORD_BYTES_MAX

log = logging.getLogger(__name__)

METADATA_MAX_AGE_MS = 30_000
REQUEST_TIMEOUT_MS = 20_000
BATCH_BYTES_MAX = 262_144
FETCH_WAIT_MAX_MS = 500
CLOSE_TIMEOUT_S = 3.0
"""A producer that is closed flushes first: for ever, while no broker answers."""
CANCELS_MAX = 3
"""Its sender answers the first cancellation by waiting for what it has sent."""
CANCEL_TIMEOUT_S = 0.5


@dataclass(frozen=True, slots=True)
class KafkaBroker:
    """The cluster as one service reaches it, under its own user."""

    access: KafkaAccess
    client_id: str = "fengqiao"

    async def topics(self, names: Sequence[str]) -> Mapping[str, SeenTopic]:
        return await asyncio.to_thread(seen_topics, names, self.access)

    async def consumer(self) -> Consumer:
        consumer = AIOKafkaConsumer(
            **self._options(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=FETCH_WAIT_MAX_MS,
            fetch_min_bytes=1,
        )
        await _started(consumer)
        return KafkaConsumer(consumer)

    async def producer(self) -> Producer:
        producer = AIOKafkaProducer(
            **self._options(),
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=BATCH_BYTES_MAX,
            max_request_size=RECORD_BYTES_MAX,
            compression_type=None,
        )
        await _started(producer)
        return KafkaProducer(producer)

    def _options(self) -> dict[str, Any]:
        return {
            **self.access.for_aiokafka(),
            "client_id": self.client_id,
            "metadata_max_age_ms": METADATA_MAX_AGE_MS,
            "request_timeout_ms": REQUEST_TIMEOUT_MS,
        }


class KafkaConsumer:
    """See `ports.Consumer`. An assignment of a forbidden topic never raises (it spins): rights are
    checked when the service starts (topic_check.py)."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._at: dict[Part, int] = {}

    async def assign(self, positions: Mapping[Part, int]) -> None:
        with reached():
            self._consumer.assign([TopicPartition(*part) for part in positions])
        await self.seek(positions)

    async def seek(self, positions: Mapping[Part, int]) -> None:
        with reached():
            for part, offset in positions.items():
                self._consumer.seek(TopicPartition(*part), offset)
        self._at |= positions

    async def fetch(
        self, parts: Sequence[Part], *, max_records: int, timeout_ms: int
    ) -> Mapping[Part, Sequence[Record]]:
        try:
            found = await self._read(parts, max_records, timeout_ms)
        except UnicodeDecodeError:
            found = await self._read_singly(parts, timeout_ms)
        self._at |= {part: records[-1].offset + 1 for part, records in found.items()}
        return found

    async def _read(
        self, parts: Sequence[Part], max_records: int, timeout_ms: int
    ) -> Mapping[Part, Sequence[Record]]:
        with reached():
            found = await self._consumer.getmany(
                *(TopicPartition(*part) for part in parts),
                timeout_ms=timeout_ms,
                max_records=max_records,
            )
        return {
            (tp.topic, tp.partition): [_record(record) for record in records]
            for tp, records in found.items()
        }

    async def _read_singly(
        self, parts: Sequence[Part], timeout_ms: int
    ) -> Mapping[Part, Sequence[Record]]:
        """At most one record of each part, from where it stood. The client library cannot read a
        record in which a header's name is not UTF-8: that one is given without key and value."""
        found: dict[Part, Sequence[Record]] = {}
        for part in parts:
            at = self._at[part]
            await self.seek({part: at})
            try:
                found |= await self._read([part], 1, timeout_ms)
            except UnicodeDecodeError:
                found[part] = [Record(*part, at, None, [], None)]
                await self.seek({part: at + 1})
        return found

    async def beginnings(self, parts: Sequence[Part]) -> Mapping[Part, int]:
        with reached():
            begin = await self._consumer.beginning_offsets([TopicPartition(*p) for p in parts])
        return {(tp.topic, tp.partition): offset for tp, offset in begin.items()}

    async def watermarks(self, parts: Sequence[Part]) -> Mapping[Part, int]:
        with reached():
            ends = await self._consumer.end_offsets([TopicPartition(*part) for part in parts])
        return {(tp.topic, tp.partition): offset for tp, offset in ends.items()}

    async def close(self) -> None:
        await _stopped(self._consumer)


class KafkaProducer:
    """See `ports.Producer`. After any failed send it must be closed and a new one made: a refused
    batch leaves the idempotent sequence of its partition broken for good."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(self, rows: Sequence[OutboxRow]) -> Sequence[int | None]:
        """A row that is refused here holds back the later rows of its dispute, nobody else's."""
        sent: dict[int, Awaitable[RecordMetadata]] = {}
        held_back: set[str] = set()
        for row in rows:
            if row.code not in held_back:
                try:
                    sent[row.id] = await self._send(row)
                except KafkaError as error:
                    if error.retriable:
                        raise Unreachable(type(error).__name__) from error
                    held_back.add(row.code)
        answers = await asyncio.gather(*sent.values(), return_exceptions=True)
        offsets = {
            row_id: answer.offset
            for row_id, answer in zip(sent, answers, strict=True)
            if not isinstance(answer, BaseException)
        }
        return [offsets.get(row.id) for row in rows]

    async def _send(self, row: OutboxRow) -> Awaitable[RecordMetadata]:
        acknowledged: Awaitable[RecordMetadata] = await self._producer.send(
            row.topic,
            row.value,
            key=row.code.encode(),
            partition=row.partition,
            headers=list(row.headers),
        )
        return acknowledged

    async def close(self) -> None:
        """Close, and give up what cannot be flushed: it is still in the outbox."""
        await _stopped(self._producer)


def _record(read: "ConsumerRecord[bytes | None, bytes | None]") -> Record:
    """A header without a value is read as an empty one."""
    headers = [(name, value or b"") for name, value in read.headers]
    return Record(read.topic, read.partition, read.offset, read.key, headers, read.value)


async def _started(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Connect, or leave nothing open. Raises Unreachable."""
    try:
        with reached():
            await client.start()
    except BaseException:
        await _stopped(client)
        raise


async def _stopped(library: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Stop it, or give up in time and leave no connection open.

    aiokafka awaits tasks that it has cancelled itself, so that their cancellation comes out of
    its `stop` as if the caller had been cancelled; hence a task of its own, only waited for.
    """
    stopping = asyncio.create_task(library.stop())
    await asyncio.wait([stopping], timeout=CLOSE_TIMEOUT_S)
    if stopping.done() and not stopping.cancelled() and stopping.exception() is None:
        return
    log.warning("kafka.given_up", extra={"client": type(library).__name__})
    client, sending = _inside(library)
    await _cancelled({stopping} | sending)
    await asyncio.wait([asyncio.create_task(client.close())], timeout=CLOSE_TIMEOUT_S)


def _inside(
    library: AIOKafkaConsumer | AIOKafkaProducer,
) -> tuple[AIOKafkaClient, "set[asyncio.Task[None]]"]:
    """Its connections, and the task that sends: it has no public way to give up."""
    if isinstance(library, AIOKafkaConsumer):
        return library._client, set()  # noqa: SLF001 no public name
    sender = library._sender  # noqa: SLF001 no public name
    return library.client, set() if sender is None else {sender.sender_task} - {None}


async def _cancelled(tasks: "set[asyncio.Task[None]]") -> None:
    for _ in range(CANCELS_MAX):
        running = [task for task in tasks if not task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=CANCEL_TIMEOUT_S)


@contextmanager
def reached() -> Iterator[None]:
    try:
        yield
    except OffsetOutOfRangeError as error:
        (asked,) = error.args
        raise OutOfRange({(tp.topic, tp.partition): at for tp, at in asked.items()}) from error
    except (KafkaError, OSError) as error:
        raise Unreachable(type(error).__name__) from error
