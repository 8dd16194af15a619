"""What the directory decides: who is listed, with which keys, delivered to how. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from exchange.chassis.decider import (
    Arrival,
    CommandGiven,
    Decision,
    FieldError,
    Publish,
    Refused,
    View,
)
from exchange.chassis.problems import not_valid
from exchange.contracts.events.directory import AgencyListedV1, Delivery
from exchange.contracts.topics import AGENCIES
from services.directory.keyring import retired, with_keys
from services.directory.listing import listing_errors, listing_of
from services.directory.push_url import delivery_errors
from services.directory.schemas import AbolishForm, AgencyForm, DeliveryForm, RetireForm
from services.directory.state import Entry

Rule = Callable[[Entry, CommandGiven, View, datetime], Decision[Entry]]


class Unexpected(Exception):
    """An arrival that the directory never asks for: it reads no topic and sets no clock."""


@dataclass(frozen=True, slots=True)
class ListingAsked:
    """`loopback_allowed`: push addresses on this machine, in a sandbox home only."""

    form: AgencyForm
    loopback_allowed: bool


@dataclass(frozen=True, slots=True)
class DeliveryAsked:
    form: DeliveryForm
    loopback_allowed: bool


@dataclass(frozen=True, slots=True)
class RetirementAsked:
    """`by_exchange`: a key that leaked is retired even when it is the agency's last."""

    key_id: str
    form: RetireForm
    by_exchange: bool


def decide(state: Entry, arrival: Arrival, view: View, now: datetime) -> Decision[Entry]:
    match arrival:
        case CommandGiven(name=name):
            return COMMANDS[name](state, arrival, view, now)
        case _:
            raise Unexpected(type(arrival).__name__)


def list_agency(state: Entry, command: CommandGiven, view: View, now: datetime) -> Decision[Entry]:
    """List an agency, or what is new about it: said again, it changes nothing.

    Raises Refused 422 with all that is wrong.
    """
    asked: ListingAsked = command.body
    form = asked.form
    errors = listing_errors(form, view.agencies)
    listed, wrong_keys = with_keys(listing_of(form, state.listed), form.keys, view.agencies, now)
    errors += wrong_keys
    if form.delivery is not None:
        errors += delivery_errors(form.delivery, loopback_allowed=asked.loopback_allowed)
        listed = listed.model_copy(update={"delivery": _delivery(form.delivery)})
    _require(errors)
    return _list(state, listed)


def set_delivery(
    state: Entry, command: CommandGiven, _view: View, _now: datetime
) -> Decision[Entry]:
    """Raises Refused: 404, 409 abolished, 422 a URL that the exchange must not call."""
    listed = _standing(state)
    asked: DeliveryAsked = command.body
    _require(delivery_errors(asked.form, loopback_allowed=asked.loopback_allowed))
    return _list(state, listed.model_copy(update={"delivery": _delivery(asked.form)}))


def add_key(state: Entry, command: CommandGiven, view: View, now: datetime) -> Decision[Entry]:
    """Raises Refused: 404, 409 abolished, 422 with all that is wrong with the key."""
    listed = _standing(state)
    listed, errors = with_keys(listed, [command.body], view.agencies, now)
    _require(errors)
    return _list(state, listed)


def retire_key(state: Entry, command: CommandGiven, _view: View, now: datetime) -> Decision[Entry]:
    """Raises Refused: 404, 409 the last key, 422 an end in the past: proofs of then must hold."""
    asked: RetirementAsked = command.body
    valid_to = asked.form.valid_to or now
    if valid_to < now:
        _require(
            [
                FieldError(
                    "/失效时间",
                    "in_the_past",
                    "不能追溯停用；已有的签名仍须可验",
                    "never in the past: what was signed must still verify",
                )
            ]
        )
    listed = _listed(state)
    return _list(state, retired(listed, asked.key_id, valid_to, leave_one=not asked.by_exchange))


def abolish(state: Entry, command: CommandGiven, view: View, _now: datetime) -> Decision[Entry]:
    """Raises Refused: 404, 409 abolished with another successor, 422 a successor that cannot be."""
    listed = _listed(state)
    form: AbolishForm = command.body
    if listed.abolished:
        if listed.successor == form.successor:
            return _list(state, listed)
        raise _abolished(listed)
    if form.successor is not None:
        _require(_successor_errors(listed, form.successor, view))
    gone = {"abolished": True, "successor": form.successor}
    return _list(state, listed.model_copy(update=gone))


COMMANDS: Mapping[str, Rule] = {
    "list_agency": list_agency,
    "set_delivery": set_delivery,
    "add_key": add_key,
    "retire_key": retire_key,
    "abolish": abolish,
}


def _list(state: Entry, listed: AgencyListedV1) -> Decision[Entry]:
    """Publish the listing where it differs from the last one."""
    reply = {"agency": listed.model_dump(mode="json")}
    if listed == state.listed:
        return Decision(state, reply=reply)
    return Decision(
        Entry(code=state.code, listed=listed),
        (Publish(AGENCIES.name, listed),),
        reply=reply,
        status=201 if state.listed is None else None,
    )


def _delivery(form: DeliveryForm) -> Delivery:
    return Delivery(mode=form.mode, url=form.url, concurrency=form.concurrency)


def _successor_errors(listed: AgencyListedV1, successor: str, view: View) -> list[FieldError]:
    other = view.agencies.get(successor)
    if other is None or other.abolished or other.agency == listed.agency:
        return [
            FieldError(
                "/承接机构",
                "unknown_agency",
                "没有这个机构，或者已撤销",
                "no such agency, or it was abolished",
            )
        ]
    if other.kind != listed.kind:
        return [
            FieldError(
                "/承接机构",
                "other_kind",
                "承接机构须为同类机构",
                "a successor is of the same kind",
            )
        ]
    return []


def _listed(state: Entry) -> AgencyListedV1:
    if state.listed is None:
        raise unknown_agency()
    return state.listed


def _standing(state: Entry) -> AgencyListedV1:
    listed = _listed(state)
    if listed.abolished:
        raise _abolished(listed)
    return listed


def unknown_agency() -> Refused:
    return Refused("unknown_agency", "没有这个机构", "no such agency", status=404)


def _abolished(listed: AgencyListedV1) -> Refused:
    return Refused(
        "agency_abolished",
        "该机构已撤销",
        "this agency was abolished",
        extra={"agency": listed.agency, "successor": listed.successor},
    )


def _require(errors: list[FieldError]) -> None:
    if errors:
        raise not_valid(errors)
