"""The parked queue of a dispute, and its release by a person: in order, under the lock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from exchange.chassis.consumer import prepared
from exchange.chassis.decider import Arrival, ClockDue, EventArrived, HandoffAnswered
from exchange.chassis.decoding import item_of
from exchange.chassis.fold import Item, StillParked, fold
from exchange.chassis.partitioning import partition_of
from exchange.chassis.ports import AnyService, ParkedRow, Record, Store
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import Workshop
from exchange.contracts.events.base import Evidence
from exchange.contracts.topics import TOPICS


@dataclass(frozen=True, slots=True)
class Released:
    """What a release came to; `cause` and `error` say why the rest still waits."""

    released: int
    waiting: int
    cause: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Parking:
    """Releases parked disputes of one service."""

    service: AnyService
    store: Store
    workshop: Workshop
    trace: Trace
    wake: Wake

    async def release(self, code: str) -> Released:
        """Drain the queue of `code` as far as it goes; what fails again stays, with the rest."""
        limit: int | None = None
        failed: StillParked | None = None
        while True:
            try:
                done, waiting = await self._drain(code, limit)
            except StillParked as error:
                failed, limit = error, error.place
            else:
                break
        if waiting == 0:
            await self.store.clear("dispute_parked", code)
        return Released(
            done, waiting, failed.cause if failed else None, failed.error if failed else None
        )

    async def _drain(self, code: str, limit: int | None) -> tuple[int, int]:
        """Fold the first `limit` queued items in one transaction."""
        async with self.store.transaction() as tx:
            await tx.lock([code], create=False)
            queue = in_sequence([self._item(row) for row in await tx.parked(code)])
            chosen = queue[:limit]
            if not chosen:
                return 0, len(queue)
            folded = await fold(tx, self.service, chosen, self.trace)
            await tx.write(folded.writes)
        self.wake.after(folded)
        return len(chosen), len(queue) - len(chosen)

    def _item(self, row: ParkedRow) -> Item:
        if row.kind == "event":
            return prepared(self._event(row), self.service, self.workshop)
        return Item(
            code=row.code,
            arrival=READERS[row.kind](row.value),
            cause=row.event_id,
            cause_at=row.event_at,
            source=row.source,
            traceparent=row.traceparent,
            headers=row.headers,
            value=row.value,
            parked_id=row.id,
        )

    def _event(self, row: ParkedRow) -> Item:
        """Decode the original bytes again: a newer build may read what an older one could not."""
        topic = TOPICS[row.source.split("/")[0]]
        record = Record(
            topic.name,
            partition_of(row.code, topic.partitions),
            int(row.source.rpartition("/")[2]),
            row.code.encode(),
            row.headers,
            row.value,
        )
        found = item_of(record, topic)
        assert isinstance(found, Item)
        return replace(found, deduplicate=False, parked_id=row.id)


def in_sequence(items: Sequence[Item]) -> list[Item]:
    """Arrival order, but canonical events among themselves in sequence: a resend fills a gap."""
    places = [n for n, item in enumerate(items) if _sequence(item) is not None]
    ordered = sorted((items[n] for n in places), key=lambda item: _sequence(item) or 0)
    queue = list(items)
    for place, item in zip(places, ordered, strict=True):
        queue[place] = item
    return queue


def _sequence(item: Item) -> int | None:
    return item.arrival.sequence if isinstance(item.arrival, EventArrived) else None


def _clock(value: bytes) -> Arrival:
    read = orjson.loads(value)
    return ClockDue(
        rule=read["rule"],
        instance=read["instance"],
        rung=read["rung"],
        due_at=datetime.fromisoformat(read["due_at"]),
        fired_at=datetime.fromisoformat(read["fired_at"]),
    )


def _answer(value: bytes) -> Arrival:
    read = orjson.loads(value)
    return HandoffAnswered(
        handoff_id=read["handoff_id"],
        agency=read["agency"],
        about=read["about"],
        delivered=read["delivered"],
        answered_at=datetime.fromisoformat(read["answered_at"]),
        answer=read["answer"],
        evidence=Evidence.model_validate(read["evidence"]) if read["evidence"] else None,
    )


READERS = {"clock": _clock, "answer": _answer}
