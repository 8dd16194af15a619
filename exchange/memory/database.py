"""One service's database in memory, and the transactions on it: READ COMMITTED, nothing torn.

A transaction keeps its own writes aside until it commits, all at once; its row locks make others
wait for it. What would end a real one ends this one: an error, a deadlock, a time limit.
"""

from collections.abc import Callable, Hashable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from exchange.chassis.failures import OutcomeUnknown, Transient
from exchange.memory.clock import Clock
from exchange.memory.hook import BEGIN, COMMIT_DONE, COMMIT_SENT, Hook
from exchange.memory.locks import Locks, Mode
from exchange.memory.tables import EVERYTHING, GONE, Gone, K, Table, Tables, V

IDLE_TIMEOUT_S = 2.0
TRANSACTION_TIMEOUT_S = 5.0

IDLE_TOO_LONG = "25P03 IdleInTransactionSessionTimeoutError"
OPEN_TOO_LONG = "25P04 TransactionTimeoutError"
FAILED = "25P02 InFailedSQLTransactionError"
COMMITTED = "08003 the transaction is committed"
ROLLED_BACK = "08003 the transaction is rolled back"


class Database:
    """Tables, locks and time limits; several stores (replicas of a service) may share one."""

    def __init__(
        self,
        clock: Clock,
        *,
        idle_timeout_s: float = IDLE_TIMEOUT_S,
        transaction_timeout_s: float = TRANSACTION_TIMEOUT_S,
    ) -> None:
        self.clock = clock
        self.idle_timeout_s, self.transaction_timeout_s = idle_timeout_s, transaction_timeout_s
        self.tables = Tables()
        self.locks = Locks(clock)
        self._running: dict[Unit, int] = {}
        self._next_number = 1

    def number_of(self, unit: "Unit") -> int:
        """Its place among the transactions that write (xid), drawn when first asked for."""
        if unit not in self._running:
            self._running[unit], self._next_number = self._next_number, self._next_number + 1
        return self._running[unit]

    def ended(self, unit: "Unit") -> None:
        self._running.pop(unit, None)
        self.locks.release(unit)

    def oldest_running(self) -> int:
        """The number below which every transaction that has written is over (xmin)."""
        return min(self._running.values(), default=self._next_number)

    def transaction(
        self, hook: Hook, lock_timeout_s: float | None = None
    ) -> AbstractAsyncContextManager["Unit"]:
        """Commit at the end, or roll back. Raises OutcomeUnknown where the end came before."""
        return _Begun(self, hook, lock_timeout_s)

    def alone(self, hook: Hook, point: str) -> AbstractAsyncContextManager["Unit"]:
        """One statement that is a transaction of its own."""
        return _Alone(self, hook, point)


class _Begun(AbstractAsyncContextManager["Unit"]):
    """A transaction, from BEGIN to COMMIT or ROLLBACK."""

    def __init__(self, database: Database, hook: Hook, lock_timeout_s: float | None) -> None:
        self._database, self._hook, self._lock_timeout_s = database, hook, lock_timeout_s

    async def __aenter__(self) -> "Unit":
        await self._hook(BEGIN)
        self._unit = Unit(self._database, self._hook, self._lock_timeout_s)
        return self._unit

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._unit.end(ROLLED_BACK)
            return
        try:
            await self._hook(COMMIT_SENT)
            self._unit.commit()
        except BaseException:
            self._unit.end(ROLLED_BACK)
            raise
        await self._hook(COMMIT_DONE)


class _Alone(_Begun):
    """A transaction with one statement in it."""

    def __init__(self, database: Database, hook: Hook, point: str) -> None:
        super().__init__(database, hook, None)
        self._point = point

    async def __aenter__(self) -> "Unit":
        unit = await super().__aenter__()
        try:
            await unit.enter(self._point)
        except BaseException:
            unit.end(ROLLED_BACK)
            raise
        return unit

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._unit.leave(failed=kind is not None)
        await super().__aexit__(kind, error, where)


class _Statement(AbstractAsyncContextManager[None]):
    """One statement of a transaction."""

    def __init__(self, unit: "Unit", point: str) -> None:
        self._unit, self._point = unit, point

    async def __aenter__(self) -> None:
        await self._unit.enter(self._point)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self._unit.leave(failed=kind is not None)


class Unit:
    """One transaction: what it has written so far over what all others have committed."""

    def __init__(self, database: Database, hook: Hook, lock_timeout_s: float | None) -> None:
        self._database, self._hook, self._lock_timeout_s = database, hook, lock_timeout_s
        self.tables = database.tables
        self._own: dict[Table[Any, Any], dict[Any, Any]] = {}
        self._over: str | None = None
        self.clock, self.started_at = database.clock, database.clock.machine()
        self._idle_since: datetime | None = self.started_at
        self._timer = self.clock.later(database.idle_timeout_s, self._look)

    @property
    def number(self) -> int:
        return self._database.number_of(self)

    # Statements

    def statement(self, point: str) -> AbstractAsyncContextManager[None]:
        """Run one statement; between statements the transaction idles, and not for long.

        Raises Transient when the transaction has failed or was ended; any error in it fails it.
        """
        return _Statement(self, point)

    async def enter(self, point: str) -> None:
        """Begin a statement. Raises Transient."""
        await self._hook(point)
        self._go_on()
        self._idle_since = None

    def leave(self, *, failed: bool) -> None:
        """End it."""
        if failed:
            self.end(FAILED)
        self._idle_since = self.clock.machine()

    async def lock(self, table: Table[K, Any], key: K, mode: Mode = Mode.EXCLUSIVE) -> None:
        """Lock one row, existing or to be, until the end. Raises Transient."""
        await self._hook(f"lock {table.name}")
        self._go_on()
        _ = self.number
        await self._database.locks.take(
            self, (table.name, key), mode, timeout_s=self._lock_timeout_s
        )
        self._go_on()

    async def lock_where(
        self,
        table: Table[K, V],
        key: K,
        holds: Callable[[V], bool],
        mode: Mode = Mode.EXCLUSIVE,
    ) -> V | None:
        """The row if it `holds`, locked; looked at again once the lock is there."""
        row = self.get(table, key)
        if row is None or not holds(row):
            return None
        await self.lock(table, key, mode)
        row = self.get(table, key)
        return row if row is not None and holds(row) else None

    async def reserve(self, table: Table[K, Any], key: K) -> bool:
        """Whether that key is free for our insert; waits for whoever inserts it just now."""
        if self.get(table, key) is None:
            await self.lock(table, key)
        return self.get(table, key) is None

    # Rows

    def get(self, table: Table[K, V], key: K) -> V | None:
        own: V | Gone | None = self._own.get(table, {}).get(key)
        if isinstance(own, Gone):
            return None
        return table.rows.get(key) if own is None else own

    def rows(self, table: Table[K, V], group: Hashable = EVERYTHING) -> dict[K, V]:
        """The rows of one group, those written first coming first."""
        own = self._own.get(table, {})
        found = {key: row for key, row in table.in_group(group).items() if own.get(key) is not GONE}
        return found | {
            key: row
            for key, row in own.items()
            if row is not GONE and group in (EVERYTHING, table.group(key, row))
        }

    def put(self, table: Table[K, V], key: K, row: V) -> None:
        self._own.setdefault(table, {})[key] = row

    def drop(self, table: Table[K, Any], key: K) -> None:
        self._own.setdefault(table, {})[key] = GONE

    # The end

    def commit(self) -> None:
        """Make it all visible at once; a failed transaction is rolled back instead.

        Raises OutcomeUnknown when it was ended from outside.
        """
        if self._over is None:
            for table, changes in self._own.items():
                table.apply(changes)
            self.end(COMMITTED)
        elif self._over != FAILED:
            raise OutcomeUnknown(self._over)

    def end(self, why: str) -> None:
        """Drop what was not committed and let go of every lock; what comes later is refused."""
        if self._over is not None:
            return
        self._over = why
        self._own.clear()
        self._timer.cancel()
        self._database.ended(self)

    def _go_on(self) -> None:
        if self._over is not None:
            raise Transient(self._over)

    def _look(self) -> None:
        """End the transaction where a time limit is over; look again when one may be."""
        now, database = self.clock.machine(), self._database
        open_left = self.started_at + timedelta(seconds=database.transaction_timeout_s) - now
        idle_left = timedelta(seconds=database.idle_timeout_s)
        if self._idle_since is not None:
            idle_left += self._idle_since - now
        if open_left <= timedelta():
            self._kill(OPEN_TOO_LONG)
        elif idle_left <= timedelta():
            self._kill(IDLE_TOO_LONG)
        else:
            left_s = min(open_left, idle_left).total_seconds()
            self._timer = self.clock.later(left_s, self._look)

    def _kill(self, why: str) -> None:
        self._database.locks.interrupt(self, Transient(why))
        self.end(why)
