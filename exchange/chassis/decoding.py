"""From a record to an item, or to quarantine: nothing here raises, whatever lies on the topic."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from pydantic import ValidationError

from exchange.chassis.decider import EventArrived
from exchange.chassis.fold import Broken, Item
from exchange.chassis.partitioning import KEYS_REMEMBERED_MAX, partition_of
from exchange.chassis.rows import QuarantinedRow, Record
from exchange.chassis.telemetry import valid_traceparent
from exchange.contracts.dispute_code import BadDisputeCode, parse
from exchange.contracts.envelope import BadEnvelope, Envelope, Headers, sequence_in
from exchange.contracts.events import Event, decode
from exchange.contracts.topics import Topic

ID_CHARS_MAX = 255
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIME_MAX = datetime(9000, 1, 1, tzinfo=UTC)


def item_of(record: Record, topic: Topic) -> Item | QuarantinedRow:
    """A record of a dispute topic. Undecodable values park their dispute; unreadable keys, keys
    in the wrong partition and tombstones belong to no dispute and are quarantined."""
    code = _code_of(record)
    if code is None:
        return quarantined(record, "unreadable_key")
    if partition_of(code, topic.partitions) != record.partition:
        return quarantined(record, "wrong_partition")
    if record.value is None:
        return quarantined(record, "tombstone")
    source = f"{record.topic}/{record.partition}/{record.offset}"
    try:
        envelope, event = _read(code, record.headers, record.value, topic)
    except (ValueError, RecursionError) as error:
        return Item(
            code=code,
            arrival=None,
            cause=source,
            cause_at=EPOCH,
            source=source,
            headers=record.headers,
            value=record.value,
            broken=Broken("undecodable", _why(error)),
            sequence=sequence_in(record.headers) if topic.sequenced else None,
        )
    sequence = envelope.sequence if topic.sequenced else None
    return Item(
        code=code,
        arrival=EventArrived(event, envelope.id, sequence, record.topic, envelope.ledger_hash),
        cause=envelope.id,
        cause_at=envelope.time,
        source=source,
        traceparent=valid_traceparent(envelope.traceparent),
        headers=record.headers,
        value=record.value,
        sequence=sequence,
        deduplicate=sequence is None,
    )


def _read(code: str, headers: Headers, value: bytes, topic: Topic) -> tuple[Envelope, Event]:
    envelope = Envelope.read(headers, value)
    if envelope.subject != code or envelope.type not in topic.types:
        raise BadEnvelope("its subject or type does not belong on this key and topic")
    if len(envelope.id) > ID_CHARS_MAX or not envelope.id.isprintable():
        raise BadEnvelope("its id is no id")
    if envelope.time.tzinfo is None or not EPOCH < envelope.time < TIME_MAX:
        raise BadEnvelope("its time has no zone or is out of range")
    return envelope, decode(envelope)


def items_of(records: Sequence[Record], topic: Topic) -> tuple[list[Item], list[QuarantinedRow]]:
    items, quarantine = [], []
    for record in records:
        found = item_of(record, topic)
        if isinstance(found, Item):
            items.append(found)
        else:
            quarantine.append(found)
    return items, quarantine


def quarantined(record: Record, cause: str) -> QuarantinedRow:
    return QuarantinedRow(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        headers=record.headers,
        value=record.value,
        cause=cause,
    )


def _code_of(record: Record) -> str | None:
    try:
        return _code(record.key or b"")
    except (UnicodeDecodeError, BadDisputeCode):
        return None


@lru_cache(maxsize=KEYS_REMEMBERED_MAX)
def _code(key: bytes) -> str:
    """The dispute code that is this key; what raises is not remembered, however long it is."""
    text = key.decode("ascii")
    if parse(text) != text:
        raise BadDisputeCode(text, "不是规范写法", "it is not in its canonical form")
    return text


def _why(error: Exception) -> str:
    """The kind of error and where in the body, never a value of it."""
    if isinstance(error, ValidationError):
        places = ("/".join(map(str, e["loc"])) + f" {e['type']}" for e in error.errors()[:5])
        return f"does not fit its schema: {', '.join(places)}"
    return str(error).partition(":")[0] if error.__cause__ else str(error)[:200]
