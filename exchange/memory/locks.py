"""Row locks as PostgreSQL keeps them: held to the transaction's end, waited for in turn.

FOR SHARE goes with FOR SHARE and passes a waiting writer by; everything else excludes. Whoever
closes a circle of waiting is the one told so (PostgreSQL tells one of them after a second).
"""

import asyncio
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

from exchange.chassis.failures import LockTimeout, Transient
from exchange.memory.clock import Clock

Row: TypeAlias = tuple[str, Hashable]
"""(table, primary key)."""

Owner: TypeAlias = Hashable
"""A transaction, by identity."""


class Mode(Enum):
    SHARE = auto()
    EXCLUSIVE = auto()


@dataclass(eq=False, slots=True)
class _Wait:
    owner: Owner
    mode: Mode
    granted: "asyncio.Future[None]"

    def refuse(self, error: Transient) -> None:
        if not self.granted.done():
            self.granted.set_exception(error)


@dataclass(slots=True)
class _Lock:
    holders: dict[Owner, Mode] = field(default_factory=dict)
    queue: list[_Wait] = field(default_factory=list)

    def free_for(self, owner: Owner, mode: Mode) -> bool:
        others = [held for holder, held in self.holders.items() if holder is not owner]
        return not others or (mode is Mode.SHARE and all(m is Mode.SHARE for m in others))

    def grant(self, owner: Owner, mode: Mode) -> None:
        if self.holders.get(owner) is not Mode.EXCLUSIVE:
            self.holders[owner] = mode


class Locks:
    """The row locks of one database."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._locks: dict[Row, _Lock] = {}
        self._held: dict[Owner, dict[Row, None]] = {}
        self._waits: dict[Owner, tuple[_Lock, _Wait]] = {}

    @property
    def waiting(self) -> int:
        """How many transactions wait for a lock now."""
        return len(self._waits)

    async def take(
        self, owner: Owner, row: Row, mode: Mode, *, timeout_s: float | None = None
    ) -> None:
        """Hold the lock until `release`.

        Raises Transient 40P01 where waiting would never end, LockTimeout after `timeout_s`.
        """
        lock = self._locks.setdefault(row, _Lock())
        self._held.setdefault(owner, {})[row] = None
        if lock.free_for(owner, mode):
            lock.grant(owner, mode)
        else:
            await self._wait(lock, owner, mode, timeout_s)

    def release(self, owner: Owner) -> None:
        """Let go of all that `owner` holds; those who waited for it get theirs, in turn."""
        for row in self._held.pop(owner, ()):
            lock = self._locks.get(row)
            if lock is None:
                continue
            lock.holders.pop(owner, None)
            self._grant_waiting(lock)
            if not lock.holders and not lock.queue:
                del self._locks[row]

    def interrupt(self, owner: Owner, error: Transient) -> None:
        """End the waiting of `owner`, if it waits, with this error."""
        if owner in self._waits:
            self._waits[owner][1].refuse(error)

    async def _wait(self, lock: _Lock, owner: Owner, mode: Mode, timeout_s: float | None) -> None:
        wait = _Wait(owner, mode, asyncio.get_running_loop().create_future())
        self._waits[owner] = lock, wait
        lock.queue.append(wait)
        timer = None
        try:
            if self._waits_for_itself(owner):
                raise Transient("40P01 DeadlockDetectedError")
            if timeout_s is not None:
                late = LockTimeout("55P03 LockNotAvailableError")
                timer = self._clock.later(timeout_s, lambda: wait.refuse(late))
            await wait.granted
        finally:
            if timer is not None:
                timer.cancel()
            self._waits.pop(owner, None)
            if wait in lock.queue:
                lock.queue.remove(wait)

    def _grant_waiting(self, lock: _Lock) -> None:
        """The first that can go on does; so does every sharer, and who only raises its own lock."""
        for wait in list(lock.queue):
            if not wait.granted.done() and lock.free_for(wait.owner, wait.mode):
                lock.queue.remove(wait)
                self._waits.pop(wait.owner, None)
                lock.grant(wait.owner, wait.mode)
                wait.granted.set_result(None)

    def _waits_for_itself(self, owner: Owner) -> bool:
        seen: set[Owner] = set()
        reached = list(self._blockers(owner))
        while reached:
            other = reached.pop()
            if other is owner:
                return True
            if other not in seen:
                seen.add(other)
                reached.extend(self._blockers(other))
        return False

    def _blockers(self, owner: Owner) -> Iterator[Owner]:
        if owner in self._waits:
            lock, _ = self._waits[owner]
            yield from (holder for holder in lock.holders if holder is not owner)
