"""What an operator does to a service: see what waits, release it, send again, give one up.

Open to the exchange's own operator key alone (kind `exchange`).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from exchange.chassis.decider import Refused
from exchange.chassis.discarding import Because, discard
from exchange.chassis.door import Call, Door, takes
from exchange.chassis.parking import Parking, Released, sequence_of
from exchange.chassis.problems import not_found
from exchange.chassis.rows import DisputeRow, ParkedRow
from exchange.contracts.model import Form
from exchange.contracts.vocabulary import OPERATORS

LIST_MAX = 500
SEQUENCE_MAX = 2**63 - 1


class DiscardForm(Form):
    """Which event is given up, as `show` names it, and why it can never be applied."""

    event_id: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    because: Because


class ResendForm(Form):
    """The canonical sequences that are published again; without `last`, to the end."""

    first: int = Field(1, ge=1, le=SEQUENCE_MAX)
    last: int | None = Field(None, ge=1, le=SEQUENCE_MAX)


def operations_router(door: Door, parking: Parking) -> APIRouter:
    """Every service has these."""
    does = Operations(door, parking)
    router = APIRouter(prefix="/ops", tags=["operations"])
    router.get("/parked")(does.parked)
    router.get("/parked/{code}")(does.parked_queue)
    router.post("/parked/{code}:release")(does.release)
    router.post("/parked/{code}:discard", openapi_extra=takes(DiscardForm))(does.discard)
    router.post("/ledger/{code}:resend", openapi_extra=takes(ResendForm))(does.resend)
    router.post("/handoffs/{handoff_id}:resend")(does.resend_handoff)
    router.get("/alarms")(does.alarms)
    router.post("/alarms/{kind}:clear")(does.clear)
    router.get("/quarantine")(does.quarantine)
    return router


class Operations:
    """The endpoints of one service under /ops."""

    def __init__(self, door: Door, parking: Parking) -> None:
        self._door, self._parking, self._store = door, parking, door.store

    async def _operator(self, request: Request) -> Call:
        return await self._door.call(request, kinds=OPERATORS)

    async def parked(self, request: Request) -> Response:
        """The first waiting event of each parked dispute."""
        call = await self._operator(request)
        rows = await self._store.parked_codes(limit=LIST_MAX)
        return self._door.answer({"parked": [_shown(row) for row in rows]}, call=call)

    async def parked_queue(self, request: Request, code: str) -> Response:
        """The whole queue of one dispute, headers included, values only as their size.

        `missing` are the first and last canonical sequence that it waits for.
        """
        call = await self._operator(request)
        async with self._store.transaction() as tx:
            queue = await tx.parked(code)
        row = await self._store.row(code)
        if not queue or row is None:
            raise not_found()
        shown = {
            "dispute_code": code,
            "missing": _missing(row, queue),
            "queue": [_shown(one) for one in queue],
        }
        return self._door.answer(shown, call=call)

    async def release(self, request: Request, code: str) -> Response:
        """Drain the queue in order, as far as it goes."""
        call = await self._operator(request)
        if await self._store.row(code) is None:
            raise not_found()
        return self._door.answer(_told(code, await self._parking.release(code)), call=call)

    async def discard(self, request: Request, code: str) -> Response:
        """Give up the first of the queue, which can never be applied; the rest goes on."""
        call = await self._operator(request)
        form = self._door.form(call, DiscardForm)
        done = await discard(self._parking, code, form.event_id, form.because, call.evidence)
        return self._door.answer({**_told(code, done), "discarded": form.event_id}, call=call)

    async def resend(self, request: Request, code: str) -> Response:
        """Publish the ledger's rows of one dispute again: same ids, same bytes."""
        call = await self._operator(request)
        form = self._door.form(call, ResendForm) if call.body else ResendForm()
        row = await self._store.row(code)
        if row is None or not row.sequence_out:
            raise not_found()
        rows = await self._store.republish(code, first=form.first, last=form.last)
        self._parking.wake.up([row.partition], "relay")
        return self._door.answer({"dispute_code": code, "resent": rows}, call=call)

    async def resend_handoff(self, request: Request, handoff_id: str) -> Response:
        """Try a handoff again that was given up; the agency is asked first whether it has it."""
        call = await self._operator(request)
        row = await self._store.handoff(handoff_id)
        if row is None:
            raise not_found()
        if not await self._store.revive(handoff_id):
            raise Refused(
                "handoff_not_dead",
                f"该投递没有被放弃（{row.state}），不需要重新投递",
                f"this handoff was not given up ({row.state}); nothing is sent again",
            )
        await self._store.clear("handoff_dead", handoff_id)
        self._parking.wake.up([row.partition], "handoffs")
        return self._door.answer({"handoff_id": handoff_id, "resent": True}, call=call)

    async def alarms(self, request: Request) -> Response:
        call = await self._operator(request)
        standing = [
            {"kind": kind, "subject": subject, "detail": detail, "raised_at": at}
            for kind, subject, detail, at in await self._store.alarms(limit=LIST_MAX)
        ]
        return self._door.answer({"alarms": standing}, call=call)

    async def clear(self, request: Request, kind: str, subject: str) -> Response:
        """Somebody has seen to it. An alarm whose cause remains is raised again by its watch."""
        call = await self._operator(request)
        await self._store.clear(kind, subject)
        return self._door.answer({"kind": kind, "subject": subject, "cleared": True}, call=call)

    async def quarantine(self, request: Request) -> Response:
        call = await self._operator(request)
        rows = [
            {"source": f"{q.topic}/{q.partition}/{q.offset}", "cause": q.cause}
            for q in await self._store.quarantined(limit=LIST_MAX)
        ]
        return self._door.answer({"quarantined": rows}, call=call)


def _told(code: str, done: Released) -> dict[str, Any]:
    return {
        "dispute_code": code,
        "released": done.released,
        "waiting": done.waiting,
        "cause": done.cause,
        "error": done.error,
    }


def _missing(row: DisputeRow, queue: Sequence[ParkedRow]) -> tuple[int, int] | None:
    """The canonical sequences between the last one applied and the first that waits."""
    first = min(filter(None, map(sequence_of, queue)), default=0)
    return (row.sequence_in + 1, first - 1) if first > row.sequence_in + 1 else None


def _shown(row: ParkedRow) -> Mapping[str, Any]:
    """A parked row without its value: headers carry ids only, a body may hold a sealed dossier."""
    return {
        "id": row.id,
        "dispute_code": row.code,
        "kind": row.kind,
        "cause": row.cause,
        "error": row.error,
        "source": row.source,
        "event_id": row.event_id,
        "parked_at": row.parked_at,
        "value_bytes": len(row.value),
        "headers": {name: raw.decode("utf-8", "replace") for name, raw in row.headers},
    }
