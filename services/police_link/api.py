"""The police's door: one referral, its status, the application and the closing act."""

import os
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from exchange.chassis.door import Call, Door, takes
from exchange.contracts.dispute_code import mint
from exchange.contracts.model import Form
from exchange.doors.refusals import unknown_here
from exchange.doors.sealed import seal_to_intake
from exchange.doors.status import status
from services.police_link.decider import DESK, PoliceState, acts_allowed, own_key
from services.police_link.mapping import dossier_of, referral_of
from services.police_link.schemas import ApplyClosingForm, CloseForm, ReferralForm


def router(door: Door) -> APIRouter:
    """The routes under /police/v1; open to agencies of kind police alone."""
    routes = APIRouter(prefix="/police/v1", tags=["公调对接"])

    @routes.post("/referrals", status_code=201, openapi_extra=takes(ReferralForm))
    async def refer(request: Request) -> Response:
        """推送一件纠纷：回执、案码和办案期限。"""
        call = await door.call(request, kinds=DESK.kinds)
        form = door.form(call, ReferralForm)
        times, book = await door.store.times(), await door.store.book()
        code = mint(door.workshop.settings.county, times.legal.year, os.urandom)
        sealed = seal_to_intake(dossier_of(form), book, dispute_code=code, at=datetime.now(UTC))
        return await door.execute(call, "refer", referral_of(form, sealed), code=code, status=201)

    @routes.post("/referrals/{number}:apply-closing", openapi_extra=takes(ApplyClosingForm))
    async def apply_closing(request: Request, number: str) -> Response:
        """双方书面申请不予处罚。"""
        return await _act(request, number, "apply_closing", ApplyClosingForm)

    @routes.post("/referrals/{number}:close", openapi_extra=takes(CloseForm))
    async def close(request: Request, number: str) -> Response:
        """结案。"""
        return await _act(request, number, "close", CloseForm)

    @routes.get("/referrals/{number}")
    async def show(request: Request, number: str) -> Response:
        """办理进度，按案码或者接警单号查询。"""
        call = await door.call(request, kinds=DESK.kinds)
        state = await _state(call, number)
        body = {
            **status(state, call.agency.agency, await door.store.book(), acts_allowed(state)),
            "own_number": state.own_number,
        }
        return door.answer(body, call=call)

    async def _act(request: Request, number: str, name: str, form: type[Form]) -> Response:
        call = await door.call(request, kinds=DESK.kinds)
        body = door.form(call, form)
        return await door.execute(call, name, body, code=await _code(call, number), status=202)

    async def _code(call: Call, number: str) -> str:
        return await door.code_of(number, lambda own: own_key(call.agency.agency, own))

    async def _state(call: Call, number: str) -> PoliceState:
        """The state of a dispute of this station. Raises Refused 404 for every other."""
        row = await door.store.row(await _code(call, number))
        if row is None or row.state is None:
            raise unknown_here()
        state = PoliceState.model_validate_json(row.state)
        origin = state.standing.origin if state.standing else state.station
        if origin != call.agency.agency:
            raise unknown_here()
        return state

    return routes
