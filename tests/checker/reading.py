"""An `Observation` of a world at rest: of the memory world here, of the real one beside it.

This file and `reading_engines.py` alone know the stores; the checker itself does not.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from pydantic import ValidationError

from exchange.chassis.rows import DisputeRow, HandoffRow, LedgerRow, Part, Record
from exchange.contracts.envelope import Headers
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.topics import AGENCIES, REFERRALS, read_by
from exchange.identity.keys import SigningKey
from exchange.memory.clock import Clock
from exchange.memory.database import Database
from exchange.memory.log import Log
from tests.checker.history import (
    Observation,
    SeenClock,
    SeenDispute,
    SeenEntry,
    SeenHandoff,
    SeenKey,
    SeenOutbox,
    SeenParked,
    SeenPosition,
    SeenRecord,
    SeenService,
)

SIGN = "sign"


class DatedLog(Log):
    """A log that knows when each record was appended, as Kafka does."""

    def __init__(self, clock: Clock, partitions: Mapping[str, int]) -> None:
        super().__init__(clock, partitions)
        self.appended_at: dict[tuple[Part, int], datetime] = {}

    def append(self, part: Part, key: bytes | None, value: bytes | None, headers: Headers) -> int:
        offset = super().append(part, key, value, headers)
        self.appended_at[part, offset] = self.clock.machine()
        return offset


def observe_memory(log: Log, databases: Mapping[str, Database], signing: SigningKey) -> Observation:
    """All topics of `log` and all `databases` (by service); `signing` is the exchange's own key."""
    clock = log.clock
    records = [record for part in log._partitions.values() for record in part.records]
    dates = log.appended_at if isinstance(log, DatedLog) else {}
    agencies = [a for d in databases.values() for a in d.tables.agencies.rows.values()]
    agencies += listed(records)
    return Observation(
        machine_at=clock.machine(),
        legal_at=clock.machine() + clock.legal_shift,
        ledger_topic=REFERRALS.name,
        exchange=signing.agency,
        records=tuple(
            seen_record(r, dates.get(((r.topic, r.partition), r.offset))) for r in records
        ),
        services=tuple(_service(name, each, log) for name, each in databases.items()),
        keys=seen_keys(agencies, signing),
        mailbox=tuple(sorted({a.agency for a in agencies if a.delivery.mode == "mailbox"})),
    )


def _service(name: str, database: Database, log: Log) -> SeenService:
    tables = database.tables
    handoffs = sorted(tables.handoffs.rows.values(), key=lambda h: h.row.position)
    attempts = sorted(tables.attempts.rows.items())
    outcomes: dict[str, tuple[str, ...]] = {}
    for (handoff_id, _), outcome in attempts:
        outcomes[handoff_id] = (*outcomes.get(handoff_id, ()), outcome)
    return SeenService(
        name=name,
        disputes=tuple(seen_dispute(row) for row in tables.disputes.rows.values()),
        ledger=tuple(seen_entry(e.row) for _, e in sorted(tables.ledger.rows.items())),
        inbox=tuple(tables.inbox.rows),
        outbox=tuple(
            SeenOutbox(row.topic, row.code, row.event_id) for row in tables.outbox.rows.values()
        ),
        handoffs=tuple(seen_handoff(h.row, outcomes.get(h.row.id, ())) for h in handoffs),
        clocks=tuple(
            SeenClock(c.code, c.rule, c.instance, c.rung, c.due_at)
            for c in tables.clocks.rows.values()
        ),
        positions=tuple(_positions(name, database, log)),
        parked=tuple(
            SeenParked(row.code, row.kind, row.cause, row.error, row.event_id)
            for row in tables.parked.rows.values()
        ),
        quarantine=tuple(f"{t}/{p}/{o}" for t, p, o in tables.quarantine.rows),
    )


def _positions(name: str, database: Database, log: Log) -> Iterator[SeenPosition]:
    for topic, partition in parts_read(name, log._partitions):
        stored = database.tables.positions.rows.get((partition, topic), 0)
        yield SeenPosition(topic, partition, stored, log.end((topic, partition)))


def parts_read(service: str, parts: Iterable[Part]) -> list[Part]:
    """The parts that a service consumes: its dispute topics, and the directory's one."""
    topics = {topic.name for topic in read_by(service)}
    if service in AGENCIES.readers:
        topics.add(AGENCIES.name)
    return [part for part in parts if part[0] in topics]


def listed(records: Iterable[Record]) -> list[AgencyListedV1]:
    """The agencies on the directory's topic; later ones come later, poison is none."""
    found: list[AgencyListedV1] = []
    for record in records:
        if record.topic == AGENCIES.name:
            with suppress(ValidationError):
                found.append(AgencyListedV1.model_validate_json(record.value or b""))
    return found


def seen_keys(agencies: Iterable[AgencyListedV1], signing: SigningKey) -> tuple[SeenKey, ...]:
    """The signing keys of these agencies, and the exchange's own."""
    found = {
        key.key_id: SeenKey(key.key_id, agency.agency, base64.b64decode(key.public))
        for agency in agencies
        for key in agency.keys
        if key.use == SIGN
    }
    public = signing.private.public_key().public_bytes_raw()
    found[signing.key_id] = SeenKey(signing.key_id, signing.agency, public)
    return tuple(found.values())


def seen_record(record: Record, appended_at: datetime | None) -> SeenRecord:
    headers = tuple((name, raw) for name, raw in record.headers)
    return SeenRecord(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        headers,
        record.value,
        appended_at,
    )


def seen_dispute(row: DisputeRow) -> SeenDispute:
    return SeenDispute(
        row.code,
        row.partition,
        row.state,
        row.sequence_in,
        row.sequence_out,
        row.head,
        row.parked,
    )


def seen_entry(row: LedgerRow) -> SeenEntry:
    headers = tuple((name, raw) for name, raw in row.headers)
    return SeenEntry(
        row.code,
        row.sequence,
        row.id,
        row.type,
        headers,
        row.value,
        row.prev,
        row.hash,
        row.evidence,
    )


def seen_handoff(row: HandoffRow, outcomes: Sequence[str]) -> SeenHandoff:
    return SeenHandoff(
        row.id,
        row.position,
        row.code,
        row.agency,
        row.about,
        row.state,
        row.attempts,
        tuple(outcomes),
    )
