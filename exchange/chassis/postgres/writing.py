"""What one transaction writes: one statement for each kind of row, in one fixed order."""

from collections.abc import Callable, Sequence
from typing import Any

from exchange.chassis.ports import Writes
from exchange.chassis.postgres.rows import AnyConnection, pack
from exchange.contracts.events.directory import AgencyListedV1

Columns = Sequence[Sequence[Any]]

UPDATE_DISPUTES = """
UPDATE disputes d SET state = n.state, sequence_in = n.sequence_in,
    sequence_out = n.sequence_out, head = n.head, parked = n.parked, traceparent = n.traceparent,
    recovered = n.recovered
FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[], $6::int[],
    $7::text[], $8::bool[])
    AS n(code, state, sequence_in, sequence_out, head, parked, traceparent, recovered)
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
INSERT INTO agencies (code, data, mode, concurrency)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::int[])
ON CONFLICT (code) DO UPDATE SET data = excluded.data, mode = excluded.mode,
    concurrency = excluded.concurrency"""

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
    for statement, rows in _statements(writes):
        if rows:
            await connection.execute(statement, *zip(*rows, strict=True))
    if writes.agencies:
        await _list_agencies(connection, writes.agencies)
    if writes.positions:
        topics, offsets = zip(*writes.positions.items(), strict=True)
        await connection.execute(ADVANCE, topics, offsets, partition)


def _statements(w: Writes) -> tuple[tuple[str, Columns], ...]:
    """Each statement with its rows. Stops come before sets: a clock may be moved."""
    return (
        (
            UPDATE_DISPUTES,
            _of(
                w.rows,
                lambda r: (
                    r.code,
                    r.state,
                    r.sequence_in,
                    r.sequence_out,
                    r.head,
                    r.parked,
                    r.traceparent,
                    r.recovered,
                ),
            ),
        ),
        (
            INSERT_LEDGER,
            _of(
                w.ledger,
                lambda r: (
                    r.code,
                    r.partition,
                    r.sequence,
                    r.id,
                    r.type,
                    r.version,
                    r.at,
                    pack(r.headers),
                    r.value,
                    r.prev,
                    r.hash,
                    r.evidence,
                ),
            ),
        ),
        (
            INSERT_OUTBOX,
            _of(
                w.outbox,
                lambda r: (r.partition, r.topic, r.code, r.event_id, pack(r.headers), r.value),
            ),
        ),
        (CANCEL_HANDOFFS, w.handoffs_cancelled),
        (FINISH_HANDOFFS, w.handoffs_done),
        (
            INSERT_HANDOFFS,
            _of(
                w.handoffs,
                lambda r: (
                    r.id,
                    r.code,
                    r.partition,
                    r.agency,
                    r.about,
                    r.body,
                    r.traceparent,
                    r.created_at,
                ),
            ),
        ),
        (STOP_CLOCKS, w.clocks_stopped),
        (FIRE_CLOCKS, w.clocks_fired),
        (
            SET_CLOCKS,
            _of(
                _last_of_each(w.clocks, lambda r: (r.code, r.rule, r.instance, r.rung)),
                lambda r: (
                    r.code,
                    r.partition,
                    r.rule,
                    r.instance,
                    r.rung,
                    r.due_at,
                    r.traceparent,
                ),
            ),
        ),
        (
            INSERT_INDEX,
            _of(
                _last_of_each(w.index, lambda r: (r.kind, r.key, r.code)),
                lambda r: (r.kind, r.key, r.code, r.value, r.exclusive, r.at),
            ),
        ),
        (DROP_INDEX, w.index_dropped),
        (KEEP_BLOBS, _last_of_each(w.blobs, lambda r: r[:2])),
        (DROP_BLOBS, w.blobs_dropped),
        (MOVE_TALLIES, sorted(w.tallies.items())),
        (
            PARK,
            _of(
                w.parked,
                lambda r: (
                    r.code,
                    r.partition,
                    r.kind,
                    r.cause,
                    r.error,
                    r.source,
                    r.event_id,
                    r.event_at,
                    r.traceparent,
                    pack(r.headers),
                    r.value,
                    r.parked_at,
                ),
            ),
        ),
        ("DELETE FROM parked_events WHERE id = ANY($1::bigint[])", [(i,) for i in w.released]),
        (
            QUARANTINE,
            _of(
                w.quarantined,
                lambda r: (
                    r.topic,
                    r.partition,
                    r.offset,
                    r.key,
                    pack(r.headers),
                    r.value,
                    r.cause,
                ),
            ),
        ),
        (CLEAR_ALARMS, w.alarms_cleared),
        (RAISE_ALARMS, w.alarms),
    )


def _of(rows: Sequence[Any], columns: Callable[[Any], tuple[Any, ...]]) -> Columns:
    return [columns(row) for row in rows]


def _last_of_each(rows: Sequence[Any], key: Callable[[Any], Any]) -> list[Any]:
    """What is set twice in one transaction (a rung, an index row) is written as it was set last."""
    return list({key(row): row for row in rows}.values())


async def _list_agencies(connection: AnyConnection, agencies: Sequence[tuple[str, bytes]]) -> None:
    """Upsert reference data and move its version on, so that readers read it anew."""
    rows = []
    for code, data in dict(agencies).items():
        delivery = AgencyListedV1.model_validate_json(data).delivery
        rows.append((code, data, delivery.mode, delivery.concurrency))
    await connection.execute(LIST_AGENCIES, *zip(*rows, strict=True))
    await connection.execute("UPDATE agencies_version SET version = version + 1")
