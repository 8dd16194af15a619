"""The first of a parked queue, given up by a person because it can never be applied.

It is tried once more and rolled back: what can be applied is never given up. Its bytes go to
quarantine, the operator's signed request beside the dispute, and the queue behind it goes on.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, get_args

import orjson

from exchange.chassis.decider import Refused
from exchange.chassis.failures import BadData, IndexTaken
from exchange.chassis.fold import StillParked, fold
from exchange.chassis.parking import Parking, Released, in_sequence, sequence_of
from exchange.chassis.problems import not_found
from exchange.chassis.rows import DisputeRow, ParkedRow, QuarantinedRow, Writes
from exchange.contracts.events.base import Evidence

Because = Literal[
    "undecodable", "unprepared", "bad_data", "index_taken", "kills_the_process", "decision_fails"
]
"""Why it can never be applied; `decision_fails` is said of what can be read, but not decided."""

HASH_CHARS = 64


class _Applied(Exception):
    """The trial went well; its transaction is rolled back."""


async def discard(
    parking: Parking, code: str, event_id: str, because: Because, by: Evidence
) -> Released:
    """Give up the first of the queue of `code`, then release the rest, as far as it goes.

    Raises Refused 404 where nothing waits, 409 where `event_id` is not the first, is no event,
    waits for a missing one, can be applied after all, or fails for another reason than `because`.
    """
    async with parking.store.transaction() as tx:
        first = _first(await tx.parked(code), event_id)
    _require_reason(await _tried(parking, first), because)
    async with parking.store.transaction() as tx:
        rows = await tx.lock([code], create=False)
        queue = await tx.parked(code)
        _first(queue, event_id)
        await tx.write(_given_up(rows[code], first, len(queue) - 1, because, by))
    return await parking.release(code)


def _first(queue: Sequence[ParkedRow], event_id: str) -> ParkedRow:
    """The one that a release would try first, if it is that event; found without reading any."""
    if not queue:
        raise not_found()
    first = in_sequence(queue, sequence_of)[0]
    if first.event_id != event_id:
        raise Refused(
            "not_the_first",
            f"只能放弃队首的一条；现在的队首是 {first.event_id}",
            f"only the first of the queue is given up; it is {first.event_id} now",
        )
    if first.kind != "event":
        raise Refused(
            "no_event",
            "到期时限和签收答复不能放弃：请修复后放行",
            "a due clock or an answer is never given up: mend the cause and release",
        )
    return first


async def _tried(parking: Parking, row: ParkedRow) -> str | None:
    """Why it still cannot be applied; None where it can. Nothing of the trial stays."""
    if row.cause == "kills_the_process":
        return row.cause
    try:
        await _apply_and_roll_back(parking, row)
    except StillParked as failed:
        return failed.cause if failed.cause in {*get_args(Because), "gap"} else "decision_fails"
    except IndexTaken:
        return "index_taken"
    except BadData:
        return "bad_data"
    return None


async def _apply_and_roll_back(parking: Parking, row: ParkedRow) -> None:
    """Raises StillParked, IndexTaken or BadData where it cannot be applied."""
    with suppress(_Applied):
        async with parking.store.transaction() as tx:
            await tx.lock([row.code], create=False)
            folded = await fold(tx, parking.service, [parking.item(row)], parking.trace)
            await tx.write(folded.writes)
            raise _Applied


def _require_reason(found: str | None, because: Because) -> None:
    """Raises Refused 409 unless it fails for exactly the reason that the operator gave."""
    if found is None:
        raise Refused(
            "can_be_applied",
            "这一条现在可以办理，不能放弃；请放行",
            "it can be applied now and is not given up: release it",
        )
    if found == "gap":
        raise Refused(
            "waits_for_missing",
            "这一条在等缺失的序号，不能放弃；请先 fengqiao resend 补发，再放行",
            "it waits for missing ones and is not given up: `fengqiao resend`, then release",
        )
    if found != because:
        raise Refused(
            "fails_otherwise",
            f"未能办理的原因是 {found}，不是 {because}；核实后请按实际原因放弃",
            f"it fails because of {found}, not {because}; look again and name the real cause",
        )


def _given_up(
    dispute: DisputeRow, row: ParkedRow, left: int, because: Because, by: Evidence
) -> Writes:
    """The bytes in quarantine, the order for it beside the dispute, an alarm that it was so."""
    topic, partition, offset = row.source.rsplit("/", 2)
    dispute.parked = left
    if sequence_of(row) == dispute.sequence_in + 1:
        dispute.sequence_in += 1  # the next canonical event carries the whole standing
        dispute.head = _told_hash(row)
    order = {"event_id": row.event_id, "because": because, "evidence": by.model_dump(mode="json")}
    waits = ("dispute_parked", dispute.code, "behind: the one before it was discarded")
    return Writes(
        rows=[dispute],
        released=[row.id],
        quarantined=[
            QuarantinedRow(
                topic=topic,
                partition=int(partition),
                offset=int(offset),
                key=row.code.encode(),
                headers=row.headers,
                value=row.value,
                cause="discarded",
            )
        ],
        blobs=[(dispute.code, f"discarded/{row.source}", orjson.dumps(order))],
        alarms_cleared=[("dispute_parked", dispute.code)],
        alarms=[
            ("event_discarded", row.source, f"{because} {dispute.code}"),
            *([waits] if left else []),
        ],
    )


def _told_hash(row: ParkedRow) -> bytes:
    """The ledger hash of the entry, by its header; without one, no receipt is pinned until the
    next entry."""
    told = dict(row.headers).get("ce_ledgerhash") or b""
    try:
        return bytes.fromhex(told.decode("ascii")) if len(told) == HASH_CHARS else b""
    except ValueError:
        return b""
