"""Whether a process may be sent requests: what is still missing, by name."""

import asyncio
from dataclasses import dataclass, field

from exchange.chassis.failures import Transient
from exchange.chassis.ports import Store


@dataclass(slots=True)
class Readiness:
    """Ready when the database answers, work has begun and nobody asked to stop.

    Kafka is not asked: while it is away requests are still accepted, the outbox holds them.
    """

    store: Store
    work: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: bool = False

    async def missing(self) -> list[str]:
        if self.stopping:
            return ["stopping"]
        lacking = [] if self.work.is_set() else ["work"]
        try:
            await self.store.health()
        except Transient:
            lacking.append("database")
        return lacking
