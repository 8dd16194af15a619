"""One service's database in memory, and the transactions on it: READ COMMITTED, nothing torn.

A transaction keeps its own writes aside until it commits, all at once; its row locks make others
wait for it. What would end a real one ends this one: an error, a deadlock, a time limit.
"""

from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any

from exchange.chassis.failures import OutcomeUnknown, Transient
from exchange.memory.clock import Clock, Timer
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

    @asynccontextmanager
    async def transaction(
        self, hook: Hook, lock_timeout_s: float | None = None
    ) -> AsyncIterator["Unit"]:
        """Commit at the end, or roll back. Raises OutcomeUnknown where the end came before."""
        await hook(BEGIN)
        unit = Unit(self, hook, lock_timeout_s)
        try:
            yield unit
            await hook(COMMIT_SENT)
            unit.commit()
        except BaseException:
            unit.end(ROLLED_BACK)
            raise
        await hook(COMMIT_DONE)

    @asynccontextmanager
    async def alone(self, hook: Hook, point: str) -> AsyncIterator["Unit"]:
        """One statement that is a transaction of its own."""
        async with self.transaction(hook) as unit, unit.statement(point):
            yield unit


class Unit:
    """One transaction: what it has written so far over what all others have committed."""

    def __init__(self, database: Database, hook: Hook, lock_timeout_s: float | None) -> None:
        self._database, self._hook, self._lock_timeout_s = database, hook, lock_timeout_s
        self.tables = database.tables
        self._own: dict[Table[Any, Any], dict[Any, Any]] = {}
        self._over: str | None = None
        self.clock, self.started_at = database.clock, database.clock.machine()
        self._limit = self._kill_after(database.transaction_timeout_s, OPEN_TOO_LONG)
        self._idle = self._kill_after(database.idle_timeout_s, IDLE_TOO_LONG)

    @property
    def number(self) -> int:
        return self._database.number_of(self)

    # Statements

    @asynccontextmanager
    async def statement(self, point: str) -> AsyncIterator[None]:
        """Run one statement; between statements the transaction idles, and not for long.

        Raises Transient when the transaction has failed or was ended; any error in it fails it.
        """
        await self._hook(point)
        self._go_on()
        self._idle.cancel()
        try:
            yield
        except BaseException:
            self.end(FAILED)
            raise
        if self._over is None:
            self._idle = self._kill_after(self._database.idle_timeout_s, IDLE_TOO_LONG)

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
        self._limit.cancel()
        self._idle.cancel()
        self._database.ended(self)

    def _go_on(self) -> None:
        if self._over is not None:
            raise Transient(self._over)

    def _kill_after(self, timeout_s: float, why: str) -> Timer:
        def kill() -> None:
            self._database.locks.interrupt(self, Transient(why))
            self.end(why)

        return self._database.clock.later(timeout_s, kill)
