"""What may lie on a topic: the same again and again, in another order, and poison."""

import asyncio
import random
import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import asyncpg
import pytest
from aiokafka.errors import MessageSizeTooLargeError

from exchange.chassis.partitioning import partition_of
from exchange.chassis.rows import Record
from exchange.contracts.envelope import Envelope
from exchange.contracts.topics import TOPICS, Topic, read_by
from sandbox.story.town import wait_for
from tests.faults.crash_points import lethal_to
from tests.faults.fault_town import FaultTown
from tests.support.raw_records import raw_writer
from tests.support.running import new_code

RECENT = 20
"""So many of a topic's last records are written again."""

TIMES = 5
FETCH_TIMEOUT_MS = 500
PARKED_WITHIN_S = 60.0
KILLED_OFF_WITHIN_S = 120.0
STORIES_MEASURED = 6

DISPUTE_TOPICS = [topic for topic in TOPICS.values() if not topic.compacted]
PROPOSALS = [topic for topic in DISPUTE_TOPICS if "proposal.made" in topic.types]

POISON: dict[str, bytes | None] = {
    "bad UTF-8": b"\xff\xfe\xff",
    "bad JSON": b'{"dispute_code": ',
    "wrong schema": b'{"dispute_code": 7}',
    "NUL": b'{"dispute_code": "\x00"}',
    "depth": b"[" * 100_000,
    "large": b'"' + b"x" * 300_000 + b'"',
    "tombstone": None,
}
TOO_LARGE = b'"' + b"x" * (10 << 20) + b'"'


async def repeated(town: FaultTown) -> None:
    """The last proposals of every door, each TIMES times more."""
    recent = [record for topic in PROPOSALS for record in await _recent(town, topic)]
    await _write(town, [record for record in recent for _ in range(TIMES)])


async def shuffled(town: FaultTown) -> None:
    """The last records of every topic of disputes again, in any order across the topics."""
    recent = [record for topic in DISPUTE_TOPICS for record in await _recent(town, topic)]
    random.shuffle(recent)
    await _write(town, recent)


async def poisoned(town: FaultTown) -> None:
    """Every kind of poison on every topic: it waits alone, everybody else goes on as before."""
    calm = time.monotonic()
    await town.traffic.progress(STORIES_MEASURED)
    began = time.monotonic()
    await asyncio.gather(*(_poison(town, topic) for topic in TOPICS.values()))
    await town.traffic.progress(STORIES_MEASURED)
    waits = town.traffic.waits
    town.calm_waits += [wait for at, wait in waits if calm <= at < began]
    town.poisoned_waits += [wait for at, wait in waits if at >= began]


async def lethal(town: FaultTown, service: str) -> None:
    """A record that kills the service's process each time it is tried, until it is put aside."""
    topic, code = random.choice(read_by(service)), new_code()
    record = _poisonous(topic, code, lethal_to(service))
    for subject in (code, _id(record)):
        town.traffic.town.recorder.mark("poison", subject)
    await _write(town, [record])
    await _set_aside(town, service, {code}, set(), KILLED_OFF_WITHIN_S)


async def _recent(town: FaultTown, topic: Topic) -> Sequence[Record]:
    """The last records of finished disputes: nothing that was poison."""
    parts = [(topic.name, number) for number in range(topic.partitions)]
    finished = set(town.traffic.finished)
    consumer = await town.running.broker.consumer()
    try:
        ends = await consumer.watermarks(parts)
        at = {part: max(0, end - RECENT) for part, end in ends.items()}
        await consumer.assign(at)
        found: list[Record] = []
        while any(at[part] < ends[part] for part in parts):
            fetched = await consumer.fetch(
                parts, max_records=RECENT * len(parts), timeout_ms=FETCH_TIMEOUT_MS
            )
            for part, records in fetched.items():
                found += records
                at[part] = records[-1].offset + 1
    finally:
        await consumer.close()
    return [r for r in found if (r.key or b"").decode(errors="replace") in finished][-RECENT:]


async def _write(town: FaultTown, records: Iterable[Record]) -> list[int]:
    """Each in its turn, under the user of its topic's writer; their offsets."""
    stack, offsets = town.running.exchange.stack, list[int]()
    async with AsyncExitStack() as opened:
        writers = {
            name: await opened.enter_async_context(raw_writer(stack, name))
            for name in {topic.writer for topic in TOPICS.values()}
        }
        for record in records:
            sent = await writers[TOPICS[record.topic].writer].send_and_wait(
                record.topic,
                record.value,
                key=record.key,
                partition=record.partition,
                headers=list(record.headers),
            )
            offsets.append(int(sent.offset))
    return offsets


async def _poison(town: FaultTown, topic: Topic) -> None:
    """All poison for one topic, written and marked; wait until all its readers set it aside."""
    mark = town.traffic.town.recorder.mark
    records = [_poisonous(topic, new_code(), value) for value in POISON.values()]
    if not topic.compacted:  # there the broker takes no record without a key
        code = new_code()
        records.append(Record(topic.name, partition_of(code, 6), 0, None, [], b"{}"))
    codes, places = set[str](), set[str]()
    for record, offset in zip(records, await _write(town, records), strict=True):
        if topic.compacted or record.key is None or record.value is None:
            places.add(f"{record.topic}/{record.partition}/{offset}")
        else:
            codes.add(record.key.decode())
    for subject in codes | places | {_id(record) for record in records}:
        mark("poison", subject)
    with pytest.raises(MessageSizeTooLargeError):
        await _write(town, [_poisonous(topic, new_code(), TOO_LARGE)])
    for reader in topic.readers:
        await _set_aside(town, reader, codes, places, PARKED_WITHIN_S)


def _poisonous(topic: Topic, code: str, value: bytes | None) -> Record:
    """It looks like an event of that topic about a dispute that nobody knows."""
    headers = Envelope(
        id=f"poison-{code}",
        type=min(topic.types),
        version=1,
        source=topic.writer,
        subject=code,
        time=datetime.now(UTC),
        value=b"",
    ).headers()
    partition = partition_of(code, topic.partitions)
    return Record(topic.name, partition, 0, code.encode(), headers, value)


def _id(record: Record) -> str:
    return dict(record.headers).get("ce_id", b"").decode()


async def _set_aside(
    town: FaultTown, service: str, codes: set[str], places: set[str], within_s: float
) -> None:
    """Wait until that reader has parked these disputes and quarantined these records."""

    async def so() -> bool:
        try:
            connection = await asyncpg.connect(town.database(service))
        except (OSError, asyncpg.PostgresError):
            return False
        try:
            parked = await connection.fetch("SELECT code FROM parked_events")
            lying = await connection.fetch('SELECT topic, partition, "offset" FROM quarantine')
        finally:
            await connection.close()
        found = {f"{row['topic']}/{row['partition']}/{row['offset']}" for row in lying}
        return codes <= {row["code"] for row in parked} and places <= found

    await wait_for(so, f"{service} sets {len(codes) + len(places)} records aside", within_s)
