"""The directory's door: agencies look one another up; each keeps its own keys and delivery.

An agency's own entry is changed by a request that it signed itself, or that the exchange's
operator signed; who is listed at all is the operator's to say.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from exchange.chassis.decider import Refused
from exchange.chassis.door import Call, Door, takes
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.divisions import digits_of
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.vocabulary import OPERATORS, AgencyKind, Level
from services.directory.decider import (
    DeliveryAsked,
    ListingAsked,
    RetirementAsked,
    unknown_agency,
)
from services.directory.divisions import division_body
from services.directory.facts.reading import UnknownCounty, UnknownPlace
from services.directory.schemas import AbolishForm, AgencyForm, DeliveryForm, KeyForm, RetireForm
from services.directory.state import Entry

PAGE_MAX = 200


def router(door: Door) -> APIRouter:
    routes = APIRouter(tags=["directory"])
    routes.include_router(_lookups(door))

    @routes.post("/v1/agencies", openapi_extra=takes(AgencyForm))
    async def list_agency(request: Request) -> Response:
        """List an agency, or what is new about it: 201 the first time, then 200."""
        call = await door.call(request, kinds=OPERATORS)
        form = door.form(call, AgencyForm)
        body = ListingAsked(form, loopback_allowed=door.workshop.settings.sandbox)
        return await door.execute(call, "list_agency", body, code=form.agency)

    @routes.post("/v1/agencies/{code}:delivery", openapi_extra=takes(DeliveryForm))
    async def delivery(request: Request, code: str) -> Response:
        """How handoffs reach the agency."""
        call = await _own(door, request, code)
        sandbox = door.workshop.settings.sandbox
        body = DeliveryAsked(door.form(call, DeliveryForm), loopback_allowed=sandbox)
        return await door.execute(call, "set_delivery", body, code=code)

    @routes.post("/v1/agencies/{code}/keys", status_code=201, openapi_extra=takes(KeyForm))
    async def add_key(request: Request, code: str) -> Response:
        """A further key, signed for by one that is in force."""
        call = await _own(door, request, code)
        return await door.execute(call, "add_key", door.form(call, KeyForm), code=code, status=201)

    @routes.post("/v1/agencies/{code}/keys/{name}:retire", openapi_extra=takes(RetireForm))
    async def retire_key(request: Request, code: str, name: str) -> Response:
        """The key `<code>/<name>` ends: now, or at a moment to come."""
        call = await _own(door, request, code)
        body = RetirementAsked(
            f"{code}/{name}", door.form(call, RetireForm), by_exchange=_is_operator(call)
        )
        return await door.execute(call, "retire_key", body, code=code)

    @routes.post("/v1/agencies/{code}:abolish", openapi_extra=takes(AbolishForm))
    async def abolish(request: Request, code: str) -> Response:
        """The agency is no more; its successor takes over, where there is one."""
        call = await door.call(request, kinds=OPERATORS)
        await _known(door, code)
        return await door.execute(call, "abolish", door.form(call, AbolishForm), code=code)

    return routes


def _lookups(door: Door) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/agencies/{code}")
    async def agency(request: Request, code: str) -> Response:
        """One agency with its keys, as last listed."""
        call = await door.call(request)
        entry = await _known(door, code)
        assert entry.listed is not None
        return door.answer(entry.listed.model_dump(mode="json"), call=call)

    @routes.get("/v1/agencies")
    async def agencies(
        request: Request,
        place: Annotated[str | None, Query(pattern=r"^[1-9][0-9]{11}$")] = None,
        kind: AgencyKind | None = None,
        level: Level | None = None,
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX,
    ) -> Response:
        """Agencies in a place or below it, by code; `next` is the cursor of the next page."""
        call = await door.call(request)
        book = await door.store.book()
        found = [
            listed
            for listed in sorted(book, key=lambda listed: listed.agency)
            if listed.agency > after and _matches(listed, place, kind, level)
        ]
        page = found[:limit]
        body = {
            "agencies": [listed.model_dump(mode="json", exclude={"keys"}) for listed in page],
            "next": page[-1].agency if len(found) > limit else None,
        }
        return door.answer(body, call=call)

    @routes.get("/v1/divisions/{code}")
    async def division(request: Request, code: str) -> Response:
        """Name, level, source with its date, and what became of the division since."""
        call = await door.call(request)
        try:
            return door.answer(division_body(code), call=call)
        except (UnknownCounty, UnknownPlace) as unknown:
            zh, _, en = str(unknown).partition(" / ")
            raise Refused("unknown_place", zh, en, status=404) from unknown

    return routes


def _matches(
    listed: AgencyListedV1, place: str | None, kind: AgencyKind | None, level: Level | None
) -> bool:
    """Whether it serves the place or one inside it, and is of that kind and level, where asked."""
    return (
        (place is None or listed.place.startswith(digits_of(place)))
        and kind in (None, listed.kind)
        and level in (None, listed.level)
    )


async def _own(door: Door, request: Request, code: str) -> Call:
    """A call of that agency itself or of the operator. Raises Refused 403, 404."""
    call = await door.call(request)
    if call.agency.agency != code and not _is_operator(call):
        raise Refused(
            "not_your_entry",
            "只能变更本单位的登记",
            "only your own entry is yours to change",
            status=403,
        )
    await _known(door, code)
    return call


def _is_operator(call: Call) -> bool:
    return call.agency.kind in OPERATORS


async def _known(door: Door, code: str) -> Entry:
    """Raises Refused 404, before a lock would make a row of any text that is asked for."""
    row = await door.store.row(code)
    if row is None or row.state is None:
        if code == EXCHANGE:
            return Entry(code=code, listed=door.workshop.exchange())
        raise unknown_agency()
    return Entry.model_validate_json(row.state)
