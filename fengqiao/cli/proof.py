"""What the demo must prove at its end: ledger, receipts, trace, and no personal data anywhere."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fengqiao.cli.canaries import Canaries, Hit
from fengqiao.cli.legal_time import database_dsns
from fengqiao.cli.operator import Operator
from fengqiao.cli.town_home import RunningTown
from fengqiao.cli.trace_tree import FIRST_POST, TraceTree
from fengqiao.client.verifier import Verdict, verify_bundle
from sandbox.people import InventedPerson
from sandbox.story.town import StoryStuck, wait_for

COVERED_WITHIN_S = 8.0


@dataclass(frozen=True, slots=True)
class Proof:
    """Each claim with what it rests on. `broken` are the events whose trace does not lead back."""

    ledger: Verdict
    receipts: int
    broken: Sequence[str]
    tree: TraceTree
    pii: Sequence[Hit]

    @property
    def receipts_verified(self) -> bool:
        return self.receipts > 0 and all(
            check.ok for check in self.ledger.checks if check.name == "receipts"
        )

    @property
    def holds(self) -> bool:
        return self.ledger.ok and self.receipts_verified and not self.broken and not self.pii


async def prove(running: RunningTown, dispute: str, people: Sequence[InventedPerson]) -> Proof:
    """Check all of it. The verifier shares no code with what wrote the ledger."""
    receipts = [r for r in running.town.receipts if _of(r, dispute)]
    bundle = await _covered_bundle(running, dispute)
    verdict = verify_bundle({**bundle, "receipts": [*bundle.get("receipts", ()), *receipts]})
    tree, broken = await _trace(running, dispute)
    texts = [text for who in people for text in (who.name, who.citizen_id, who.phone)]
    pii = await seen_anywhere(running, texts)
    return Proof(verdict, len(receipts), broken, tree, pii)


async def _covered_bundle(running: RunningTown, dispute: str) -> dict[str, Any]:
    """The evidence, once a checkpoint covers its last entry; as it is when none does in time."""
    operator = Operator.of_home(running.exchange.at.home)
    bundle: dict[str, Any] = {}

    async def covered() -> bool:
        bundle.update(await operator.get("routing", f"/v1/disputes/{dispute}/ledger"))
        last = bundle["checkpoints"][-1]["inclusion"]["sequence"] if bundle["checkpoints"] else 0
        return bool(last == len(bundle["ledger"]))

    try:
        await wait_for(covered, "a checkpoint over the last entry", COVERED_WITHIN_S)
    except StoryStuck:
        return bundle
    return bundle


def _of(receipt: Mapping[str, Any], dispute: str) -> bool:
    return bool(receipt["document"]["dispute_code"] == dispute)


async def _trace(running: RunningTown, dispute: str) -> tuple[TraceTree, Sequence[str]]:
    """Spans are exported in batches: wait for all; those that do not come are told as broken."""
    file = running.exchange.at.spans_file
    traceparents = {
        f"{seen.sequence or '-'} {seen.type}": seen.traceparent
        for seen in running.watch.of(dispute)
    }
    result: tuple[TraceTree, Sequence[str]] = (TraceTree(()), list(traceparents))

    async def complete() -> bool:
        nonlocal result
        tree = await asyncio.to_thread(TraceTree.read, file)
        result = (tree, tree.broken(traceparents))
        return not result[1]

    try:
        await wait_for(complete, f"every span back to {FIRST_POST}", within_s=5.0)
    except StoryStuck:
        return result
    return result


async def seen_anywhere(running: RunningTown, texts: Iterable[str]) -> list[Hit]:
    """Every place where the exchange writes. The sandbox is the agencies' side: it is left out."""
    at, canaries = running.exchange.at, Canaries.of(texts)
    folders = [at.home.directory / name for name in ("kafka", "postgres", "logs", "spans")]
    found = await asyncio.gather(
        asyncio.to_thread(canaries.in_files, [f for f in folders if f.exists()]),
        canaries.in_tables(database_dsns(at.home)),
        canaries.in_topics(running.broker),
        canaries.in_metrics(running.town.urls),
    )
    return [hit for hits in found for hit in hits]
