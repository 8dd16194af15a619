"""A memory world for unit tests: its clock stands still, its hooks are a test's own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from exchange.contracts.topics import REFERRALS, TOPICS
from exchange.memory.broker import MemoryBroker
from exchange.memory.clock import ManualClock
from exchange.memory.database import Database
from exchange.memory.hook import Hook, unhooked
from exchange.memory.log import Log
from exchange.memory.store import MemoryStore

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PARTITIONS = REFERRALS.partitions


@dataclass(slots=True)
class StillWorld:
    """One service's database and the log; every `process` has a hook of its own."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(now=START))
    database: Database = field(init=False)
    log: Log = field(init=False)

    def __post_init__(self) -> None:
        self.database = Database(self.clock)
        self.log = Log(self.clock, {topic.name: topic.partitions for topic in TOPICS.values()})

    def store(self, hook: Hook = unhooked) -> MemoryStore:
        return MemoryStore(
            self.database, partitions=PARTITIONS, ledger_topic=REFERRALS.name, hook=hook
        )

    def broker(self, hook: Hook = unhooked) -> MemoryBroker:
        return MemoryBroker(self.log, hook)


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, not even an `except Exception`."""


@dataclass(slots=True)
class At:
    """A hook: something happens at the `nth` time (from 1) that `point` is reached."""

    point: str | None
    nth: int
    happens: Callable[[], Awaitable[None]]
    reached: int = 0

    async def __call__(self, point: str) -> None:
        if self.point in (None, point):
            self.reached += 1
            if self.reached == self.nth:
                await self.happens()


def raises(error: BaseException) -> Callable[[], Awaitable[None]]:
    async def happens() -> None:
        raise error

    return happens
