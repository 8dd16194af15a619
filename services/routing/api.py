"""Routing's door: where a dispute stands, its evidence, why it went so, where one would go.

It changes nothing: what changes a dispute comes as a proposal from the agency's own door.
"""

from fastapi import APIRouter, Request, Response

from exchange.chassis.decider import Refused
from exchange.chassis.door import Call, Door, takes
from exchange.chassis.problems import not_found
from exchange.chassis.rows import LedgerRow
from exchange.chassis.workshop import with_exchange
from exchange.contracts.dispute_code import BadDisputeCode, parse
from exchange.contracts.envelope import Envelope
from exchange.contracts.events import decode
from exchange.identity.policy import Field
from services.routing.access import granted, shown
from services.routing.bundle import bundle
from services.routing.explain import explain
from services.routing.schemas import SimulateForm
from services.routing.simulate import simulate
from services.routing.state import DisputeState


def router(door: Door) -> APIRouter:
    """The routes under /v1 that read the story; open to the agencies with a part in it."""
    routes = APIRouter(prefix="/v1", tags=["分流"])

    @routes.get("/disputes/{code}")
    async def show(request: Request, code: str) -> Response:
        """纠纷现状：阶段、承办、时限和现在可办理的事项。"""
        call = await door.call(request)
        known, state, fields = await _seen(door, call, code)
        return door.answer(shown(known, state, call.agency.agency, fields), call=call)

    @routes.get("/disputes/{code}/ledger")
    async def ledger(request: Request, code: str) -> Response:
        """证据包：流转台账、签名和公钥，可离线核验。"""
        call = await door.call(request)
        known, rows = await _followed(door, call, code)
        book = with_exchange(await door.store.book(), door.workshop)
        checkpoints = await door.store.checkpoints_of(known)
        return door.answer(bundle(known, rows, checkpoints, book), call=call)

    @routes.get("/disputes/{code}/explain")
    async def why(request: Request, code: str) -> Response:
        """逐步说明：每一步依据哪条规则、哪个条文、为什么。"""
        call = await door.call(request)
        known, rows = await _followed(door, call, code)
        steps = [
            explain(row.sequence, decode(Envelope.read(row.headers, row.value))) for row in rows
        ]
        return door.answer({"dispute_code": known, "steps": steps}, call=call)

    @routes.post("/routes:simulate", openapi_extra=takes(SimulateForm))
    async def simulated(request: Request) -> Response:
        """试算：这样一件纠纷会分到哪里，为什么；不改变任何数据。"""
        call = await door.call(request)
        form = door.form(call, SimulateForm)
        async with door.store.transaction() as tx:
            times, book, loads = await tx.times(), await tx.agencies(), await tx.tallies()
        return door.answer(simulate(form, call.agency, book, loads, times.legal), call=call)

    return routes


async def _seen(door: Door, call: Call, text: str) -> tuple[str, DisputeState, frozenset[Field]]:
    """The dispute and what the caller may see of it. Raises Refused 404 for nothing."""
    try:
        code = parse(text)
    except BadDisputeCode as bad:
        raise not_found() from bad
    row = await door.store.row(code)
    if row is None or row.state is None:
        raise not_found()
    state = DisputeState.model_validate_json(row.state)
    if state.standing is None:
        raise not_found()
    fields = granted(state.standing, call.agency)
    if not fields:
        raise not_found()
    return code, state, fields


async def _followed(door: Door, call: Call, text: str) -> tuple[str, list[LedgerRow]]:
    """The ledger, for whoever may follow it. Raises Refused 403 for an offer alone."""
    code, _, fields = await _seen(door, call, text)
    if "status" not in fields:
        raise Refused(
            "not_accepted_yet",
            "受理之后才能查看流转台账",
            "the ledger is open to you once you have accepted the referral",
            status=403,
            acts_allowed=("accept", "decline"),
        )
    return code, list(await door.store.ledger(code))
