"""The broker in memory: positions kept by us, sends that may fail on either side of the append."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from exchange.chassis.failures import OutOfRange, Unreachable
from exchange.chassis.ports import Consumer, Producer
from exchange.chassis.rows import OutboxRow, Part, Record, SeenTopic
from exchange.contracts.topics import RECORD_BYTES_MAX
from exchange.memory.hook import SEND, SENT, Hook, unhooked
from exchange.memory.log import Log


@dataclass(frozen=True, slots=True)
class MemoryBroker:
    """See `ports.Broker`. One process's access to the log that all processes share."""

    log: Log
    hook: Hook = unhooked

    async def topics(self, names: Sequence[str]) -> Mapping[str, SeenTopic]:
        """All that are there; everything is allowed in memory."""
        await self.hook("topics")
        there = self.log.topics()
        return {
            name: SeenTopic(there[name], may_read=True, may_write=True)
            for name in names
            if name in there
        }

    async def consumer(self) -> Consumer:
        await self.hook("consumer")
        return MemoryConsumer(self.log, self.hook)

    async def producer(self) -> Producer:
        await self.hook("producer")
        return MemoryProducer(self.log, self.hook)


class MemoryConsumer:
    """See `ports.Consumer`."""

    def __init__(self, log: Log, hook: Hook) -> None:
        self._log, self._hook = log, hook
        self._next: dict[Part, int] = {}

    async def assign(self, positions: Mapping[Part, int]) -> None:
        self._next = dict(positions)

    async def seek(self, positions: Mapping[Part, int]) -> None:
        self._next |= positions

    async def fetch(
        self, parts: Sequence[Part], *, max_records: int, timeout_ms: int
    ) -> Mapping[Part, Sequence[Record]]:
        """Wait for a record up to `timeout_ms`; what is given is not given again but by seek."""
        await self._hook("fetch")
        until = self._log.clock.machine() + timedelta(milliseconds=timeout_ms)
        while not (found := self._read(parts, max_records)):
            left_s = (until - self._log.clock.machine()).total_seconds()
            if left_s <= 0:
                break
            await self._log.grown(left_s)
        return found

    async def beginnings(self, parts: Sequence[Part]) -> Mapping[Part, int]:
        await self._hook("beginnings")
        return {part: self._log.begin(part) for part in parts}

    async def watermarks(self, parts: Sequence[Part]) -> Mapping[Part, int]:
        await self._hook("watermarks")
        return {part: self._log.end(part) for part in parts}

    async def close(self) -> None:
        self._next = {}

    def _read(self, parts: Sequence[Part], max_records: int) -> dict[Part, Sequence[Record]]:
        """What other parts have is given before one that is out of range is told."""
        found: dict[Part, Sequence[Record]] = {}
        gone: dict[Part, int] = {}
        room = max_records
        for part in parts:
            if part in self._next and room > 0:
                try:
                    records = self._log.read(part, self._next[part], limit=room)
                except OutOfRange as error:
                    gone |= error.positions
                    continue
                if records:
                    found[part] = records
                    self._next[part] = records[-1].offset + 1
                    room -= len(records)
        if gone and not found:
            raise OutOfRange(gone)
        return found


class MemoryProducer:
    """See `ports.Producer`. A hook that raises Unreachable at SEND loses the record, at SENT only
    its acknowledgement; either leaves that partition's idempotent sequence broken for good."""

    def __init__(self, log: Log, hook: Hook) -> None:
        self._log, self._hook = log, hook
        self._broken: set[Part] = set()
        self._closed = False

    async def send(self, rows: Sequence[OutboxRow]) -> Sequence[int | None]:
        """A row that is too large holds back the later rows of its dispute, nobody else's."""
        if self._closed:
            raise Unreachable("ProducerClosed")
        held_back: set[str] = set()
        offsets: list[int | None] = []
        for row in rows:
            if _record_bytes(row) > RECORD_BYTES_MAX:
                held_back.add(row.code)
            offsets.append(None if row.code in held_back else await self._send(row))
        return offsets

    async def close(self) -> None:
        self._closed = True

    async def _send(self, row: OutboxRow) -> int | None:
        part = (row.topic, row.partition)
        if part in self._broken:
            return None
        self._log.require(part)
        try:
            await self._hook(SEND)
            offset = self._log.append(part, row.code.encode(), row.value, row.headers)
            await self._hook(SENT)
        except Unreachable:
            self._broken.add(part)
            return None
        return offset


def _record_bytes(row: OutboxRow) -> int:
    """Key, value and headers; what Kafka adds to them is left out."""
    return len(row.code) + len(row.value) + sum(len(n) + len(v) for n, v in row.headers)
