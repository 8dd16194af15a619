"""Handoffs in memory: claimed for a while with an attempt number, in order per dispute."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import cast

from exchange.chassis import circuit
from exchange.chassis.rows import HandoffRow, Lease
from exchange.memory.database import Database, Unit
from exchange.memory.hook import Hook
from exchange.memory.leases import held
from exchange.memory.tables import Endpoint, Handoff, HandoffState


class MemoryHandoffs:
    """The part of the store that keeps what the exchange owes to agencies."""

    _database: Database
    _hook: Hook

    async def claim(
        self, lease: Lease, *, limit: int, for_s: float, per_s: float
    ) -> Sequence[HandoffRow]:
        """One claim at a time, so that an agency's cap and rate hold over all partitions."""
        claimed: list[HandoffRow] = []
        async with self._database.alone(self._hook, "claim") as unit:
            await unit.lock(unit.tables.advisory, "claiming")
            if await held(unit, lease) is None:
                return []
            for chosen in list(islice(_ready(unit, lease.partition, per_s), limit)):
                handoff = await unit.lock_where(
                    unit.tables.handoffs, chosen.row.id, lambda h: h.waits and _free(h, unit)
                )
                if handoff is not None:
                    claimed.append(_claim(unit, handoff, timedelta(seconds=for_s)))
            for agency, tries in Counter(row.agency for row in claimed).items():
                await unit.lock(unit.tables.endpoints, agency)
                _spend(unit, agency, tries, per_s)
        return claimed

    async def attempted(
        self,
        row: HandoffRow,
        *,
        outcome: str,
        state: str,
        again_in_s: float | None,
        settled_epoch: int | None = None,
    ) -> None:
        async with self._database.alone(self._hook, "attempted") as unit:
            tables, now = unit.tables, unit.clock.machine()
            if await unit.reserve(tables.attempts, (row.id, row.attempts)):
                unit.put(tables.attempts, (row.id, row.attempts), outcome)
            handoff = await unit.lock_where(
                tables.handoffs, row.id, lambda h: h.waits and h.row.attempts == row.attempts
            )
            if handoff is not None:
                again_at = None if again_in_s is None else now + timedelta(seconds=again_in_s)
                anew = settled_epoch not in (None, handoff.settled_epoch)
                tried = replace(
                    handoff.row,
                    state=cast("HandoffState", state),
                    settlings=handoff.row.settlings + anew,
                )
                kept = replace(
                    handoff,
                    row=tried,
                    claimed_until=None,
                    again_at=again_at,
                    settled_epoch=settled_epoch if anew else handoff.settled_epoch,
                )
                unit.put(tables.handoffs, row.id, kept)
            await unit.lock(tables.endpoints, row.agency)
            _count(unit, row.agency, works=outcome in circuit.ALIVE)

    async def revive(self, handoff_id: str) -> bool:
        async with self._database.alone(self._hook, "revive") as unit:
            dead = await unit.lock_where(
                unit.tables.handoffs, handoff_id, lambda h: h.row.state == "dead"
            )
            if dead is not None:
                row = replace(dead.row, state="unknown")
                kept = replace(dead, row=row, claimed_until=None, again_at=None)
                unit.put(unit.tables.handoffs, handoff_id, kept)
        return dead is not None

    async def mailbox(
        self, agency: str, *, after: int, limit: int
    ) -> Sequence[tuple[int, HandoffRow]]:
        """Rows whose transaction is older than every running one: a late commit is not skipped."""
        async with self._database.alone(self._hook, "mailbox") as unit:
            oldest = self._database.oldest_running()
            waiting = [
                (handoff.row.position, handoff.row)
                for handoff in unit.rows(unit.tables.handoffs).values()
                if handoff.row.agency == agency
                and handoff.row.position > after
                and handoff.waits
                and handoff.written_by < oldest
            ]
        return sorted(waiting, key=lambda entry: entry[0])[:limit]

    async def handoff(self, handoff_id: str) -> HandoffRow | None:
        async with self._database.alone(self._hook, "handoff") as unit:
            handoff = unit.get(unit.tables.handoffs, handoff_id)
        return None if handoff is None else handoff.row

    async def waiting(self, handoff_id: str) -> HandoffRow | None:
        async with self._database.alone(self._hook, "waiting") as unit:
            handoff = unit.get(unit.tables.handoffs, handoff_id)
            if handoff is None:
                return None
            beside = unit.rows(unit.tables.handoffs, handoff.row.partition).values()
        return handoff.row if handoff in _first_of_each(beside) else None


def _claim(unit: Unit, handoff: Handoff, for_: timedelta) -> HandoffRow:
    """Count the attempt; until its outcome is noted it is unknown. The row as it stood before."""
    tried = replace(handoff.row, attempts=handoff.row.attempts + 1)
    kept = replace(
        handoff,
        row=replace(tried, state="unknown"),
        claimed_until=unit.clock.machine() + for_,
    )
    unit.put(unit.tables.handoffs, tried.id, kept)
    return tried


def _ready(unit: Unit, partition: int, per_s: float) -> Iterator[Handoff]:
    """Those that may be tried now: first of their dispute and agency, within the agency's room
    and its rate."""
    now = unit.clock.machine()
    first = _first_of_each(unit.rows(unit.tables.handoffs, partition).values())
    room: dict[str, int] = {}
    for agency in unit.rows(unit.tables.agencies).values():
        if agency.delivery.mode == "push" and _circuit_closed(unit, agency.agency, now):
            room[agency.agency] = agency.delivery.concurrency
    for handoff in unit.rows(unit.tables.handoffs).values():
        if handoff.waits and not _free(handoff, unit) and handoff.row.agency in room:
            room[handoff.row.agency] -= 1
    for agency_code in room:
        room[agency_code] = min(room[agency_code], int(_tokens(unit, agency_code, per_s)))
    for handoff in first:
        ready = _free(handoff, unit) and _passed(handoff.again_at, now)
        if ready and room.get(handoff.row.agency, 0) > 0:
            room[handoff.row.agency] -= 1
            yield handoff


def _first_of_each(handoffs: Iterable[Handoff]) -> list[Handoff]:
    """The first that waits of each dispute and agency, in order of position."""
    waiting = sorted((h for h in handoffs if h.waits), key=lambda h: h.row.position)
    first: dict[tuple[str, str], Handoff] = {}
    for handoff in waiting:
        first.setdefault((handoff.row.code, handoff.row.agency), handoff)
    return list(first.values())


def _circuit_closed(unit: Unit, agency: str, now: datetime) -> bool:
    return _passed(_endpoint(unit, agency).open_until, now)


def _tokens(unit: Unit, agency: str, per_s: float) -> float:
    """What the bucket holds now: it fills at `per_s`, and is full at a second's worth."""
    endpoint, full_at = _endpoint(unit, agency), max(1.0, per_s)
    if endpoint.counted_at is None:
        return full_at
    passed_s = max(0.0, (unit.clock.machine() - endpoint.counted_at).total_seconds())
    return min(full_at, endpoint.tokens + per_s * passed_s)


def _spend(unit: Unit, agency: str, tries: int, per_s: float) -> None:
    left, now = _tokens(unit, agency, per_s) - tries, unit.clock.machine()
    kept = replace(_endpoint(unit, agency), tokens=left, counted_at=now)
    unit.put(unit.tables.endpoints, agency, kept)


def _count(unit: Unit, agency: str, *, works: bool) -> None:
    """One failure more, or none; from circuit.FAILURES_MAX on the circuit opens for a while."""
    endpoint = _endpoint(unit, agency)
    failures = 0 if works else endpoint.failures + 1
    opens = failures >= circuit.FAILURES_MAX
    until = unit.clock.machine() + timedelta(seconds=circuit.OPEN_S) if opens else None
    kept = replace(endpoint, failures=failures, open_until=until)
    unit.put(unit.tables.endpoints, agency, kept)


def _endpoint(unit: Unit, agency: str) -> Endpoint:
    return unit.get(unit.tables.endpoints, agency) or Endpoint()


def _free(handoff: Handoff, unit: Unit) -> bool:
    return _passed(handoff.claimed_until, unit.clock.machine())


def _passed(until: datetime | None, now: datetime) -> bool:
    return until is None or until <= now
