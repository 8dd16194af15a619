"""The court's door: a committee applies, the court answers."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from exchange.chassis.door import Door, takes
from exchange.chassis.problems import not_found
from exchange.contracts.model import Form
from exchange.contracts.vocabulary import MEDIATING
from exchange.doors.lookup import code_of_referral, state_of
from exchange.doors.status import referral_status
from services.court_link.decider import ACTS, DESK, CourtState, acts_allowed
from services.court_link.schemas import FORMS, ConfirmationForm


def router(door: Door) -> APIRouter:
    """The routes under /court/v1."""
    counter = Counter(door)
    routes = APIRouter(prefix="/court/v1", tags=["诉调对接"])
    routes.post("/confirmations", status_code=202, openapi_extra=takes(ConfirmationForm))(
        counter.apply
    )
    routes.get("/referrals/{referral_id}")(counter.show)
    for name in ACTS:
        form = FORMS[name]
        routes.post(
            f"/referrals/{{referral_id}}:{name}",
            name=name,
            status_code=202,
            openapi_extra=takes(form),
        )(counter.acting(name, form))
    return routes


class Counter:
    """The endpoints: the application is open to who mediates, all else to courts alone."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def apply(self, request: Request) -> Response:
        """代双方当事人申请司法确认。"""
        call = await self._door.call(request, kinds=MEDIATING)
        form = self._door.form(call, ConfirmationForm)
        code = await self._door.code_of(form.dispute_code)
        return await self._door.execute(call, "apply", form, code=code, status=202)

    async def show(self, request: Request, referral_id: str) -> Response:
        """一件司法确认的办理情况。"""
        call = await self._door.call(request, kinds=DESK.kinds)
        code = await code_of_referral(self._door, referral_id)
        state = await state_of(self._door, CourtState, code)
        referral = state.referral(referral_id)
        if referral is None or referral.receiver != call.agency.agency:
            raise not_found()
        book = await self._door.store.book()
        body = {
            **referral_status(state, referral, call.agency, book, acts_allowed(referral)),
            "case_number": state.case_number,
        }
        return self._door.answer(body, call=call)

    def acting(self, name: str, form: type[Form]) -> Callable[..., Awaitable[Response]]:
        """The endpoint of one act of the court."""

        async def act(request: Request, referral_id: str) -> Response:
            call = await self._door.call(request, kinds=DESK.kinds)
            body = self._door.form(call, form)
            code = await code_of_referral(self._door, referral_id)
            return await self._door.execute(
                call, name, body, code=code, target=referral_id, status=202
            )

        act.__doc__ = form.__doc__
        return act
