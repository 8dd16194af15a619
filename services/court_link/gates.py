"""What the law asks of a confirmation: predicates over its forms, each bound to a rule id."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from exchange.chassis.decider import FieldError
from exchange.contracts.dispute_code import COUNTY_DIGITS
from exchange.contracts.events.base import ClockStanding, Standing
from exchange.doors.forms import day_in_beijing
from exchange.doors.refusals import broken
from law import LawInForce, load
from services.court_link.schemas import ConfirmationForm, RuleForm
from services.court_link.schemas.words import DismissalGround, RefusalGround

WINDOW = "confirmation.apply"

REFUSALS: Mapping[RefusalGround, str] = {
    "scope": "confirmation.refuse.scope",
    "jurisdiction": "confirmation.refuse.jurisdiction",
    "identity": "confirmation.refuse.identity",
    "other_procedure": "confirmation.refuse.other_procedure",
    "title": "confirmation.refuse.title",
}
"""民诉解释 355."""

DISMISSALS: Mapping[DismissalGround, str] = {
    "mandatory_law": "confirmation.dismiss.mandatory_law",
    "harm": "confirmation.dismiss.harm",
    "public_order": "confirmation.dismiss.public_order",
    "involuntary": "confirmation.dismiss.involuntary",
    "unclear": "confirmation.dismiss.unclear",
    "other": "confirmation.dismiss.other",
}
"""民诉解释 358."""

APPLIED = (
    "confirmation.apply.joint",
    "confirmation.apply.window",
    "confirmation.apply.court",
    "confirmation.apply.agreement",
    "confirmation.apply.proof",
    *REFUSALS.values(),
)
"""What an application without any refusal has passed."""


@dataclass(frozen=True, slots=True)
class Seats:
    """Where the court asked and the mediation organisation have their seats (12-digit places)."""

    court: str
    committee: str


def application_gates(
    form: ConfirmationForm, standing: Standing, seats: Seats | None, now: datetime
) -> Iterator[FieldError]:
    """民诉法 205, 民诉解释 354, 355. `seats` is None where the court itself is not known."""
    here = load().at(standing.place, form.applied_on)
    if form.agreement is None:
        yield from broken(here, "/调解协议书", "confirmation.apply.agreement")
    if form.mediation_proof is None:
        yield from broken(here, "/主持调解证明", "confirmation.apply.proof")
    if not form.jointly:
        yield from broken(here, "/双方共同申请", "confirmation.apply.joint")
    if form.application is None:
        yield from broken(here, "/申请书", "confirmation.apply.joint")
    if seats is not None and not _is_competent(form, seats):
        yield from broken(here, "/申请法院", "confirmation.apply.court")
    if not _in_window(form, standing, now):
        yield from broken(here, "/申请日期", "confirmation.apply.window")
    for place, ground in enumerate(form.grounds):
        yield from broken(here, f"/不予受理情形/{place}", REFUSALS[ground])


def ruling_gates(form: RuleForm, here: LawInForce) -> Iterator[FieldError]:
    """民诉解释 356, 358; 民诉法 206: valid without a ground, dismissed with one."""
    if not form.both_attended and form.result == "valid":
        yield from broken(here, "/双方到场", "confirmation.attend.both")
    if (form.result == "dismissed") != bool(form.grounds):
        yield from broken(here, "/驳回情形", "confirmation.ruling")


def _is_competent(form: ConfirmationForm, seats: Seats) -> bool:
    """民诉法 205 (2): the basic court of the committee's seat, a domicile or the subject matter."""
    places = [seats.committee, *form.domiciles]
    if form.subject_place is not None:
        places.append(form.subject_place)
    return seats.court[:COUNTY_DIGITS] in {place[:COUNTY_DIGITS] for place in places}


def window_of(standing: Standing) -> ClockStanding | None:
    """The clock in which the parties may apply, while it runs."""
    return next((clock for clock in standing.clocks if clock.rule == WINDOW), None)


def _in_window(form: ConfirmationForm, standing: Standing, now: datetime) -> bool:
    """Within the clock that the agreement started; gone from the standing, it has run out.

    Where it runs without a known end, routing judges.
    """
    window = window_of(standing)
    if window is None:
        return False
    if window.ends_at is None:
        return True
    return now < window.ends_at and form.applied_on < day_in_beijing(window.ends_at)
