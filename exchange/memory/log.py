"""Kafka's topics in memory: per partition an append-only log whose offsets only grow.

Offsets may have gaps, as compaction and markers leave them on a real cluster.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from exchange.chassis.failures import OutOfRange, Unreachable
from exchange.chassis.partitioning import partition_of
from exchange.chassis.rows import Part, Record
from exchange.contracts.envelope import Headers
from exchange.memory.clock import Clock


@dataclass(slots=True)
class _Partition:
    records: list[Record] = field(default_factory=list)
    begin: int = 0
    end: int = 0


class Log:
    """One cluster; every broker of a world opens it. `partitions` gives each topic's count."""

    def __init__(self, clock: Clock, partitions: Mapping[str, int]) -> None:
        self.clock = clock
        self._counts = dict(partitions)
        self._partitions = {
            (topic, number): _Partition() for topic, n in partitions.items() for number in range(n)
        }
        self._sleeping: set[asyncio.Future[None]] = set()

    def append(self, part: Part, key: bytes | None, value: bytes | None, headers: Headers) -> int:
        """Add a record; its offset. Raises Unreachable where there is no such partition."""
        partition = self._partition(part)
        offset, partition.end = partition.end, partition.end + 1
        partition.records.append(Record(*part, offset, key, tuple(headers), value))
        self._wake()
        return offset

    def publish(self, topic: str, key: str, value: bytes | None, headers: Headers) -> int:
        """Add a record where its key belongs (murmur2), as any well-behaved writer would."""
        number = partition_of(key, self._counts[topic])
        return self.append((topic, number), key.encode(), value, headers)

    def skip(self, part: Part, offsets: int = 1) -> None:
        """Leave a gap: the next record comes that many offsets later."""
        self._partition(part).end += offsets

    def read(self, part: Part, offset: int, *, limit: int) -> Sequence[Record]:
        """Records from `offset` on. Raises OutOfRange where the log does not have it."""
        partition = self._partition(part)
        if not partition.begin <= offset <= partition.end:
            raise OutOfRange({part: offset})
        start = bisect_left(partition.records, offset, key=lambda record: record.offset)
        return partition.records[start : start + limit]

    def expire(self, part: Part, before: int) -> None:
        """Drop the records below `before`, as retention does."""
        partition = self._partition(part)
        partition.begin = max(partition.begin, min(before, partition.end))
        partition.records = [r for r in partition.records if r.offset >= partition.begin]

    def topics(self) -> Mapping[str, int]:
        """Every topic with its number of partitions."""
        return dict(self._counts)

    def require(self, part: Part) -> None:
        """Raise Unreachable where there is no such partition."""
        self._partition(part)

    def begin(self, part: Part) -> int:
        """The offset of the oldest record that is there, or would be."""
        return self._partition(part).begin

    def end(self, part: Part) -> int:
        """The high watermark: the offset that the next record will have."""
        return self._partition(part).end

    async def grown(self, timeout_s: float) -> None:
        """Wait until a record is added anywhere, at most `timeout_s`."""
        sleeping = asyncio.get_running_loop().create_future()
        self._sleeping.add(sleeping)
        timer = self.clock.later(timeout_s, lambda: _finish(sleeping))
        try:
            await sleeping
        finally:
            timer.cancel()
            self._sleeping.discard(sleeping)

    def _wake(self) -> None:
        for sleeping in self._sleeping:
            _finish(sleeping)

    def _partition(self, part: Part) -> _Partition:
        if part not in self._partitions:
            raise Unreachable("UnknownTopicOrPartitionError")
        return self._partitions[part]


def _finish(sleeping: "asyncio.Future[None]") -> None:
    if not sleeping.done():
        sleeping.set_result(None)
