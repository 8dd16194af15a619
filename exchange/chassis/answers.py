"""An agency's answer to a handoff, however it came, folded into its dispute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from exchange.chassis.bisecting import bisected
from exchange.chassis.decider import HandoffAnswered
from exchange.chassis.fold import Broken, Folded, Item, fold
from exchange.chassis.ports import Store
from exchange.chassis.rows import HandoffRow
from exchange.chassis.service import AnyService
from exchange.chassis.telemetry import Trace
from exchange.contracts.events.base import Evidence

ANSWER_BYTES_MAX = 65_536


@dataclass(frozen=True, slots=True)
class Answers:
    """Where answers are folded: any replica may, under the dispute's lock."""

    service: AnyService
    store: Store
    trace: Trace


@dataclass(frozen=True, slots=True)
class Answer:
    """`said` is the agency's JSON, `proof` its signature; without `delivered` none will come."""

    row: HandoffRow
    delivered: bool
    at: datetime
    said: Mapping[str, Any] = field(default_factory=dict)
    proof: Evidence | None = None
    traceparent: str | None = None


async def take_answer(answers: Answers, answer: Answer, suspect: Broken | None = None) -> Folded:
    """Fold the answer in a transaction of its own. A handoff answered before is left alone.

    `suspect` parks it instead: the process died over it before.
    """
    done: list[Folded] = []

    async def apply(given: Sequence[Answer], broken: Broken | None) -> None:
        async with answers.store.transaction() as tx:
            items = [replace(answer_item(one), broken=broken or suspect) for one in given]
            folded = await fold(tx, answers.service, items, answers.trace)
            if not answer.delivered and folded.writes.handoffs_done:
                folded.writes.alarms.append(
                    ("handoff_dead", answer.row.id, f"{answer.row.agency} {answer.row.about}")
                )
            await tx.write(folded.writes)
        done.append(folded)

    await bisected([answer], apply)
    return done[-1]


def said_in(raw: bytes) -> dict[str, Any] | None:
    """The JSON object in an answer; None for anything else, and for one nested too deep to keep
    (what is read up to 1024 levels deep is written up to 254)."""
    try:
        said = orjson.loads(raw or b"{}")
        orjson.dumps(said)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return said if isinstance(said, dict) else None


def answer_item(answer: Answer) -> Item:
    row = answer.row
    arrival = HandoffAnswered(
        handoff_id=row.id,
        agency=row.agency,
        about=row.about,
        delivered=answer.delivered,
        answered_at=answer.at,
        answer=answer.said,
        evidence=answer.proof,
    )
    return Item(
        code=row.code,
        arrival=arrival,
        cause=f"answer:{row.id}",
        cause_at=answer.at,
        source=f"handoff:{row.id}",
        traceparent=answer.traceparent or row.traceparent,
        value=orjson.dumps(
            {
                "handoff_id": row.id,
                "agency": row.agency,
                "about": row.about,
                "delivered": answer.delivered,
                "answered_at": answer.at,
                "answer": answer.said,
                "evidence": answer.proof.model_dump() if answer.proof else None,
            }
        ),
    )
