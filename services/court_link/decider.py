"""What the court's door decides: a joint application, and the court's three answers to it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from exchange.chassis.decider import Arrival, CommandGiven, Decision, FieldError, View
from exchange.chassis.problems import not_found
from exchange.contracts.events.base import ReferralStanding
from exchange.contracts.events.proposals import Facts
from exchange.contracts.topics import COURT_PROPOSALS
from exchange.contracts.vocabulary import Act, ConfirmationStatus, Stage
from exchange.doors.forms import day_in_beijing
from exchange.doors.hearing import Desk, hear
from exchange.doors.projection import Moment, Projection
from exchange.doors.proposals import propose, require_free
from exchange.doors.refusals import days_in_order, not_now, require
from law import LawInForce, load
from services.court_link import gates, mapping
from services.court_link.schemas import AcceptForm, ConfirmationForm, RuleForm

DESK = Desk(COURT_PROPOSALS.name, frozenset({"court"}))

AGREED: frozenset[Stage] = frozenset({"agreed", "breached"})
OPEN_TO_APPLY: frozenset[ConfirmationStatus | None] = frozenset({None, "refused"})
"""Once refused for want of jurisdiction, it may go to the right court within the window."""

CLOCKS_TOLD = frozenset({"clock.set", "clock.stopped"})

ACT_OF: Mapping[str, Act] = {"accept": "accept", "refuse": "decline", "rule": "rule"}


class CourtState(Projection):
    """The projection, and the court's own number of the confirmation."""

    case_number: str | None = None


def decide(state: CourtState, arrival: Arrival, view: View, now: datetime) -> Decision[CourtState]:
    if isinstance(arrival, CommandGiven):
        judge = apply if arrival.name == "apply" else answer
        return judge(state, arrival, view, now)
    return hear(state, arrival, view, now, DESK)


def _is_being_told(state: CourtState, agreed: Moment | None) -> bool:
    """An agreement's clocks are told just after it: until then no window is known, nor gone."""
    return agreed is not None and all(
        moment.type in CLOCKS_TOLD for moment in state.timeline if moment.sequence > agreed.sequence
    )


def apply(
    state: CourtState, command: CommandGiven, view: View, now: datetime
) -> Decision[CourtState]:
    """The holder of the agreement applies for both parties; upon the mediation's own referral."""
    form: ConfirmationForm = command.body
    standing = state.standing
    held = standing.latest("mediation") if standing else None
    if standing is None or held is None or standing.holder != command.agency:
        raise not_found()
    require_free(state, command.agency, held.referral_id)
    if standing.stage not in AGREED or standing.confirmation not in OPEN_TO_APPLY:
        raise not_now("apply_confirmation", ())
    agreed = state.latest("agreement.reached", held.referral_id)
    if not gates.window_of(standing) and _is_being_told(state, agreed):
        raise not_now("apply_confirmation", ())
    agreed_on = agreed.acted_on if agreed else None
    seats = mapping.seats_of(form.court, command.agency, view.agencies)
    errors = [
        *mapping.wrong_application(form, view.agencies, day_in_beijing(now), agreed_on),
        *gates.application_gates(form, standing, seats, now),
    ]
    require(
        errors,
        code="confirmation_incomplete",
        message_zh="司法确认申请不齐备或者不符合条件，原因逐条列出",
        message_en="the application is not complete or not allowed; every reason is listed",
        acts_allowed=("apply_confirmation",),
    )
    return propose(
        state,
        command,
        view,
        now,
        topic=DESK.proposals,
        referral_id=held.referral_id,
        facts=mapping.application_of(form),
    )


def answer(
    state: CourtState, command: CommandGiven, view: View, now: datetime
) -> Decision[CourtState]:
    """The court's act on the confirmation that was referred to it."""
    referral = state.referral(command.target)
    if referral is None or referral.receiver != command.agency:
        raise not_found()
    require_free(state, command.agency, referral.referral_id)
    allowed = acts_allowed(referral)
    if ACT_OF[command.name] not in allowed:
        raise not_now(ACT_OF[command.name], allowed)
    wrong, facts_of = ACTS[command.name]
    not_before = _not_before(state, referral)
    here = load().at(state.standing.place if state.standing else "CN", day_in_beijing(now))
    require(list(wrong(command.body, here, not_before)), acts_allowed=allowed)
    decision = propose(
        state,
        command,
        view,
        now,
        topic=DESK.proposals,
        referral_id=referral.referral_id,
        facts=facts_of(command.body),
    )
    if isinstance(command.body, AcceptForm):
        return _numbered(decision, command.body.case_number)
    return decision


def acts_allowed(referral: ReferralStanding) -> tuple[Act, ...]:
    """What the court may propose on a referral now."""
    if referral.purpose != "confirmation":
        return ()
    if referral.status in ("offered", "received"):
        return ("accept", "decline")
    return ("rule",) if referral.status == "accepted" else ()


def _numbered(decision: Decision[CourtState], number: str) -> Decision[CourtState]:
    """The court's case number stays at the court's door: no event needs it."""
    return Decision(
        decision.state.model_copy(update={"case_number": number}),
        decision.effects,
        reply={**(decision.reply or {}), "case_number": number},
    )


def _not_before(state: CourtState, referral: ReferralStanding) -> date | None:
    """The day before which the court's next act cannot lie.

    It accepts what was referred to it, and rules on what it has accepted. None where that day was
    not told.
    """
    accepted = state.latest("referral.accepted", referral.referral_id)
    if accepted is not None:
        return accepted.acted_on
    offered = state.latest("referral.offered", referral.referral_id)
    return day_in_beijing(offered.at) if offered else None


def _accept(form: AcceptForm, here: LawInForce, not_before: date | None) -> Iterator[FieldError]:
    yield from days_in_order("/立案日期", form.accepted_on, today=here.on, not_before=not_before)


def _refuse(_form: Any, _here: LawInForce, _not_before: date | None) -> Iterator[FieldError]:
    """Its ground is the whole form."""
    yield from ()


def _rule(form: RuleForm, here: LawInForce, not_before: date | None) -> Iterator[FieldError]:
    yield from days_in_order("/裁定日期", form.ruled_on, today=here.on, not_before=not_before)
    yield from gates.ruling_gates(form, here.law.at(here.region, form.ruled_on))


Wrong = Callable[[Any, LawInForce, date | None], Iterator[FieldError]]
FactsOf = Callable[[Any], Facts]

ACTS: Mapping[str, tuple[Wrong, FactsOf]] = {
    "accept": (_accept, mapping.accept_of),
    "refuse": (_refuse, mapping.refusal_of),
    "rule": (_rule, mapping.ruling_of),
}
"""For each act: what is wrong with its form, and the facts that it proposes."""
