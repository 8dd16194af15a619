"""A decision's effects, turned into the rows that one transaction writes."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from pydantic_core import to_json

from exchange.chassis.decider import (
    Alarm,
    CancelHandoff,
    Decision,
    DropBlob,
    DropIndex,
    Index,
    KeepBlob,
    MakeHandoff,
    Publish,
    SetClock,
    StopClock,
)
from exchange.chassis.ids import Ids
from exchange.chassis.rows import (
    ClockRow,
    DisputeRow,
    HandoffRow,
    IndexRow,
    LedgerRow,
    OutboxRow,
    Writes,
)
from exchange.contracts.envelope import VALUE_BYTES_MAX, Headers, headers_of
from exchange.contracts.events.base import Event, Evidence
from exchange.identity.ledger import GENESIS, entry_hash


class ValueTooLarge(ValueError):
    """An event's value exceeds VALUE_BYTES_MAX: checked here, so that the relay cannot fail."""

    def __init__(self, event_type: str, size: int) -> None:
        super().__init__(f"{event_type}: {size} bytes, at most {VALUE_BYTES_MAX}")


@dataclass(slots=True)
class Carrier:
    """Carries one decision out on a copy of its dispute's row: all of it or nothing.

    `row` is the row as it will be, `writes` what to write with it.
    """

    service: str
    row: DisputeRow
    ids: Ids
    machine: datetime
    traceparent: str | None
    evidence: Evidence | None
    writes: Writes

    @classmethod
    def of(
        cls,
        service: str,
        row: DisputeRow,
        ids: Ids,
        machine: datetime,
        traceparent: str | None,
        evidence: Evidence | None,
    ) -> "Carrier":
        row = replace(row)
        return cls(service, row, ids, machine, traceparent, evidence, Writes())

    def carry_out(self, decision: Decision[Any]) -> None:
        for position, effect in enumerate(decision.effects):
            match effect:
                case Publish():
                    self._publish(effect, position)
                case MakeHandoff():
                    self._hand_off(effect)
                case SetClock():
                    self._set_clock(effect)
                case StopClock(rule, instance):
                    self.writes.clocks_stopped.append((self.row.code, rule, instance))
                case CancelHandoff(agency, about):
                    self.writes.handoffs_cancelled.append((self.row.code, agency, about))
                case Index(kind, key, value, exclusive):
                    self.writes.index.append(
                        IndexRow(kind, key, self.row.code, value, exclusive, self.machine)
                    )
                case DropIndex(kind, key):
                    self.writes.index_dropped.append((kind, key, self.row.code))
                case KeepBlob(name, content):
                    self.writes.blobs.append((self.row.code, name, content))
                case DropBlob(name):
                    self.writes.blobs_dropped.append((self.row.code, name))
                case Alarm(kind, detail):
                    self.writes.alarms.append((kind, self.row.code, detail))
        self.writes.tallies.update(decision.tallies)

    def _publish(self, effect: Publish, position: int) -> None:
        """Put the event into the outbox, a sequenced one into the ledger too."""
        event, row = effect.event, self.row
        event_id, time = self.ids.new(f"event:{position}"), self.machine.isoformat()
        value = to_json(event, exclude_none=True)
        if len(value) > VALUE_BYTES_MAX:
            raise ValueTooLarge(event.type, len(value))
        prev, hash_ = row.head or GENESIS, None
        if effect.sequenced:
            row.sequence_out += 1
            hash_ = row.head = entry_hash(
                prev,
                id=event_id,
                type=event.type,
                subject=row.code,
                sequence=row.sequence_out,
                time=time,
                value=value,
            )
        headers = headers_of(
            event_id=event_id,
            event_type=event.type,
            version=event.version,
            source=self.service,
            subject=row.code,
            time=time,
            sequence=row.sequence_out if effect.sequenced else None,
            ledger_hash=hash_.hex() if hash_ else None,
            causation_id=self.ids.cause,
            traceparent=self.traceparent,
        )
        if hash_ is not None:
            self._enter(event, event_id, headers, value, prev, hash_)
        self.writes.outbox.append(
            OutboxRow(
                0,
                row.partition,
                effect.topic,
                row.code,
                event_id,
                headers,
                value,
                in_ledger=effect.sequenced,
            )
        )

    def _enter(
        self, event: Event, event_id: str, headers: Headers, value: bytes, prev: bytes, hash_: bytes
    ) -> None:
        """Write the event into the ledger. The cause's signature stands beside its first entry."""
        evidence = self.evidence if not self.writes.ledger else None
        self.writes.ledger.append(
            LedgerRow(
                code=self.row.code,
                partition=self.row.partition,
                sequence=self.row.sequence_out,
                id=event_id,
                type=event.type,
                version=event.version,
                at=self.machine,
                headers=headers,
                value=value,
                prev=prev,
                hash=hash_,
                evidence=evidence.model_dump_json().encode() if evidence else None,
            )
        )

    def _hand_off(self, effect: MakeHandoff) -> None:
        handoff_id = self.ids.new(f"handoff:{effect.agency}:{effect.about}")
        body = {
            "handoff_id": handoff_id,
            "dispute_code": self.row.code,
            "agency": effect.agency,
            "about": effect.about,
            **effect.body,
        }
        self.writes.handoffs.append(
            HandoffRow(
                id=handoff_id,
                code=self.row.code,
                partition=self.row.partition,
                agency=effect.agency,
                about=effect.about,
                body=orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z),
                traceparent=self.traceparent,
                created_at=self.machine,
            )
        )

    def _set_clock(self, effect: SetClock) -> None:
        """Rung 0 is the end; a warning that would come after the end is left out."""
        self.writes.clocks_stopped.append((self.row.code, effect.rule, effect.instance))
        rungs = [effect.ends_at, *(at for at in effect.warn_at if at < effect.ends_at)]
        for rung, due_at in enumerate(rungs):
            self.writes.clocks.append(
                ClockRow(
                    code=self.row.code,
                    partition=self.row.partition,
                    rule=effect.rule,
                    instance=effect.instance,
                    rung=rung,
                    due_at=due_at,
                    traceparent=self.traceparent,
                )
            )


APPENDED = (
    "clocks_stopped",
    "ledger",
    "outbox",
    "handoffs",
    "handoffs_cancelled",
    "clocks",
    "index",
    "index_dropped",
    "blobs",
    "blobs_dropped",
    "alarms",
)


def merge(into: Writes, more: Writes) -> None:
    """Add what a later decision of the same dispute writes to what it has written so far.

    The later word takes back the earlier one: a stopped clock, a cancelled handoff, a dropped blob
    or index row are taken out of the rows gathered, and what is kept again is not dropped.
    """
    stopped = set(more.clocks_stopped)
    into.clocks[:] = [c for c in into.clocks if (c.code, c.rule, c.instance) not in stopped]
    cancelled = set(more.handoffs_cancelled)
    into.handoffs[:] = [h for h in into.handoffs if (h.code, h.agency, h.about) not in cancelled]
    dropped, kept = set(more.blobs_dropped), {(code, name) for code, name, _ in more.blobs}
    into.blobs[:] = [b for b in into.blobs if b[:2] not in dropped | kept]
    into.blobs_dropped[:] = [b for b in into.blobs_dropped if b not in kept]
    gone, indexed = set(more.index_dropped), {(i.kind, i.key, i.code) for i in more.index}
    into.index[:] = [i for i in into.index if (i.kind, i.key, i.code) not in gone]
    into.index_dropped[:] = [i for i in into.index_dropped if i not in indexed]
    append(into, more)


def append(into: Writes, more: Writes) -> None:
    """Add what is written for one dispute to what the transaction writes for all."""
    for name in APPENDED:
        getattr(into, name).extend(getattr(more, name))
    for tally, change in more.tallies.items():
        into.tallies[tally] = into.tallies.get(tally, 0) + change
