"""What an operator does to a service: see what waits, release it, send the ledger again.

Open to the exchange's own operator key alone (kind `exchange`).
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from exchange.chassis.door import Call, Door
from exchange.chassis.parking import Parking
from exchange.chassis.problems import not_found
from exchange.chassis.rows import ParkedRow
from exchange.contracts.vocabulary import AgencyKind

LIST_MAX = 500
OPERATORS: frozenset[AgencyKind] = frozenset({"exchange"})


def operations_router(door: Door, parking: Parking) -> APIRouter:
    router = APIRouter(prefix="/ops", tags=["operations"])
    store = door.store

    async def operator(request: Request) -> Call:
        return await door.call(request, kinds=OPERATORS)

    @router.get("/parked")
    async def parked(request: Request) -> Response:
        """The first waiting event of each parked dispute."""
        call = await operator(request)
        rows = await store.parked_codes(limit=LIST_MAX)
        return door.answer({"parked": [_shown(row) for row in rows]}, call=call)

    @router.get("/parked/{code}")
    async def parked_queue(request: Request, code: str) -> Response:
        """The whole queue of one dispute, headers included, values only as their size."""
        call = await operator(request)
        async with store.transaction() as tx:
            queue = await tx.parked(code)
        if not queue:
            raise not_found()
        return door.answer({"dispute_code": code, "queue": [_shown(r) for r in queue]}, call=call)

    @router.post("/parked/{code}:release")
    async def release(request: Request, code: str) -> Response:
        """Drain the queue in order, as far as it goes."""
        call = await operator(request)
        if await store.row(code) is None:
            raise not_found()
        done = await parking.release(code)
        return door.answer(
            {
                "dispute_code": code,
                "released": done.released,
                "waiting": done.waiting,
                "cause": done.cause,
                "error": done.error,
            },
            call=call,
        )

    @router.post("/ledger/{code}:resend")
    async def resend(request: Request, code: str) -> Response:
        """Publish the ledger's rows of one dispute again: same ids, same bytes."""
        call = await operator(request)
        row = await store.row(code)
        if row is None or not row.sequence_out:
            raise not_found()
        rows = await store.republish(code)
        parking.wake.up([row.partition], "relay")
        return door.answer({"dispute_code": code, "resent": rows}, call=call)

    @router.get("/alarms")
    async def alarms(request: Request) -> Response:
        call = await operator(request)
        standing = [
            {"kind": kind, "subject": subject, "detail": detail, "raised_at": at}
            for kind, subject, detail, at in await store.alarms(limit=LIST_MAX)
        ]
        return door.answer({"alarms": standing}, call=call)

    @router.post("/alarms/{kind}:clear")
    async def clear(request: Request, kind: str, subject: str) -> Response:
        """Somebody has seen to it. An alarm whose cause remains is raised again by its watch."""
        call = await operator(request)
        await store.clear(kind, subject)
        return door.answer({"kind": kind, "subject": subject, "cleared": True}, call=call)

    @router.get("/quarantine")
    async def quarantine(request: Request) -> Response:
        call = await operator(request)
        rows = [
            {"source": f"{q.topic}/{q.partition}/{q.offset}", "cause": q.cause}
            for q in await store.quarantined(limit=LIST_MAX)
        ]
        return door.answer({"quarantined": rows}, call=call)

    return router


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
