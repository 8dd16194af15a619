"""Old rows deleted, a limited number at a time; waiting and dead handoffs are never old."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from exchange.chassis.rows import Ages
from exchange.memory.database import Database, Unit
from exchange.memory.hook import Hook
from exchange.memory.tables import K, Table, V


class MemoryPruning:
    """The part of the store that forgets."""

    _database: Database
    _hook: Hook

    async def prune(self, ages: Ages, *, limit: int) -> int:
        async with self._database.alone(self._hook, "prune inbox") as unit:
            seen = _older(unit, unit.tables.inbox, ages.inbox, lambda at: at, limit)
            for event_id in seen:
                unit.drop(unit.tables.inbox, event_id)
        async with self._database.alone(self._hook, "prune replies") as unit:
            replies = _older(unit, unit.tables.replies, ages.replies, lambda r: r.at, limit)
            for key, reply in replies.items():
                unit.drop(unit.tables.replies, key)
                unit.drop(unit.tables.unique_nonce, (reply.row.agency, reply.row.nonce))
        async with self._database.alone(self._hook, "prune members") as unit:
            silent = _older(unit, unit.tables.members, ages.members, lambda at: at, limit)
            for member in silent:
                unit.drop(unit.tables.members, member)
        async with self._database.alone(self._hook, "prune handoffs") as unit:
            handoffs = _prune_handoffs(unit, ages.handoffs, limit)
        return len(seen) + len(replies) + len(silent) + handoffs


def _prune_handoffs(unit: Unit, age: timedelta, limit: int) -> int:
    """Those delivered or cancelled, with their attempts; how many."""
    tables = unit.tables
    old = _older(
        unit,
        tables.handoffs,
        age,
        lambda h: h.row.created_at if h.row.state in ("delivered", "cancelled") else None,
        limit,
    )
    for handoff_id, handoff in old.items():
        unit.drop(tables.handoffs, handoff_id)
        unit.drop(tables.unique_handoff, (handoff.row.code, handoff.row.agency, handoff.row.about))
        for attempt in unit.rows(tables.attempts, handoff_id):
            unit.drop(tables.attempts, attempt)
    return len(old)


def _older(
    unit: Unit,
    table: Table[K, V],
    age: timedelta,
    since: Callable[[V], datetime | None],
    limit: int,
) -> dict[K, V]:
    """Up to `limit` rows that are older than `age`; `since` tells from when, None: never old."""
    before = unit.clock.machine() - age
    old = ((k, row) for k, row in unit.rows(table).items() if (since(row) or before) < before)
    return dict(islice(old, limit))
