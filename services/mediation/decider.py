"""What the committees' door decides: one act on one referral, judged and proposed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast, get_args

from exchange.chassis.decider import Arrival, CommandGiven, Decision, FieldError, View
from exchange.chassis.problems import not_found
from exchange.contracts.events.base import ReferralStanding, Standing
from exchange.contracts.events.proposals import Close, Facts
from exchange.contracts.topics import MEDIATION_PROPOSALS
from exchange.contracts.vocabulary import Act, AgencyKind, Stage
from exchange.doors.forms import day_in_beijing
from exchange.doors.hearing import Desk, hear
from exchange.doors.projection import Projection
from exchange.doors.proposals import propose, require_free
from exchange.doors.refusals import days_in_order, not_now, require
from law import LawInForce, load
from services.mediation import gates, mapping
from services.mediation.schemas import CloseForm
from services.mediation.schemas.words import Outcome

WITH_A_LINKAGE: frozenset[AgencyKind] = frozenset({"police", "court", "exchange"})
DESK = Desk(MEDIATION_PROPOSALS.name, frozenset(get_args(AgencyKind)) - WITH_A_LINKAGE)

OFFER_OPEN: tuple[Act, ...] = ("accept", "decline")
HOLDER_AT: Mapping[Stage, tuple[Act, ...]] = {
    "accepted": ("start", "fail", "agree"),
    "mediating": ("start", "fail", "agree"),
    "agreed": ("perform", "breach", "apply_confirmation"),
    "breached": ("perform", "apply_confirmation"),
}
"""What the holder may propose; `apply_confirmation` goes through the court's door."""

OUTCOMES_AT: Mapping[Outcome, frozenset[Stage]] = {
    "settled": frozenset({"performed", "registered"}),
    "unsettled": frozenset({"failed", "breached", "unplaced", "registered"}),
}
"""How an origin without a linkage may close. A sensitive matter stays `registered` and is settled
off the exchange; whether it is one, routing knows."""


class MediationState(Projection):
    """The projection alone: what a committee does is all in the story."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What an act is judged against: the days of the acts before it, not of their reports.

    None where the day was not told, or this door joined later.
    """

    today: date
    standing: Standing
    offered_on: date | None
    accepted_on: date | None
    agreed_on: date | None
    sessions: int

    @property
    def law(self) -> LawInForce:
        """What holds at the dispute's place today."""
        return load().at(self.standing.place, self.today)


def decide(
    state: MediationState, arrival: Arrival, view: View, now: datetime
) -> Decision[MediationState]:
    if isinstance(arrival, CommandGiven):
        judge = close if arrival.name == "close" else act
        return judge(state, arrival, view, now)
    return hear(state, arrival, view, now, DESK)


def act(
    state: MediationState, command: CommandGiven, view: View, now: datetime
) -> Decision[MediationState]:
    """Raises Refused: 404 not theirs, 409 pending or not now, 422 with every reason."""
    standing, referral = _own(state, command)
    require_free(state, command.agency, referral.referral_id)
    allowed = acts_allowed(standing, referral)
    name = cast("Act", command.name)
    if name not in allowed:
        raise not_now(name, allowed)
    scene = _scene(state, standing, referral, now)
    wrong, facts_of = ACTS[command.name]
    require(list(wrong(command.body, scene)), acts_allowed=allowed)
    return propose(
        state,
        command,
        view,
        now,
        topic=DESK.proposals,
        referral_id=referral.referral_id,
        facts=facts_of(command.body),
    )


def acts_allowed(standing: Standing, referral: ReferralStanding) -> tuple[Act, ...]:
    """What its receiver may propose on a referral now, as far as this door has seen the story."""
    if referral.purpose != "mediation":
        return ()
    if referral.status in ("offered", "received"):
        return OFFER_OPEN
    if referral.status == "accepted":
        return HOLDER_AT.get(standing.stage, ())
    return ()


def close(
    state: MediationState, command: CommandGiven, view: View, now: datetime
) -> Decision[MediationState]:
    """The origin closes what it brought in. Raises Refused: 404, 409, 422."""
    form: CloseForm = command.body
    if state.standing is None or state.standing.origin != command.agency:
        raise not_found()
    require_free(state, command.agency, None)
    if state.standing.stage not in OUTCOMES_AT[form.outcome]:
        raise not_now("close", origin_acts(state.standing), outcome=form.outcome)
    require(days_in_order("/办结日期", form.closed_on, today=day_in_beijing(now)))
    facts = Close(outcome=form.outcome, approved=True)
    return propose(state, command, view, now, topic=DESK.proposals, referral_id=None, facts=facts)


def origin_acts(standing: Standing) -> tuple[Act, ...]:
    return ("close",) if any(standing.stage in at for at in OUTCOMES_AT.values()) else ()


def _own(state: MediationState, command: CommandGiven) -> tuple[Standing, ReferralStanding]:
    referral = state.referral(command.target)
    if state.standing is None or referral is None or referral.receiver != command.agency:
        raise not_found()
    return state.standing, referral


def _scene(
    state: MediationState, standing: Standing, referral: ReferralStanding, now: datetime
) -> Scene:
    offered = state.latest("referral.offered", referral.referral_id)
    accepted = state.latest("referral.accepted", referral.referral_id)
    agreed = state.latest("agreement.reached", referral.referral_id)
    return Scene(
        today=day_in_beijing(now),
        standing=standing,
        offered_on=day_in_beijing(offered.at) if offered else None,
        accepted_on=accepted.acted_on if accepted else None,
        agreed_on=agreed.acted_on if agreed else None,
        sessions=len(state.moments("mediation.started", referral.referral_id)),
    )


def _accept(form: Any, scene: Scene) -> Iterator[FieldError]:
    yield from mapping.wrong_acceptance(form, scene.today, scene.offered_on)


def _decline(form: Any, scene: Scene) -> Iterator[FieldError]:
    yield from gates.decline_gates(form, scene.law)


def _start(form: Any, scene: Scene) -> Iterator[FieldError]:
    yield from mapping.wrong_session(form, scene.today, scene.accepted_on, scene.sessions)


def _fail(form: Any, scene: Scene) -> Iterator[FieldError]:
    yield from gates.fail_gates(form, scene.law)


def _agree(form: Any, scene: Scene) -> Iterator[FieldError]:
    yield from mapping.wrong_agreement(form, scene.today, scene.accepted_on)
    yield from gates.agree_gates(form, scene.law)


def _perform(form: Any, scene: Scene) -> Iterator[FieldError]:
    yield from mapping.wrong_performance(form, scene.today, scene.agreed_on, scene.standing)
    yield from gates.perform_gates(form, scene.law)


def _breach(form: Any, scene: Scene) -> Iterator[FieldError]:
    yield from mapping.wrong_instalment(form.instalment, scene.standing)
    yield from gates.breach_gates(form, scene.law)


Wrong = Callable[[Any, Scene], Iterator[FieldError]]
FactsOf = Callable[[Any], Facts]

ACTS: Mapping[str, tuple[Wrong, FactsOf]] = {
    "accept": (_accept, mapping.accept_of),
    "decline": (_decline, mapping.decline_of),
    "start": (_start, mapping.start_of),
    "fail": (_fail, mapping.fail_of),
    "agree": (_agree, mapping.agree_of),
    "perform": (_perform, mapping.perform_of),
    "breach": (_breach, mapping.breach_of),
}
"""For each act: what is wrong with its form, and the facts that it proposes."""
