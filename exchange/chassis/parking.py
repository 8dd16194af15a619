"""The parked queue of a dispute, released by a person: in order, under the lock.

What cannot be applied is parked by `fold`; here it is taken up again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import orjson

from exchange.chassis.consumer import prepared
from exchange.chassis.decider import Arrival, ClockDue, HandoffAnswered
from exchange.chassis.decoding import item_of
from exchange.chassis.failures import BadData, IndexTaken
from exchange.chassis.fold import Item, StillParked, fold, overtaken
from exchange.chassis.partitioning import partition_of
from exchange.chassis.ports import Store
from exchange.chassis.rows import ParkedRow, Record
from exchange.chassis.service import AnyService
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import Workshop
from exchange.contracts.envelope import sequence_in
from exchange.contracts.events.base import Evidence
from exchange.contracts.topics import TOPICS

T = TypeVar("T")

RELEASED_AT_ONCE_MAX = 500
"""In one transaction, which must end within the role's transaction_timeout."""


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
        done, limit = 0, RELEASED_AT_ONCE_MAX
        ready: dict[int, Item] = {}
        while True:
            await self._read(code, ready)
            try:
                released, waiting = await self._drain(code, limit, ready)
            except StillParked as error:
                if not error.place:
                    return await self._stopped(code, done, error.cause, error.error)
                limit = error.place
            except (BadData, IndexTaken) as error:
                if limit == 1:
                    return await self._stopped(code, done, type(error).__name__, str(error))
                limit = (limit + 1) // 2
            else:
                done += released
                if not waiting:
                    return Released(done, 0)

    async def _stopped(self, code: str, done: int, cause: str, error: str) -> Released:
        row = await self.store.row(code)
        return Released(done, row.parked if row else 0, cause, error)

    async def _read(self, code: str, ready: dict[int, Item]) -> None:
        """Decode and open what waits and is not `ready`: a long queue takes longer to read than
        a transaction may last."""
        for row in await self.store.parked(code):
            if row.id not in ready:
                ready[row.id] = self.item(row)

    async def _drain(self, code: str, limit: int, ready: Mapping[int, Item]) -> tuple[int, int]:
        """Fold the first `limit` queued items in one transaction; how many went and how many wait.

        A due clock that they stop or move is overtaken, wherever it stands in the queue. What was
        parked since it was read waits for the next round.
        """
        async with self.store.transaction() as tx:
            await tx.lock([code], create=False)
            waiting_rows = await tx.parked(code)
            queue = [
                ready[row.id] for row in in_sequence(waiting_rows, sequence_of) if row.id in ready
            ]
            if not queue:
                return 0, len(waiting_rows)
            folded = await fold(tx, self.service, queue[:limit], self.trace)
            writes, stopped = folded.writes, set(folded.writes.clocks_stopped)
            void = [item for item in queue[limit:] if overtaken(item, stopped)]
            writes.released += [item.parked_id for item in void if item.parked_id is not None]
            waiting = len(waiting_rows) - len(writes.released)
            for row in writes.rows:
                row.parked = waiting
            if not waiting:
                writes.alarms_cleared.append(("dispute_parked", code))
            await tx.write(writes)
        self.wake.after(folded)
        return len(writes.released), waiting

    def item(self, row: ParkedRow) -> Item:
        """What waits there, read again from its bytes."""
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
        """Decode the original bytes again: a newer build may read what an older one could not.

        What could not be read when it was parked has not been through the inbox yet.
        """
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
        unheard = found.cause != row.event_id
        return replace(found, deduplicate=found.deduplicate and unheard, parked_id=row.id)


def in_sequence(waiting: Sequence[T], sequence_of: Callable[[T], int | None]) -> list[T]:
    """Arrival order, but canonical events among themselves in sequence: a resend fills a gap."""
    places = [n for n, one in enumerate(waiting) if sequence_of(one) is not None]
    ordered = sorted((waiting[n] for n in places), key=lambda one: sequence_of(one) or 0)
    queue = list(waiting)
    for place, one in zip(places, ordered, strict=True):
        queue[place] = one
    return queue


def sequence_of(row: ParkedRow) -> int | None:
    """The canonical sequence of what waits there, by its headers alone."""
    sequenced = row.kind == "event" and TOPICS[row.source.split("/")[0]].sequenced
    return sequence_in(row.headers) if sequenced else None


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
