"""What one transaction writes: each kind of row in the order of the real store's statements."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from exchange.chassis.failures import BadData, IndexTaken, ReplyStored
from exchange.chassis.rows import (
    ClockKey,
    ClockRow,
    DisputeRow,
    HandoffRow,
    IndexRow,
    LedgerRow,
    OutboxRow,
    ParkedRow,
    QuarantinedRow,
    StoredReply,
    Writes,
)
from exchange.contracts.events.directory import AgencyListedV1
from exchange.memory.columns import as_stored, storable, timestamptz
from exchange.memory.database import Unit
from exchange.memory.tables import Dated, Entry, Handoff, HandoffState, K, RaisedAlarm, Table, V

INDEX_ROW_BYTES_MAX = 2_704
"""Of a B-tree; PostgreSQL refuses a longer key (one that compresses well may be longer)."""

Step: TypeAlias = tuple[str, Sequence[Any], Callable[[Unit, Any], Awaitable[object]]]


async def write(unit: Unit, writes: Writes, partition: int | None) -> None:
    """Write everything. `partition` is the lease's, whose positions move on.

    Raises BadData, IndexTaken, ReplyStored and Transient.
    """
    for kind, rows, step in _steps(writes, partition):
        if rows:
            async with unit.statement(f"write {kind}"):
                storable(rows)
                for row in rows:
                    await step(unit, row)


def _steps(w: Writes, partition: int | None) -> tuple[Step, ...]:
    """Each kind of row and how one is written.

    The reply goes first, so that of twins the later one learns that it is a repetition; stops come
    before sets, since a clock may be moved.
    """
    return (
        ("reply", [w.reply] if w.reply else [], _reply),
        ("disputes", w.rows, _dispute),
        ("ledger", w.ledger, _ledger),
        ("outbox", w.outbox, enqueue),
        ("handoffs cancelled", w.handoffs_cancelled, _cancel_handoff),
        ("handoffs done", w.handoffs_done, _finish_handoff),
        ("handoffs", w.handoffs, _handoff),
        ("clocks stopped", w.clocks_stopped, _stop_clock),
        ("clocks fired", w.clocks_fired, _fire_clock),
        ("clocks", w.clocks, _clock),
        ("index", _last_of_each(w.index, lambda r: (r.kind, r.key, r.code)), _index),
        ("index dropped", w.index_dropped, _drop_index),
        ("blobs", w.blobs, _blob),
        ("blobs dropped", w.blobs_dropped, _drop_blob),
        ("parked", w.parked, _park),
        ("quarantine", w.quarantined, _quarantine),
        ("alarms cleared", w.alarms_cleared, clear_alarm),
        ("alarms", w.alarms, raise_alarm),
        ("tallies", sorted(w.tallies.items()), _tally),
        ("released", [(parked_id,) for parked_id in w.released], _release),
        ("agencies", list(dict(w.agencies).items()), _agency),
        ("agencies version", [()] if w.agencies else [], _agencies_version),
        ("positions", [(partition, *p) for p in sorted(w.positions.items())], _position),
    )


def _last_of_each(rows: Sequence[V], key: Callable[[V], K]) -> list[V]:
    """A row that is written twice in one transaction is written once, as it was written last."""
    return list({key(row): row for row in rows}.values())


# Disputes, ledger, outbox


async def _dispute(unit: Unit, row: DisputeRow) -> None:
    disputes = unit.tables.disputes
    stored = await unit.lock_where(disputes, row.code, lambda _row: True)
    if row.parked < 0:
        raise BadData("23514 CheckViolationError")
    if stored is not None:
        unit.put(disputes, row.code, replace(row, partition=stored.partition))


async def _ledger(unit: Unit, row: LedgerRow) -> None:
    free = await unit.reserve(unit.tables.ledger, (row.code, row.sequence))
    if not free or not await unit.reserve(unit.tables.unique_ledger_id, row.id):
        raise BadData("23505 UniqueViolationError")
    kept = replace(row, at=timestamptz(row.at), headers=as_stored(row.headers))
    unit.put(unit.tables.ledger, (row.code, row.sequence), Entry(kept, unit.number))
    unit.put(unit.tables.unique_ledger_id, row.id, row.code)


async def enqueue(unit: Unit, row: OutboxRow) -> None:
    """Give the event its place in the outbox; the number is lost if this rolls back."""
    number = next(unit.tables.outbox_ids)
    unit.put(unit.tables.outbox, number, replace(row, id=number, headers=as_stored(row.headers)))


# Handoffs


async def _cancel_handoff(unit: Unit, about: tuple[str, str, str]) -> None:
    handoff_id = unit.get(unit.tables.unique_handoff, about)
    if handoff_id is not None:
        await _end_handoff(unit, handoff_id, "cancelled", lambda handoff: handoff.waits)


async def _finish_handoff(unit: Unit, done: tuple[str, str]) -> None:
    await _end_handoff(unit, *done, lambda _handoff: True)


async def _end_handoff(
    unit: Unit, handoff_id: str, state: str, may: Callable[[Handoff], bool]
) -> None:
    handoff = await unit.lock_where(unit.tables.handoffs, handoff_id, may)
    if handoff is not None:
        ended = replace(handoff.row, state=cast("HandoffState", state))
        claimed_until = handoff.claimed_until if state == "cancelled" else None
        kept = replace(handoff, row=ended, claimed_until=claimed_until)
        unit.put(unit.tables.handoffs, handoff_id, kept)


async def _handoff(unit: Unit, row: HandoffRow) -> None:
    """One that is there already, whatever became of it, stays as it is."""
    position = next(unit.tables.handoff_positions)
    about = (row.code, row.agency, row.about)
    free = await unit.reserve(unit.tables.handoffs, row.id)
    if free and await unit.reserve(unit.tables.unique_handoff, about):
        fresh = replace(
            row,
            position=position,
            attempts=0,
            state="open",
            created_at=timestamptz(row.created_at),
        )
        unit.put(unit.tables.handoffs, row.id, Handoff(fresh, written_by=unit.number))
        unit.put(unit.tables.unique_handoff, about, row.id)


# Clocks


async def _stop_clock(unit: Unit, clock: tuple[str, str, str]) -> None:
    for key in unit.rows(unit.tables.clocks, clock[0]):
        if key[:3] == clock:
            await _delete(unit, unit.tables.clocks, key)


async def _fire_clock(unit: Unit, key: ClockKey) -> None:
    await _delete(unit, unit.tables.clocks, key)


async def _clock(unit: Unit, row: ClockRow) -> None:
    """Set or move one rung; its partition stays."""
    key = (row.code, row.rule, row.instance, row.rung)
    due = replace(row, due_at=timestamptz(row.due_at))
    await _upsert(
        unit,
        unit.tables.clocks,
        key,
        lambda old: replace(due, partition=old.partition) if old else due,
    )


# What disputes keep beside their state


async def _index(unit: Unit, row: IndexRow) -> None:
    """Only the value of a row that is there already changes. Raises IndexTaken, BadData."""
    index, unique = unit.tables.index, unit.tables.unique_index
    key = (row.kind, row.key, row.code)
    if sum(len(part.encode()) for part in key) > INDEX_ROW_BYTES_MAX:
        raise BadData("54000 ProgramLimitExceededError")
    if await unit.reserve(index, key):
        if row.exclusive and not await unit.reserve(unique, key[:2]):
            raise IndexTaken("index_rows_exclusive")
        unit.put(index, key, replace(row, at=timestamptz(row.at)))
        if row.exclusive:
            unit.put(unique, key[:2], row.code)
    else:
        await _upsert(unit, index, key, lambda old: replace(old or row, value=row.value))


async def _drop_index(unit: Unit, key: tuple[str, str, str]) -> None:
    """An exclusive one is free again."""
    row = await unit.lock_where(unit.tables.index, key, lambda _row: True)
    if row is not None:
        unit.drop(unit.tables.index, key)
        if row.exclusive:
            await _delete(unit, unit.tables.unique_index, key[:2])


async def _blob(unit: Unit, blob: tuple[str, str, bytes]) -> None:
    await _upsert(unit, unit.tables.blobs, blob[:2], lambda _old: blob[2])


async def _drop_blob(unit: Unit, name: tuple[str, str]) -> None:
    await _delete(unit, unit.tables.blobs, name)


async def _tally(unit: Unit, tally: tuple[str, int]) -> None:
    name, change = tally
    await _upsert(unit, unit.tables.tallies, name, lambda old: (old or 0) + change)


# What waits for a person


async def _park(unit: Unit, row: ParkedRow) -> None:
    number = next(unit.tables.parked_ids)
    kept = replace(
        row,
        id=number,
        event_at=timestamptz(row.event_at),
        parked_at=timestamptz(row.parked_at),
        headers=as_stored(row.headers),
    )
    unit.put(unit.tables.parked, number, kept)


async def _release(unit: Unit, parked: tuple[int]) -> None:
    await _delete(unit, unit.tables.parked, parked[0])


async def _quarantine(unit: Unit, row: QuarantinedRow) -> None:
    place = (row.topic, row.partition, row.offset)
    if await unit.reserve(unit.tables.quarantine, place):
        kept = replace(row, headers=as_stored(row.headers))
        unit.put(unit.tables.quarantine, place, Dated(kept, unit.started_at))


async def raise_alarm(unit: Unit, alarm: tuple[str, str, str]) -> bool:
    """Raise it; False where the same kind stands already for that subject."""
    new = await unit.reserve(unit.tables.alarms, alarm[:2])
    if new:
        unit.put(unit.tables.alarms, alarm[:2], RaisedAlarm(*alarm, unit.started_at))
    return new


async def clear_alarm(unit: Unit, alarm: tuple[str, str]) -> None:
    await _delete(unit, unit.tables.alarms, alarm)


# Reference data, positions, replies


async def _agency(unit: Unit, listed: tuple[str, bytes]) -> None:
    code, data = listed
    agency = AgencyListedV1.model_validate_json(data)
    await _upsert(unit, unit.tables.agencies, code, lambda _old: agency)


async def _agencies_version(unit: Unit, _row: tuple[()]) -> None:
    """Moved on once, so that readers read the agencies anew."""
    await _upsert(unit, unit.tables.agencies_version, True, lambda old: (old or 0) + 1)


async def _position(unit: Unit, position: tuple[int, str, int]) -> None:
    partition, topic, next_ = position
    await _upsert(unit, unit.tables.positions, (partition, topic), lambda _old: next_)


async def _reply(unit: Unit, reply: StoredReply) -> None:
    key, nonce = (reply.agency, reply.key), (reply.agency, reply.nonce)
    if not await unit.reserve(unit.tables.replies, key):
        raise ReplyStored("replies_pkey")
    if reply.nonce:
        if not await unit.reserve(unit.tables.unique_nonce, nonce):
            raise ReplyStored("replies_nonce")
        unit.put(unit.tables.unique_nonce, nonce, key)
    unit.put(unit.tables.replies, key, Dated(reply, unit.started_at))


# How a row is written


async def _upsert(unit: Unit, table: Table[K, V], key: K, change: Callable[[V | None], V]) -> None:
    """Insert the row, or change the one there is as it stands once its lock is ours."""
    await unit.lock(table, key)
    unit.put(table, key, change(unit.get(table, key)))


async def _delete(unit: Unit, table: Table[K, Any], key: K) -> None:
    if await unit.lock_where(table, key, lambda _row: True) is not None:
        unit.drop(table, key)
