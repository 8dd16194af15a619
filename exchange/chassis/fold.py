"""One transaction: fold what arrived into the disputes it concerns, in order, in one write.

Every writer goes through here: a batch from Kafka, a command, a due clock, an answer, a release.
A failure parks that dispute in the same transaction; nobody else waits.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from exchange.chassis.decider import (
    Arrival,
    ClockDue,
    CommandGiven,
    Decision,
    EventArrived,
    HandoffAnswered,
    View,
)
from exchange.chassis.effects import Carrier, append, merge
from exchange.chassis.ids import Ids
from exchange.chassis.ports import Transaction
from exchange.chassis.reference import AgencyBook
from exchange.chassis.rows import DisputeRow, ParkedRow, QuarantinedRow, Times, Writes
from exchange.chassis.service import AnyService
from exchange.chassis.telemetry import Trace
from exchange.contracts.envelope import Headers
from exchange.contracts.events.base import Evidence

PARKED_PER_DISPUTE_MAX = 10_000
"""Events that wait behind one dispute; the next ones are quarantined."""
ERROR_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Broken:
    """Why an item must not be tried: its dispute is parked with `cause`, `error` says more."""

    cause: Literal["undecodable", "unprepared", "bad_data", "index_taken", "kills_the_process"]
    error: str


@dataclass(frozen=True, slots=True)
class Item:
    """One arrival on its way into a transaction.

    `cause` and `cause_at` make the ids of what follows; `source` says where it came from (for a
    person who reads a parked event); `headers` and `value` are its original bytes. `arrival` is
    None where it could not be decoded, and then it is `broken`. `sequence` is that of a canonical
    event, also of one that cannot be read. `deduplicate` asks the inbox; `parked_id` is set while
    it is released from the parked queue.
    """

    code: str
    arrival: Arrival | None
    cause: str
    cause_at: datetime
    source: str
    traceparent: str | None = None
    headers: Headers = ()
    value: bytes = b""
    broken: Broken | None = None
    sequence: int | None = None
    deduplicate: bool = False
    parked_id: int | None = None


@dataclass(slots=True)
class Folded:
    """What one transaction will write, and what it decided `last`: a command's own decision, since
    a command comes alone. The others are let go, so that a batch's events do not pile up."""

    times: Times
    writes: Writes = field(default_factory=Writes)
    last: Decision[Any] | None = None
    applied: int = 0
    dropped: int = 0
    parked: int = 0


class DisputeParked(Exception):
    """A command for a dispute that waits for a person."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StillParked(Exception):
    """A released event failed again, at `place` among those given: the queue stays as it was."""

    def __init__(self, code: str, cause: str, error: str, place: int) -> None:
        super().__init__(f"{code}: {cause}: {error}")
        self.code, self.cause, self.error, self.place = code, cause, error, place


async def fold(tx: Transaction, service: AnyService, items: Sequence[Item], trace: Trace) -> Folded:
    """Fold `items` into their disputes inside `tx`, up to (not including) the write.

    What a command's decision raises (Refused, Repeated) and DisputeParked pass to the caller;
    everything else that fails parks its dispute. The caller adds positions and reply to
    `Folded.writes` and calls `tx.write`.
    """
    times = await tx.times()
    wanted, repeated = await _unseen(tx, items)
    rows = await tx.lock(sorted({item.code for item in (*(i for _, i in wanted), *repeated)}))
    wanted = await _still_standing(tx, wanted)
    keys = [
        key
        for _, item in wanted
        if item.arrival is not None and item.broken is None
        for key in service.lookups(item.arrival)
    ]
    folder = _Folder(
        service,
        Folded(times, dropped=len(items) - len(wanted)),
        rows,
        agencies=await tx.agencies(),
        tallies=dict(await tx.tallies()),
        found=await tx.found(keys) if keys else {},
        trace=trace,
    )
    for item in repeated:
        folder.settle(rows[item.code], item)
    for place, item in wanted:
        folder.take(place, item)
    return folder.read_out()


async def _unseen(
    tx: Transaction, items: Sequence[Item]
) -> tuple[list[tuple[int, Item]], list[Item]]:
    """Those that the inbox has not seen, with their places; and repeated ones in the queue."""
    guarded = [item.cause for item in items if item.deduplicate]
    fresh = await tx.unseen(guarded) if guarded else set()
    wanted, repeated = [], []
    for place, item in enumerate(items):
        if not item.deduplicate or item.cause in fresh:
            wanted.append((place, item))
            fresh.discard(item.cause)
        elif item.parked_id is not None:
            repeated.append(item)
    return wanted, repeated


async def _still_standing(
    tx: Transaction, wanted: list[tuple[int, Item]]
) -> list[tuple[int, Item]]:
    """Look again, now under the disputes' locks: what a clock or answer is about may be gone."""
    rungs = {
        p: (i.code, i.arrival.rule, i.arrival.instance, i.arrival.rung)
        for p, i in wanted
        if isinstance(i.arrival, ClockDue) and i.parked_id is None
    }
    answers = {
        p: i.arrival.handoff_id
        for p, i in wanted
        if isinstance(i.arrival, HandoffAnswered) and i.parked_id is None
    }
    due = await tx.clocks(list(rungs.values())) if rungs else {}
    open_handoffs = await tx.handoffs(list(answers.values())) if answers else set()
    return [
        (place, item)
        for place, item in wanted
        if (place not in rungs or due.get(rungs[place]) == item.cause_at)
        and (place not in answers or answers[place] in open_handoffs)
    ]


@dataclass(slots=True)
class _Folder:
    service: AnyService
    folded: Folded
    rows: dict[str, DisputeRow]
    agencies: AgencyBook
    tallies: dict[str, int]
    found: Any
    trace: Trace
    states: dict[str, Any] = field(default_factory=dict)
    decided: dict[str, Writes] = field(default_factory=dict)
    touched: dict[str, None] = field(default_factory=dict)
    stopped: set[tuple[str, str, str]] = field(default_factory=set)

    def take(self, place: int, item: Item) -> None:
        row = self.rows[item.code]
        is_command = isinstance(item.arrival, CommandGiven)
        if row.parked and is_command:
            raise DisputeParked(item.code)
        if overtaken(item, self.stopped) or _heard(row, item):
            self._drop(row, item)
        elif row.parked and item.parked_id is None:
            self._park(row, item, place, "behind", "an earlier event of this dispute waits")
        elif self._gap(row, item, place):
            return
        elif item.broken is not None:
            self._park(row, item, place, item.broken.cause, item.broken.error)
        elif item.arrival is not None:
            try:
                self._decide(row, item, item.arrival)
            except Exception as error:
                if is_command:
                    raise
                self._park(row, item, place, type(error).__name__, told(error))

    def _gap(self, row: DisputeRow, item: Item, place: int) -> bool:
        """Canonical events: last + 1 is applied, more is a gap and parks the dispute."""
        if item.sequence is None or item.sequence == row.sequence_in + 1:
            return False
        missing = f"{row.sequence_in + 1} is missing before {item.sequence}"
        self._park(row, item, place, "gap", missing)
        return True

    def _decide(self, row: DisputeRow, item: Item, arrival: Arrival) -> None:
        ids = Ids(item.cause_at, item.cause)
        with self.trace.process(arrival, item.code, item.traceparent, row.traceparent) as parent:
            view = View(
                code=row.code,
                agencies=self.agencies,
                ids=ids,
                tallies=self.tallies,
                found=self.found,
                trace_id=parent.split("-")[1] if parent else None,
            )
            decision = self.service.decide(self._state(row), arrival, view, self.folded.times.legal)
            carrier = Carrier.of(
                self.service.name,
                row,
                ids,
                self.folded.times.machine,
                parent,
                _evidence(arrival),
            )
            carrier.carry_out(decision)
            state = decision.state.model_dump_json(exclude_defaults=True).encode()
        after = carrier.row
        after.state, after.traceparent = state, parent or row.traceparent
        if isinstance(arrival, EventArrived) and arrival.sequence is not None:
            after.sequence_in = arrival.sequence
            if arrival.ledger_hash is not None and not self.service.ledger:
                after.head = bytes.fromhex(arrival.ledger_hash)
        self.rows[row.code] = after
        self.states[row.code] = decision.state
        self.stopped.update(carrier.writes.clocks_stopped)
        if row.code in self.decided:
            merge(self.decided[row.code], carrier.writes)
        else:
            self.decided[row.code] = carrier.writes
        for name, change in decision.tallies.items():
            self.tallies[name] = self.tallies.get(name, 0) + change
        self.settle(after, item)
        self.folded.last = decision
        self.folded.applied += 1

    def read_out(self) -> Folded:
        """All that is to be written, dispute by dispute."""
        for writes in self.decided.values():
            append(self.folded.writes, writes)
        self.folded.writes.rows.extend(self.rows[code] for code in self.touched)
        return self.folded

    def _state(self, row: DisputeRow) -> Any:
        if row.code not in self.states:
            self.states[row.code] = (
                self.service.initial(row.code)
                if row.state is None
                else self.service.state.model_validate_json(row.state)
            )
        return self.states[row.code]

    def settle(self, row: DisputeRow, item: Item) -> None:
        """The item is dealt with: it left the queue, or its clock fired, its handoff is answered.

        One from the queue fired or was answered when it was parked.
        """
        self.touched[row.code] = None
        if item.parked_id is None:
            self._consume(item)
        else:
            self.folded.writes.released.append(item.parked_id)
            row.parked -= 1

    def _drop(self, row: DisputeRow, item: Item) -> None:
        self.folded.dropped += 1
        if item.parked_id is not None:
            self.settle(row, item)

    def _consume(self, item: Item) -> None:
        match item.arrival:
            case ClockDue(rule, instance, rung):
                self.folded.writes.clocks_fired.append((item.code, rule, instance, rung))
            case HandoffAnswered(handoff_id=handoff_id, delivered=delivered):
                done = "delivered" if delivered else "dead"
                self.folded.writes.handoffs_done.append((handoff_id, done))
            case _:
                return

    def _park(self, row: DisputeRow, item: Item, place: int, cause: str, error: str) -> None:
        """Queue the item behind its dispute. One being released stays where it is in the queue."""
        if item.parked_id is not None:
            raise StillParked(row.code, cause, error, place)
        if row.parked >= PARKED_PER_DISPUTE_MAX and isinstance(item.arrival, EventArrived | None):
            self.folded.writes.quarantined.append(_turned_away(item))
            return
        row.parked += 1
        self.touched[row.code] = None
        self.folded.parked += 1
        writes = self.folded.writes
        writes.parked.append(_parked_row(row, item, cause, error, self.folded.times.machine))
        self._consume(item)
        if cause != "behind":
            writes.alarms.append(("dispute_parked", row.code, f"{cause}: {error}"))


def _heard(row: DisputeRow, item: Item) -> bool:
    """Whether it is a canonical event up to the last one applied: a resend tells it again."""
    return item.sequence is not None and item.sequence <= row.sequence_in


def overtaken(item: Item, stopped: Collection[tuple[str, str, str]]) -> bool:
    """Whether the item is a due clock that was stopped or moved since it was picked or parked."""
    match item.arrival:
        case ClockDue(rule, instance, _):
            return (item.code, rule, instance) in stopped
        case _:
            return False


def told(error: BaseException) -> str:
    """What went wrong and where, without any value of the event: it may hold what is private."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    line = f"{where.tb_frame.f_code.co_qualname}:{where.tb_lineno}" if where else "?"
    return f"{type(error).__name__} at {line}"[:ERROR_CHARS_MAX]


def _evidence(arrival: Arrival) -> Evidence | None:
    """The signed request that caused this: the arrival's own, or the event's."""
    carried = arrival.event if isinstance(arrival, EventArrived) else arrival
    return getattr(carried, "evidence", None)


KINDS: dict[type, Literal["event", "clock", "answer"]] = {
    ClockDue: "clock",
    HandoffAnswered: "answer",
}


def _turned_away(item: Item) -> QuarantinedRow:
    """A record that finds the queue of its dispute full: put aside, so that others go on. Clocks
    and answers are as many as their own rows, and always find room."""
    topic, partition, offset = item.source.rsplit("/", 2)
    return QuarantinedRow(
        topic=topic,
        partition=int(partition),
        offset=int(offset),
        key=item.code.encode(),
        headers=item.headers,
        value=item.value,
        cause="parked_queue_full",
    )


def _parked_row(row: DisputeRow, item: Item, cause: str, error: str, at: datetime) -> ParkedRow:
    return ParkedRow(
        code=row.code,
        partition=row.partition,
        kind=KINDS.get(type(item.arrival), "event"),
        cause=cause,
        error=error,
        source=item.source,
        event_id=item.cause,
        event_at=item.cause_at,
        traceparent=item.traceparent,
        headers=item.headers,
        value=item.value,
        parked_at=at,
    )
