"""Watching the stream of canonical events, as an operator does: every event, as it comes."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from exchange.chassis.ports import Broker
from exchange.chassis.rows import Record
from exchange.contracts.envelope import Envelope
from exchange.contracts.topics import REFERRALS

FETCH_MAX = 500
FETCH_TIMEOUT_MS = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """One event on the stream. `sequence` is None for what stands beside the ledger."""

    dispute_code: str
    type: str
    id: str
    sequence: int | None
    at: datetime
    traceparent: str | None
    data: dict[str, Any]

    @property
    def trace_id(self) -> str | None:
        return self.traceparent.split("-")[1] if self.traceparent else None


@dataclass(slots=True)
class Watch:
    """The first occurrences of all events since it began, in the order in which they came."""

    on_event: Callable[[Seen], None] = lambda _seen: None
    events: list[Seen] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)

    def of(self, dispute: str) -> Sequence[Seen]:
        return [seen for seen in self.events if seen.dispute_code == dispute]

    async def run(self, broker: Broker) -> None:
        """Until cancelled."""
        consumer = await broker.consumer()
        parts = [(REFERRALS.name, number) for number in range(REFERRALS.partitions)]
        try:
            await consumer.assign(dict.fromkeys(parts, 0))
            while True:
                found = await consumer.fetch(
                    parts, max_records=FETCH_MAX, timeout_ms=FETCH_TIMEOUT_MS
                )
                for part in parts:
                    for record in found.get(part, ()):
                        self._take(record)
        finally:
            await asyncio.shield(consumer.close())

    def _take(self, record: Record) -> None:
        """What is no event, whoever wrote it there, is passed over."""
        try:
            envelope = Envelope.read(record.headers, record.value or b"")
            data = json.loads(envelope.value)
        except (ValueError, RecursionError):
            return
        if envelope.id in self._ids or not isinstance(data, dict):
            return
        self._ids.add(envelope.id)
        seen = Seen(
            dispute_code=envelope.subject,
            type=envelope.type,
            id=envelope.id,
            sequence=envelope.sequence,
            at=envelope.time,
            traceparent=envelope.traceparent,
            data=data,
        )
        self.events.append(seen)
        self.on_event(seen)
