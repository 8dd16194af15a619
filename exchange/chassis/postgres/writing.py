"""What one transaction writes: one statement for each kind of row, in one fixed order."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from exchange.chassis.postgres.rows import AnyConnection, pack
from exchange.chassis.rows import Writes
from exchange.contracts.events.directory import AgencyListedV1

UPDATE_DISPUTES = """
UPDATE disputes d SET state = n.state, sequence_in = n.sequence_in,
    sequence_out = n.sequence_out, head = n.head, parked = n.parked, traceparent = n.traceparent
FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[], $6::int[],
    $7::text[]) AS n(code, state, sequence_in, sequence_out, head, parked, traceparent)
WHERE d.code = n.code"""

INSERT_LEDGER = """
INSERT INTO ledger (code, partition, sequence, id, type, version, at, headers, value, prev, hash,
    evidence)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::int[],
    $7::timestamptz[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[])"""

INSERT_OUTBOX = """
INSERT INTO outbox (partition, topic, code, event_id, headers, value)
SELECT partition, topic, code, event_id, headers, value
FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[])
    WITH ORDINALITY AS n(partition, topic, code, event_id, headers, value, nth)
ORDER BY nth"""

INSERT_HANDOFFS = """
INSERT INTO handoffs (id, code, partition, agency, about, body, traceparent, created_at)
SELECT id, code, partition, agency, about, body, traceparent, created_at
FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::bytea[], $7::text[],
    $8::timestamptz[]) WITH ORDINALITY
    AS n(id, code, partition, agency, about, body, traceparent, created_at, nth)
ORDER BY nth
ON CONFLICT DO NOTHING"""

CANCEL_HANDOFFS = """
UPDATE handoffs h SET state = 'cancelled'
FROM unnest($1::text[], $2::text[], $3::text[]) AS n(code, agency, about)
WHERE h.code = n.code AND h.agency = n.agency AND h.about = n.about
    AND h.state IN ('open', 'unknown')"""

FINISH_HANDOFFS = """
UPDATE handoffs h SET state = n.state, claimed_until = NULL
FROM unnest($1::text[], $2::text[]) AS n(id, state) WHERE h.id = n.id"""

STOP_CLOCKS = """
DELETE FROM clocks c USING unnest($1::text[], $2::text[], $3::text[]) AS n(code, rule, instance)
WHERE c.code = n.code AND c.rule = n.rule AND c.instance = n.instance"""

FIRE_CLOCKS = """
DELETE FROM clocks c
USING unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS n(code, rule, instance, rung)
WHERE c.code = n.code AND c.rule = n.rule AND c.instance = n.instance AND c.rung = n.rung"""

SET_CLOCKS = """
INSERT INTO clocks (code, partition, rule, instance, rung, due_at, traceparent)
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::int[],
    $6::timestamptz[], $7::text[])
ON CONFLICT (code, rule, instance, rung)
DO UPDATE SET due_at = excluded.due_at, traceparent = excluded.traceparent"""

INSERT_INDEX = """
INSERT INTO index_rows (kind, key, code, value, exclusive, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[],
    $6::timestamptz[])
ON CONFLICT (kind, key, code) DO UPDATE SET value = excluded.value"""

DROP_INDEX = """
DELETE FROM index_rows i USING unnest($1::text[], $2::text[], $3::text[]) AS n(kind, key, code)
WHERE i.kind = n.kind AND i.key = n.key AND i.code = n.code"""

KEEP_BLOBS = """
INSERT INTO blobs (dispute_code, name, content)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])
ON CONFLICT (dispute_code, name) DO UPDATE SET content = excluded.content"""

DROP_BLOBS = """
DELETE FROM blobs b USING unnest($1::text[], $2::text[]) AS n(code, name)
WHERE b.dispute_code = n.code AND b.name = n.name"""

MOVE_TALLIES = """
INSERT INTO tallies (name, value)
SELECT * FROM unnest($1::text[], $2::bigint[]) AS n(name, value) ORDER BY name
ON CONFLICT (name) DO UPDATE SET value = tallies.value + excluded.value"""

PARK = """
INSERT INTO parked_events (code, partition, kind, cause, error, source, event_id, event_at,
    traceparent, headers, value, parked_at)
SELECT code, partition, kind, cause, error, source, event_id, event_at, traceparent, headers,
    value, parked_at
FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::timestamptz[], $9::text[], $10::bytea[], $11::bytea[], $12::timestamptz[])
    WITH ORDINALITY AS n(code, partition, kind, cause, error, source, event_id, event_at,
    traceparent, headers, value, parked_at, nth)
ORDER BY nth"""

QUARANTINE = """
INSERT INTO quarantine (topic, partition, "offset", key, headers, value, cause)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[],
    $7::text[])
ON CONFLICT DO NOTHING"""

CLEAR_ALARMS = """
DELETE FROM alarms a USING unnest($1::text[], $2::text[]) AS n(kind, subject)
WHERE a.kind = n.kind AND a.subject = n.subject"""

RAISE_ALARMS = """
INSERT INTO alarms (kind, subject, detail)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING"""

LIST_AGENCIES = """
INSERT INTO agencies (code, data, mode, concurrency, version)
SELECT *, $5::bigint FROM unnest($1::text[], $2::bytea[], $3::text[], $4::int[])
ON CONFLICT (code) DO UPDATE SET data = excluded.data, mode = excluded.mode,
    concurrency = excluded.concurrency, version = excluded.version"""

NEXT_VERSION = "UPDATE agencies_version SET version = version + 1 RETURNING version"

ADVANCE = """
INSERT INTO positions (topic, partition, next)
SELECT topic, $3, next FROM unnest($1::text[], $2::bigint[]) AS n(topic, next) ORDER BY topic
ON CONFLICT (partition, topic) DO UPDATE SET next = excluded.next"""

REPLY = ("agency", "key", "digest", "nonce", "status", "body", "code")
STORE_REPLY = f"""
INSERT INTO replies ({", ".join(REPLY)}) VALUES ($1, $2, $3, $4, $5, $6, $7)"""


async def write(connection: AnyConnection, writes: Writes, partition: int | None) -> None:
    """Write everything. `partition` is the lease's, whose positions move on.

    The reply goes first: of twins, the later one learns that it is a repetition, not that the ids
    it decided on are taken.
    """
    if (reply := writes.reply) is not None:
        await connection.execute(STORE_REPLY, *(getattr(reply, name) for name in REPLY))
    for statement, field, names in STATEMENTS:
        if columns := _columns(writes, field, names):
            await connection.execute(statement, *columns)
    if writes.tallies:
        await connection.execute(MOVE_TALLIES, *zip(*writes.tallies.items(), strict=True))
    if writes.released:
        await connection.execute(RELEASE, writes.released)
    if writes.agencies:
        await _list_agencies(connection, writes.agencies)
    if writes.positions:
        topics, offsets = zip(*writes.positions.items(), strict=True)
        await connection.execute(ADVANCE, topics, offsets, partition)


RELEASE = "DELETE FROM parked_events WHERE id = ANY($1::bigint[])"

STATEMENTS: tuple[tuple[str, str, str], ...] = (
    (
        UPDATE_DISPUTES,
        "rows",
        "code state sequence_in sequence_out head parked traceparent",
    ),
    (
        INSERT_LEDGER,
        "ledger",
        "code partition sequence id type version at headers value prev hash evidence",
    ),
    (INSERT_OUTBOX, "outbox", "partition topic code event_id own_headers own_value"),
    (CANCEL_HANDOFFS, "handoffs_cancelled", ""),
    (FINISH_HANDOFFS, "handoffs_done", ""),
    (
        INSERT_HANDOFFS,
        "handoffs",
        "id code partition agency about body traceparent created_at",
    ),
    (STOP_CLOCKS, "clocks_stopped", ""),
    (FIRE_CLOCKS, "clocks_fired", ""),
    (SET_CLOCKS, "clocks", "code partition rule instance rung due_at traceparent"),
    (INSERT_INDEX, "index", "kind key code value exclusive at"),
    (DROP_INDEX, "index_dropped", ""),
    (KEEP_BLOBS, "blobs", ""),
    (DROP_BLOBS, "blobs_dropped", ""),
    (
        PARK,
        "parked",
        (
            "code partition kind cause error source event_id event_at traceparent headers"
            " value parked_at"
        ),
    ),
    (QUARANTINE, "quarantined", "topic partition offset key headers value cause"),
    (CLEAR_ALARMS, "alarms_cleared", ""),
    (RAISE_ALARMS, "alarms", ""),
)
"""Each statement, the field of Writes that it writes, and the columns to take from its rows (none
for tuples, which are columns already). Stops come before sets: a clock may be moved."""

UNIQUE: dict[str, Callable[[Any], Any]] = {
    "clocks": lambda r: (r.code, r.rule, r.instance, r.rung),
    "index": lambda r: (r.kind, r.key, r.code),
    "blobs": lambda r: r[:2],
}
"""What is set twice in one transaction (a rung, an index row) is written as it was set last."""


READ: dict[str, Callable[[Any], Any]] = {
    "headers": lambda r: pack(r.headers),
    "own_headers": lambda r: None if r.in_ledger else pack(r.headers),
    "own_value": lambda r: None if r.in_ledger else r.value,
}
"""How a column is read that is not a field as it stands. What is in the ledger is kept there."""


def _columns(writes: Writes, field: str, names: str) -> list[Sequence[Any]]:
    """One list for each column, as unnest takes them; no lists where there is no row."""
    rows: Sequence[Any] = getattr(writes, field)
    if field in UNIQUE:
        rows = list({UNIQUE[field](row): row for row in rows}.values())
    if not rows:
        return []
    if not names:
        return list(zip(*rows, strict=True))
    return [list(map(READ.get(name) or attrgetter(name), rows)) for name in names.split()]


async def _list_agencies(connection: AnyConnection, agencies: Sequence[tuple[str, bytes]]) -> None:
    """Move the version on and upsert under it, so that readers read just this anew."""
    rows = []
    for code, data in dict(agencies).items():
        delivery = AgencyListedV1.model_validate_json(data).delivery
        rows.append((code, data, delivery.mode, delivery.concurrency))
    version = await connection.fetchval(NEXT_VERSION)
    await connection.execute(LIST_AGENCIES, *zip(*rows, strict=True), version)
