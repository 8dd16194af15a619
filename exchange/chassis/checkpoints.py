"""Each minute a signed checkpoint over the ledgers that changed: what a witness can keep.

Made by the owner of partition 0 of a service with a ledger. A minute without a change needs none:
the next checkpoint names the one before by its hash all the same.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.chassis.failures import BadData, Transient
from exchange.chassis.ports import Store
from exchange.chassis.rows import CheckpointHead, Lease, StoredCheckpoint
from exchange.identity.checkpoints import (
    NO_CHECKPOINT,
    Checkpoint,
    Head,
    inclusion_proofs,
    root,
    sign_checkpoint,
)
from exchange.identity.keys import SigningKey

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Checkpointer:
    """Checkpoints one service's ledgers every `every_s` seconds."""

    store: Store
    lease: Lease
    signing: SigningKey
    every_s: float

    async def run(self) -> None:
        """Until cancelled. Raises Fenced when the lease is lost."""
        while True:
            await asyncio.sleep(self.every_s)
            try:
                await self.make()
            except (Transient, BadData) as error:
                log.warning("checkpoint.delayed", extra={"cause": type(error).__name__})

    async def make(self) -> StoredCheckpoint | None:
        """One checkpoint; None where no ledger changed. Raises Transient, BadData, Fenced."""
        before = await self.store.last_checkpoint()
        changed, covered_to = await self.store.changed_heads(before.covered_to if before else 0)
        if not changed:
            return None
        at = (await self.store.times()).machine
        point, heads = await asyncio.to_thread(self._sign, before, changed, covered_to, at)
        await self.store.keep_checkpoint(self.lease, point, heads)
        return point

    def _sign(
        self,
        before: StoredCheckpoint | None,
        changed: Sequence[CheckpointHead],
        covered_to: int,
        at: datetime,
    ) -> tuple[StoredCheckpoint, list[CheckpointHead]]:
        leaves = sorted(Head(head.code, head.sequence, head.hash) for head in changed)
        checkpoint = Checkpoint(
            number=before.number + 1 if before else 1,
            previous_sha256=before.sha256 if before else NO_CHECKPOINT,
            at=at,
            root_sha256=root(leaves).hex(),
            count=len(leaves),
        )
        signed = json.dumps(sign_checkpoint(checkpoint, self.signing)).encode()
        point = StoredCheckpoint(checkpoint.number, checkpoint.sha256(), signed, covered_to)
        by_code = {head.code: head for head in changed}
        paths = inclusion_proofs(leaves)
        return point, [
            replace(by_code[leaf.dispute_code], leaf=place, path=tuple(path))
            for place, (leaf, path) in enumerate(zip(leaves, paths, strict=True))
        ]
