"""Intake's door: the register, dossiers by purpose, erasure; files are in `files_api`.

A dossier is shown in two steps: the read is decided and its log row committed, and only then is
the ciphertext fetched and opened.
"""

import os
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from exchange.chassis.door import Call, Door, takes
from exchange.contracts.dispute_code import mint
from exchange.contracts.vocabulary import OPERATORS, AgencyKind
from exchange.doors.forms import BEIJING
from exchange.doors.refusals import require
from exchange.identity.policy import Purpose
from services.intake.access import IN_DOSSIER, granted, registered_as_seen, shown
from services.intake.files_api import files_router
from services.intake.gates import registration_errors
from services.intake.mapping import dossier_of, registration_of
from services.intake.opening import enclose
from services.intake.reading import ReadDossier
from services.intake.schemas import ErasureForm, RegistrationForm
from services.intake.vault_room import entry_of, keys_of, known_code, logged, opened_dossier

REGISTRARS: frozenset[AgencyKind] = frozenset(
    {"centre", "committee", "stationed_room", "specialist_committee", "judicial_bureau"}
)
NOT_STORED = {"cache-control": "no-store"}


def router(door: Door) -> APIRouter:
    routes = APIRouter(tags=["intake"])
    routes.include_router(files_router(door))

    @routes.post("/v1/disputes", status_code=201, openapi_extra=takes(RegistrationForm))
    async def register(request: Request) -> Response:
        """一窗受理登记：窗口、电话、来信、网格。201 with code, receipt, candidates, status_url."""
        call = await door.call(request, kinds=REGISTRARS)
        return await _register(door, call, door.form(call, RegistrationForm))

    @routes.get("/v1/disputes/{code}/registration")
    async def registration(
        request: Request, code: str, purpose: Purpose = "follow_progress"
    ) -> Response:
        """What the register says of a dispute, without anything of its dossier."""
        call = await door.call(request)
        entry = await entry_of(door, await known_code(door, code))
        book = await door.store.book()
        fields = granted(entry, call.agency.agency, book, "read", purpose)
        register = registered_as_seen(entry, call.agency.agency, book, purpose)
        return door.answer(register | shown(fields - IN_DOSSIER, entry, None), call=call)

    @routes.get("/v1/disputes/{code}/dossier")
    async def dossier(
        request: Request,
        code: str,
        purpose: Purpose,
        sequence: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        """The fields that the purpose allows; 425 while intake has not seen `sequence` yet."""
        call = await door.call(request)
        known = await known_code(door, code, sequence)
        return await _dossier(door, call, known, ReadDossier(purpose, sequence))

    @routes.post("/v1/disputes/{code}:erase", openapi_extra=takes(ErasureForm))
    async def erase(request: Request, code: str) -> Response:
        """Destroy the dispute's key: its dossier and files never open again."""
        call = await door.call(request, kinds=OPERATORS)
        known = await known_code(door, code)
        return await door.execute(call, "erase", door.form(call, ErasureForm), code=known)

    return routes


async def _register(door: Door, call: Call, form: RegistrationForm) -> Response:
    county = door.workshop.settings.county
    legal = (await door.store.times()).legal.astimezone(BEIJING)
    require(
        registration_errors(form, await door.store.book(), county, on=legal.date()),
        code="may_not_be_registered",
        message_zh="该事项不能这样登记，请按所列各条处理",
        message_en="this may not be registered like that; see each error",
    )
    code = mint(county, legal.year, os.urandom)
    enclosed = None if form.sensitive else enclose(code, dossier_of(form), keys_of(door))
    body = registration_of(form, enclosed)
    return await door.execute(call, "register", body, code=code, status=201)


async def _dossier(door: Door, call: Call, code: str, asked: ReadDossier) -> Response:
    read = await logged(door, call, "read_dossier", asked, code)
    fields = frozenset(read["granted"])
    entry = await entry_of(door, code)
    opened = None
    if fields & IN_DOSSIER and entry.dossier is not None:
        opened = await opened_dossier(door, code, entry.dossier.version)
    body = {
        "dispute_code": code,
        "purpose": asked.purpose,
        "fields": sorted(fields),
        "sequence": entry.last_sequence,
        "receipt": read["receipt"],
        **shown(fields, entry, opened),
    }
    return door.answer(body, call=call, headers=NOT_STORED)
