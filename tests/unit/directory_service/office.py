"""The directory's desk in these tests: forms, keys, and the book as the topic shows it."""

import base64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.chassis.decider import CommandGiven, Decision, Publish, Refused, View
from exchange.chassis.ids import Ids
from exchange.chassis.reference import AgencyBook
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.events.directory import AgencyKey, AgencyListedV1
from exchange.identity.keys import SigningKey
from services.directory.decider import ListingAsked, decide
from services.directory.districts import AgencyFact, agencies
from services.directory.schemas import AgencyForm, KeyForm
from services.directory.state import Entry, new_entry

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
COUNTY = "330803"
COMMITTEE = "PM-330803112213-01"
NEXT = "PM-330803112213-02"
TOWNSHIP = "PM-330803112000-01"
STATION = "PS-330803112000-01"
ROOM = "SR-330803112000-01"
FACTS = {fact.code: fact for fact in agencies(COUNTY)}


def paper(fact: AgencyFact = FACTS[COMMITTEE], **changes: Any) -> dict[str, Any]:
    """An agency's listing by its facts, in English keys; `changes` replace fields."""
    return {
        "agency": fact.code,
        "name": fact.name,
        "kind": fact.kind,
        "level": fact.level,
        "place": fact.place,
        "parent": fact.parent,
        "stationed_at": fact.stationed_at,
        "specialties": list(fact.specialties),
        "capacity": fact.capacity,
        "abolished": fact.abolished,
        "native_code": fact.native_code,
        **changes,
    }


def key_paper(
    agency: str = COMMITTEE, key: SigningKey | None = None, **changes: Any
) -> dict[str, Any]:
    """A public key as it is registered."""
    key = key or SigningKey.generate(agency)
    public = key.private.public_key().public_bytes_raw()
    return {
        "key_id": key.key_id,
        "use": "sign",
        "algorithm": "ed25519",
        "public": base64.b64encode(public).decode(),
        "valid_from": NOW.isoformat(),
        **changes,
    }


def key_of(paper: dict[str, Any]) -> AgencyKey:
    return AgencyKey.model_validate(paper)


def book(*listed: AgencyListedV1) -> AgencyBook:
    return AgencyBook(1, {agency.agency: agency for agency in listed})


def do(
    name: str,
    body: Any,
    state: Entry | None = None,
    *,
    listed: Iterable[AgencyListedV1] = (),
    code: str = COMMITTEE,
    now: datetime = NOW,
) -> Decision[Entry]:
    """One command of the operator's, on `state`, while the topic shows `listed`."""
    given = CommandGiven(name, EXCHANGE, body, now, "d" * 64, "key-1")
    view = View(code=code, agencies=book(*listed), ids=Ids(now, "cause"))
    return decide(state or new_entry(code), given, view, now)


def list_(
    form: dict[str, Any], state: Entry | None = None, *, loopback: bool = False, **more: Any
) -> Decision[Entry]:
    asked = ListingAsked(AgencyForm.model_validate(form), loopback_allowed=loopback)
    return do("list_agency", asked, state, code=form["agency"], **more)


def add_key(form: dict[str, Any], state: Entry, **more: Any) -> Decision[Entry]:
    return do("add_key", KeyForm.model_validate(form), state, code=state.code, **more)


def entry(code: str = COMMITTEE, **changes: Any) -> Entry:
    """An agency that is listed."""
    return list_(paper(FACTS[code], **changes)).state


def listed(state: Entry) -> AgencyListedV1:
    assert state.listed is not None
    return state.listed


def published(decision: Decision[Entry]) -> list[AgencyListedV1]:
    events = [e.event for e in decision.effects if isinstance(e, Publish)]
    return [event for event in events if isinstance(event, AgencyListedV1)]


def refusal(name: str, body: Any, state: Entry, **more: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        do(name, body, state, code=state.code, **more)
    return refused.value


def errors_of(refused: Refused) -> dict[str, str]:
    return {error.pointer: error.code for error in refused.errors}
