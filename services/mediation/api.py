"""The committees' door: the referrals of an agency, one of them, and the acts upon it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from exchange.chassis.decider import FieldError
from exchange.chassis.door import Call, Door, takes
from exchange.chassis.problems import not_found, not_valid
from exchange.contracts.events.base import ReferralStanding
from exchange.contracts.model import Form
from exchange.contracts.vocabulary import Act, ReferralStatus
from exchange.doors.lookup import code_of_referral, state_of
from exchange.doors.status import referral_status, status
from services.mediation.decider import DESK, MediationState, acts_allowed, origin_acts
from services.mediation.schemas import FORMS, CloseForm

LISTED_MAX = 100
LOOKED_AT_MAX = 500
"""Disputes that one page looks at, so that a rare status costs no more than any other."""


def router(door: Door) -> APIRouter:
    """The routes under /mediation/v1; open to every kind of agency without a linkage."""
    counter = Counter(door)
    routes = APIRouter(prefix="/mediation/v1", tags=["人民调解"])
    routes.get("/referrals")(counter.listed)
    routes.get("/referrals/{referral_id}")(counter.show)
    routes.get("/disputes/{code}")(counter.progress)
    for name, form in FORMS.items():
        path = (
            "/disputes/{code}:close" if form is CloseForm else f"/referrals/{{referral_id}}:{name}"
        )
        endpoint = counter.close if form is CloseForm else counter.acting(name, form)
        routes.post(path, name=name, status_code=202, openapi_extra=takes(form))(endpoint)
    return routes


class Counter:
    """The endpoints. Each verifies who calls before it looks at anything."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def listed(
        self,
        request: Request,
        only: Annotated[ReferralStatus | None, Query(alias="status")] = None,
        after: Annotated[str | None, Query(description="`after` of the page before")] = None,
    ) -> Response:
        """本机构收到的对接（含已结束的），最近的在前；`after` 不为空时还有下一页。"""
        call = await self._call(request)
        agency, book = call.agency.agency, await self._door.store.book()
        found = await self._door.store.find("receiver", agency)
        newest = sorted(found, key=lambda row: (row.at, row.dispute_code), reverse=True)
        codes = list(dict.fromkeys(row.dispute_code for row in newest))
        referrals: list[dict[str, Any]] = []
        left = codes[_place_after(codes, after) :]
        for looked_at, code in enumerate(left):
            if len(referrals) >= LISTED_MAX or looked_at >= LOOKED_AT_MAX:
                body = {"referrals": referrals, "after": left[looked_at - 1]}
                return self._door.answer(body, call=call)
            state = await state_of(self._door, MediationState, code)
            referrals += [
                referral_status(state, referral, call.agency, book, _acts(state, referral))
                for referral in (state.standing.referrals if state.standing else ())
                if referral.receiver == agency and only in (None, referral.status)
            ]
        return self._door.answer({"referrals": referrals, "after": None}, call=call)

    async def show(self, request: Request, referral_id: str) -> Response:
        """一件对接的办理情况。"""
        call = await self._call(request)
        code = await code_of_referral(self._door, referral_id)
        state = await state_of(self._door, MediationState, code)
        referral = state.referral(referral_id)
        if referral is None or referral.receiver != call.agency.agency:
            raise not_found()
        book = await self._door.store.book()
        body = referral_status(state, referral, call.agency, book, _acts(state, referral))
        return self._door.answer(body, call=call)

    def acting(self, name: str, form: type[Form]) -> Callable[..., Awaitable[Response]]:
        """The endpoint of one act upon a referral."""

        async def act(request: Request, referral_id: str) -> Response:
            call = await self._call(request)
            body = self._door.form(call, form)
            code = await code_of_referral(self._door, referral_id)
            return await self._door.execute(
                call, name, body, code=code, target=referral_id, status=202
            )

        act.__doc__ = form.__doc__
        return act

    async def progress(self, request: Request, code: str) -> Response:
        """来件单位查看进度。"""
        call = await self._call(request)
        agency = call.agency.agency
        state = await state_of(self._door, MediationState, await self._door.code_of(code))
        if state.standing is None or state.standing.origin != agency:
            raise not_found()
        book = await self._door.store.book()
        body = status(state, agency, book, origin_acts(state.standing))
        return self._door.answer(body, call=call)

    async def close(self, request: Request, code: str) -> Response:
        """来件单位办结。"""
        call = await self._call(request)
        body = self._door.form(call, CloseForm)
        known = await self._door.code_of(code)
        return await self._door.execute(call, "close", body, code=known, status=202)

    async def _call(self, request: Request) -> Call:
        return await self._door.call(request, kinds=DESK.kinds)


def _place_after(codes: Sequence[str], after: str | None) -> int:
    """Where the page begins. Raises Refused 422 for a cursor that no page gave."""
    if after is None:
        return 0
    if after not in codes:
        raise not_valid(
            [
                FieldError(
                    "/query/after", "unknown_cursor", "不是上一页给出的 after", "no such cursor"
                )
            ]
        )
    return codes.index(after) + 1


def _acts(state: MediationState, referral: ReferralStanding) -> tuple[Act, ...]:
    return acts_allowed(state.standing, referral) if state.standing else ()
