"""The faults of one service, struck at the points that the memory world announces."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from random import Random

from exchange.chassis.failures import OutcomeUnknown, Transient, Unreachable
from exchange.memory.hook import COMMIT_DONE, COMMIT_SENT, SEND, SENT
from tests.simulation.plan import ANYWHERE, Fault

OF_THE_LOG = frozenset(
    {SEND, SENT, "fetch", "watermarks", "beginnings", "topics", "consumer", "producer"}
)


class Trouble:
    """Counts the points that a service's processes reach, and strikes where the plan says.

    `struck` counts the faults that came true, by kind; after `over` nothing strikes any more.
    """

    def __init__(
        self, faults: Iterable[Fault], yields: float, chance: Random, now_s: Callable[[], float]
    ) -> None:
        self.over = False
        self.struck: Counter[str] = Counter()
        self._yields, self._draw, self._now_s = yields, chance.random, now_s
        self._reached: Counter[str] = Counter()
        self._waiting: dict[str, dict[int, Fault]] = defaultdict(dict)
        for fault in faults:
            self._waiting[fault.point].setdefault(fault.nth, fault)
        self._away_until_s = 0.0

    def at(self, point: str) -> Fault | None:
        """What strikes here and now. Raises Transient while the database is away."""
        if self.over or not self._waiting:
            return None
        if self._now_s() < self._away_until_s and point not in OF_THE_LOG:
            raise _lost_connection(point)
        fault = self._due(point) or self._due(ANYWHERE)
        if fault is not None:
            self.struck[fault.kind] += 1
        return fault

    def _due(self, point: str) -> Fault | None:
        self._reached[point] += 1
        waiting = self._waiting.get(point)
        return waiting.pop(self._reached[point], None) if waiting else None

    def yields(self) -> bool:
        return self._yields > 0 and self._draw() < self._yields

    async def strike(self, fault: Fault, point: str) -> None:
        """What does not end or freeze the process: a wait, or an error of the store or the log."""
        match fault.kind:
            case "stall":
                await asyncio.sleep(fault.for_s)
            case "deadlock":
                raise Transient("40P01 DeadlockDetectedError")
            case "commit_lost":
                raise OutcomeUnknown("08006 ConnectionDoesNotExistError")
            case "unreachable":
                raise Unreachable("KafkaConnectionError")
            case "database_away":
                self._away_until_s = self._now_s() + fault.for_s
                raise _lost_connection(point)


def _lost_connection(point: str) -> Transient:
    lost = "57P01 AdminShutdownError"
    return OutcomeUnknown(lost) if point in (COMMIT_SENT, COMMIT_DONE) else Transient(lost)
