"""The police's door: one referral, its status, the application and the closing act."""

import os

from fastapi import APIRouter, Request, Response

from exchange.chassis.door import Call, Door, takes
from exchange.chassis.problems import not_found
from exchange.contracts.dispute_code import mint
from exchange.contracts.model import Form
from exchange.doors.forms import day_in_beijing
from exchange.doors.lookup import state_of
from exchange.doors.own_numbers import own_number_key
from exchange.doors.sealed import seal_to_intake
from exchange.doors.status import status
from services.police_link.decider import DESK, PoliceState, acts_allowed
from services.police_link.mapping import dossier_of, referral_of
from services.police_link.schemas import ApplyClosingForm, CloseForm, ReferralForm


def router(door: Door) -> APIRouter:
    """The routes under /police/v1; a number in a path is a dispute code or a 接警单号."""
    counter = Counter(door)
    routes = APIRouter(prefix="/police/v1", tags=["公调对接"])
    routes.post("/referrals", status_code=201, openapi_extra=takes(ReferralForm))(counter.refer)
    routes.get("/referrals/{number}")(counter.show)
    routes.post(
        "/referrals/{number}:apply-closing",
        status_code=202,
        openapi_extra=takes(ApplyClosingForm),
    )(counter.apply_closing)
    routes.post("/referrals/{number}:close", status_code=202, openapi_extra=takes(CloseForm))(
        counter.close
    )
    return routes


class Counter:
    """The endpoints; open to agencies of kind police alone."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def refer(self, request: Request) -> Response:
        """推送一件纠纷：回执、案码和办案期限。"""
        call = await self._call(request)
        form = self._door.form(call, ReferralForm)
        store = self._door.store
        times, book = await store.times(), await store.book()
        code = mint(
            self._door.workshop.settings.county, day_in_beijing(times.legal).year, os.urandom
        )
        sealed = seal_to_intake(
            dossier_of(form), book, dispute_code=code, at=self._door.workshop.now()
        )
        referral = referral_of(form, sealed)
        return await self._door.execute(call, "refer", referral, code=code, status=201)

    async def show(self, request: Request, number: str) -> Response:
        """办理进度，按案码或者接警单号查询。"""
        call = await self._call(request)
        state = await state_of(self._door, PoliceState, await self._code(call, number))
        origin = state.standing.origin if state.standing else state.station
        if origin != call.agency.agency:
            raise not_found()
        book = await self._door.store.book()
        body = {
            **status(state, call.agency.agency, book, acts_allowed(state)),
            "own_number": state.own_number,
        }
        return self._door.answer(body, call=call)

    async def apply_closing(self, request: Request, number: str) -> Response:
        """双方书面申请不予处罚。"""
        return await self._act(request, number, "apply_closing", ApplyClosingForm)

    async def close(self, request: Request, number: str) -> Response:
        """结案。"""
        return await self._act(request, number, "close", CloseForm)

    async def _act(self, request: Request, number: str, name: str, form: type[Form]) -> Response:
        call = await self._call(request)
        body = self._door.form(call, form)
        code = await self._code(call, number)
        return await self._door.execute(call, name, body, code=code, status=202)

    async def _call(self, request: Request) -> Call:
        return await self._door.call(request, kinds=DESK.kinds)

    async def _code(self, call: Call, number: str) -> str:
        agency = call.agency.agency
        return await self._door.code_of(number, lambda own: own_number_key(agency, own))
