"""The memory world's log, where a topic may fall behind the others and a record may come twice."""

from collections.abc import Callable, Mapping, Sequence

from exchange.chassis.rows import Part, Record
from exchange.memory.clock import Clock
from tests.checker.reading import DatedLog
from tests.simulation.plan import Lag


class LaggingLog(DatedLog):
    """Nobody is given a topic's records while it lags; its watermark is told as it is."""

    def __init__(
        self,
        clock: Clock,
        partitions: Mapping[str, int],
        lags: Sequence[Lag],
        now_s: Callable[[], float],
    ) -> None:
        super().__init__(clock, partitions)
        self._lags, self._now_s = lags, now_s
        self.over = False

    def read(self, part: Part, offset: int, *, limit: int) -> Sequence[Record]:
        records = super().read(part, offset, limit=limit)
        if self._lags and not self.over and self._lagging(part[0]):
            return ()
        return records

    def repeat(self, topic: str, nth: int) -> bool:
        """Write that topic's `nth` record again, the same bytes; False where there is none yet."""
        counts = range(self._counts[topic])
        records = [r for n in counts for r in self.read((topic, n), 0, limit=nth)]
        if len(records) < nth:
            return False
        chosen = records[nth - 1]
        self.append((topic, chosen.partition), chosen.key, chosen.value, chosen.headers)
        return True

    def _lagging(self, topic: str) -> bool:
        now_s = self._now_s()
        return any(
            lag.topic == topic and lag.at_s <= now_s < lag.at_s + lag.for_s for lag in self._lags
        )
