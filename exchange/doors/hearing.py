"""What a door does with everything that is not a command: learn it, tell it, acknowledge it."""

from dataclasses import dataclass
from datetime import datetime

from exchange.chassis.decider import Arrival, Decision, EventArrived, HandoffAnswered, View
from exchange.contracts.vocabulary import AgencyKind
from exchange.doors.notices import tell
from exchange.doors.projection import P, learn
from exchange.doors.proposals import receive


@dataclass(frozen=True, slots=True)
class Desk:
    """One door: the topic of its proposals, and the kinds of agency that it hands to."""

    proposals: str
    kinds: frozenset[AgencyKind]


def hear(state: P, arrival: Arrival, view: View, now: datetime, desk: Desk) -> Decision[P]:
    """The decision for an event or an answer. A door sets no clocks, so none is ever due."""
    match arrival:
        case EventArrived():
            effects = tell(state.standing, arrival, view, desk.kinds)
            return Decision(learn(state, arrival), effects)
        case HandoffAnswered():
            return receive(state, arrival, view, now, topic=desk.proposals)
        case _:
            return Decision(state)
