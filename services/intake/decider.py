"""What intake decides: registration, what is added and read, erasure. Pure; ciphertext only."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from exchange.chassis.decider import Arrival, CommandGiven, Decision, EventArrived, View
from exchange.contracts.events.base import DisputeEvent
from exchange.contracts.events.intake import ReferralRequestedV1
from exchange.contracts.events.routing import DisputeClosedV1
from exchange.doors.own_numbers import OWN_NUMBER, own_number_key
from services.intake.adding import add_file
from services.intake.erasing import erase
from services.intake.opening import Opened
from services.intake.reading import read_dossier, read_file
from services.intake.registering import (
    Registration,
    register_at_door,
    register_referral,
    rows_over,
)
from services.intake.same_dispute import PARTY
from services.intake.state import Register

CommandRule = Callable[[Register, CommandGiven, View, datetime], Decision[Register]]

COMMANDS: Mapping[str, CommandRule] = {
    "register": register_at_door,
    "add_file": add_file,
    "read_dossier": read_dossier,
    "read_file": read_file,
    "erase": erase,
}


class Unexpected(Exception):
    """An arrival that intake never asks for (it sets no clocks and makes no handoffs)."""


def decide(state: Register, arrival: Arrival, view: View, now: datetime) -> Decision[Register]:
    match arrival:
        case EventArrived(event=Opened() as opened):
            return register_referral(state, opened, view, now)
        case EventArrived(event=ReferralRequestedV1()):
            raise Unexpected("a request whose dossier was not opened")
        case EventArrived():
            return _learn(state, arrival)
        case CommandGiven(name=name):
            return COMMANDS[name](state, arrival, view, now)
        case _:
            raise Unexpected(type(arrival).__name__)


def lookups(arrival: Arrival) -> Sequence[tuple[str, str]]:
    """The index rows that a registration wants to see: its parties', and its own number's."""
    match arrival:
        case EventArrived(event=Opened(enclosed=enclosed)):
            return [(PARTY, one) for party in enclosed.parties for one in party]
        case CommandGiven(body=Registration(enclosed=enclosed, own_number=number), agency=agency):
            parties = enclosed.parties if enclosed else ()
            wanted = [(PARTY, one) for party in parties for one in party]
            if number is not None:
                wanted.append((OWN_NUMBER, own_number_key(agency, number)))
            return wanted
        case _:
            return ()


def _learn(state: Register, arrived: EventArrived) -> Decision[Register]:
    """The story as far as intake needs it: who stands in which relation, and up to where.

    Once it is closed the rows of its parties say so: nothing new is linked to it.
    """
    event = arrived.event
    if not isinstance(event, DisputeEvent) or arrived.sequence is None:
        return Decision(state)
    update: dict[str, object] = {"last_sequence": arrived.sequence}
    if event.standing is not None:
        update["standing"] = event.standing
    after = state.model_copy(update=update)
    return Decision(after, rows_over(after) if event.type == DisputeClosedV1.type else ())
