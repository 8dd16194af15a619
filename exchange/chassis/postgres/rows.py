"""Rows of the tables, to and from the ports' values."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import orjson
from asyncpg import Connection, Record
from asyncpg.pool import PoolConnectionProxy

from exchange.chassis.rows import (
    ClockRow,
    DisputeRow,
    HandoffRow,
    LedgerRow,
    OutboxRow,
    ParkedRow,
    QuarantinedRow,
    StoredReply,
)
from exchange.contracts.envelope import Headers

Row: TypeAlias = Record
AnyConnection: TypeAlias = "Connection[Any] | PoolConnectionProxy[Any]"

DISPUTE_COLUMNS = "code, partition, state, sequence_in, sequence_out, head, parked, traceparent"
LEDGER_COLUMNS = (
    "code, partition, sequence, id, type, version, at, headers, value, prev, hash, evidence"
)
HANDOFF_COLUMNS = (
    "id, code, partition, agency, about, body, traceparent, created_at, position, attempts,"
    " settlings, state"
)
PARKED_OF = "SELECT * FROM parked_events WHERE code = $1 ORDER BY id"
REPLY_COLUMNS = "agency, key, digest, nonce, status, body, code"


def pack(headers: Headers) -> bytes:
    """Headers as bytes. latin-1 keeps every byte, also of a header that is not UTF-8."""
    return orjson.dumps([(name, raw.decode("latin-1")) for name, raw in headers])


def unpack(raw: bytes) -> list[tuple[str, bytes]]:
    return [(name, text.encode("latin-1")) for name, text in orjson.loads(raw)]


def dispute(row: Row) -> DisputeRow:
    return DisputeRow(**row)


def outbox(row: Row) -> OutboxRow:
    return OutboxRow(
        id=row["id"],
        partition=row["partition"],
        topic=row["topic"],
        code=row["code"],
        event_id=row["event_id"],
        headers=unpack(row["headers"]),
        value=row["value"],
    )


def ledger(row: Row) -> LedgerRow:
    return LedgerRow(**{**row, "headers": unpack(row["headers"])})


def handoff(row: Row | Mapping[str, Any]) -> HandoffRow:
    return HandoffRow(**{name: row[name] for name in HANDOFF_COLUMNS.split(", ")})


def clock(row: Row) -> ClockRow:
    return ClockRow(**row)


def parked(row: Row) -> ParkedRow:
    return ParkedRow(**{**row, "headers": unpack(row["headers"])})


def quarantined(row: Row) -> QuarantinedRow:
    return QuarantinedRow(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        key=row["key"],
        headers=unpack(row["headers"]),
        value=row["value"],
        cause=row["cause"],
    )


def reply(row: Row) -> StoredReply:
    return StoredReply(**row)
