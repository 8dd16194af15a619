"""Rows that have done their work are forgotten: hourly, by the owner of partition 0."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from exchange.chassis.failures import Transient
from exchange.chassis.ports import Store
from exchange.chassis.rows import Ages

log = logging.getLogger(__name__)

AGES = Ages(inbox=timedelta(days=35), replies=timedelta(days=30), handoffs=timedelta(days=90))
"""The inbox outlives every record that it guards against: topics keep theirs for 30 days."""

PRUNE_EVERY_S = 3_600.0
PRUNED_AT_ONCE_MAX = 5_000
PASSES_MAX = 200
"""Of PRUNED_AT_ONCE_MAX rows each; what is left is pruned an hour later."""


@dataclass(slots=True)
class Pruner:
    """Prunes one service's database."""

    store: Store

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                pruned = await self.prune()
            except Transient as error:
                log.info("pruning.delayed", extra={"cause": str(error)})
            else:
                log.info("pruning.done", extra={"rows": pruned})
            await asyncio.sleep(PRUNE_EVERY_S)

    async def prune(self) -> int:
        """Delete what is old, in small transactions; how many rows went. Raises Transient."""
        pruned = 0
        for _ in range(PASSES_MAX):
            gone = await self.store.prune(AGES, limit=PRUNED_AT_ONCE_MAX)
            pruned += gone
            if not gone:
                break
        return pruned
