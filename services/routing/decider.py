"""What routing decides: a registration, a link, a proposal, a due clock; one function each."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from exchange.chassis.decider import Alarm, Arrival, ClockDue, Decision, EventArrived, View
from exchange.contracts.events.base import Event, Standing
from exchange.contracts.events.intake import DisputeLinkedV1, DisputeRegisteredV1
from exchange.contracts.events.proposals import ProposalMadeV1
from exchange.contracts.vocabulary import Level
from services.routing import late
from services.routing.acts import closing, confirmation, mediation, offers
from services.routing.choice import first_level
from services.routing.clocks import ORIGIN, set_clock, stop_all
from services.routing.ending import conclude_open
from services.routing.expiry import clock_due
from services.routing.lifecycle import LIFECYCLE, OVER, Key, is_party, is_possible
from services.routing.limits import statutory
from services.routing.placing import place, search
from services.routing.refusals import Unlawful, refuse, unlawful
from services.routing.state import HELD_MAX, DisputeState, Registration
from services.routing.story import Story


class NotForRouting(Exception):
    """An arrival that no topic, clock or door of routing brings."""


class NotRegistered(Exception):
    """A link of a dispute that was never registered: intake tells them in order."""


def decide(
    state: DisputeState, arrival: Arrival, view: View, now: datetime
) -> Decision[DisputeState]:
    match arrival:
        case EventArrived(event=event) if event.type in EVENTS:
            return EVENTS[event.type](state, event, view, now)
        case ClockDue():
            return _due(state, arrival, view, now)
        case _:
            raise NotForRouting(type(arrival).__name__)


def register(
    state: DisputeState, event: Event, view: View, now: datetime
) -> Decision[DisputeState]:
    """Enter it in the ledger, start the sender's clocks, offer it; then take up what was held."""
    assert isinstance(event, DisputeRegisteredV1)
    if state.standing is not None:
        return Decision(state)
    held = state.held
    level = first_level(event.matter, view.agencies)
    story = Story(_registered(state, event, level), view, now)
    found = None if event.sensitive else search(story, level)
    story.enter(event.changed(evidence=None))
    for clock in event.started_clocks:
        limit = statutory(clock.rule, event.matter.place, clock.started_on)
        set_clock(story, clock.rule, ORIGIN, limit)
    if found is None:
        story.alarm("sensitive_matter", "敏感事项，不自动分流：由区中心人工处理，只登记编号")
    else:
        place(story, found)
    decision = story.decision()
    for text in held:
        proposal = ProposalMadeV1.model_validate_json(text)
        unsigned = proposal.changed(evidence_sha256=None)
        decision = _then(decision, answer(decision.state, unsigned, view, now))
    return decision


def link(state: DisputeState, event: Event, view: View, now: datetime) -> Decision[DisputeState]:
    """This code leads to another now: nothing more is offered under it.

    The clocks that the origin's own acts started run on: no rule pauses them.
    """
    assert isinstance(event, DisputeLinkedV1)
    if state.standing is None:
        raise NotRegistered(event.dispute_code)
    if state.standing.stage in OVER:
        detail = f"已{state.standing.stage}，又称并入 {event.lead_code}"
        return Decision(state, (Alarm("linked_after_end", detail),))
    story = Story(state, view, now)
    stop_all(story, "已并入另一件办理", but=(ORIGIN,))
    conclude_open(story)
    story.change(stage="linked", holder=None)
    story.enter(event)
    decision = story.decision()
    after = decision.state.changed(lead_code=event.lead_code)
    return Decision(after, decision.effects, tallies=decision.tallies)


def propose(state: DisputeState, event: Event, view: View, now: datetime) -> Decision[DisputeState]:
    """Answer a proposal once; one that comes before the registration is held."""
    assert isinstance(event, ProposalMadeV1)
    if event.proposal_id in state.answered:
        return Decision(state)
    if state.standing is not None:
        return answer(state, event, view, now)
    if len(state.held) >= HELD_MAX:
        return refuse(state, event, unlawful("dispute.unregistered"), view, now)
    held = (*state.held, event.model_dump_json(exclude={"evidence"}))
    return Decision(state.changed(held=held))


def answer(
    state: DisputeState, proposal: ProposalMadeV1, view: View, now: datetime
) -> Decision[DisputeState]:
    """What a proposal makes of the story, or why it may not."""
    story = Story(state, view, now, proposal)
    try:
        key = judge(state, story.standing, proposal)
        act = ACTS[key] if _is_in_time(story.standing, proposal) else LATE_ACTS[key]
        act(story, proposal)
    except Unlawful as why:
        return refuse(state, proposal, why, view, now)
    return story.decision()


def judge(state: DisputeState, standing: Standing, proposal: ProposalMadeV1) -> Key:
    """The row of the lifecycle that lets the proposal pass. Raises Unlawful."""
    if standing.stage in OVER:
        lead = f"（{state.lead_code}）" if state.lead_code else ""
        raise unlawful(f"dispute.{standing.stage}", because_zh=lead)
    referral = standing.referral(proposal.referral_id) if proposal.referral_id else None
    if proposal.referral_id is not None and referral is None:
        raise unlawful("referral.unknown")
    key: Key = (proposal.facts.act, referral.purpose if referral else None)
    step = LIFECYCLE.get(key)
    if step is None:
        raise unlawful("referral.wrong_purpose")
    if not is_party(step, standing, referral, proposal.actor):
        raise unlawful("holder.not_yours")
    if step.undoes_silence and not _is_in_time(standing, proposal):
        return key
    if not is_possible(step, standing, referral):
        if step.says_why:
            return key
        raise unlawful("act.not_now")
    needed = referral.last_sequence if referral else state.stage_sequence
    if step.basis == "strict" and proposal.basis < needed:
        raise unlawful(
            "basis.stale", because_zh=f"（所据第 {proposal.basis} 条，现为第 {needed} 条）"
        )
    return key


def _is_in_time(standing: Standing, proposal: ProposalMadeV1) -> bool:
    """False where the proposal's referral already counts as unanswered."""
    referral = standing.referral(proposal.referral_id) if proposal.referral_id else None
    return referral is None or referral.status != "silent"


def _due(state: DisputeState, due: ClockDue, view: View, now: datetime) -> Decision[DisputeState]:
    if state.standing is None:
        return Decision(state)
    story = Story(state, view, now)
    clock_due(story, due)
    return story.decision()


def _registered(state: DisputeState, event: DisputeRegisteredV1, level: Level) -> DisputeState:
    matter = event.matter
    standing = Standing(
        stage="registered",
        origin=event.origin,
        holder=None,
        kind=matter.kind,
        place=matter.place,
        level=level,
    )
    registration = Registration.of(event)
    return state.changed(standing=standing, registration=registration, held=())


def _then(first: Decision[DisputeState], second: Decision[DisputeState]) -> Decision[DisputeState]:
    tallies = dict(first.tallies)
    for name, change in second.tallies.items():
        tallies[name] = tallies.get(name, 0) + change
    return Decision(second.state, (*first.effects, *second.effects), tallies=tallies)


OnEvent = Callable[[DisputeState, Any, View, datetime], Decision[DisputeState]]
OnAct = Callable[[Story, ProposalMadeV1], None]

EVENTS: Mapping[str, OnEvent] = {
    "dispute.registered": register,
    "dispute.linked": link,
    "proposal.made": propose,
}

ACTS: Mapping[Key, OnAct] = {
    ("receive", "mediation"): offers.receive,
    ("accept", "mediation"): offers.accept,
    ("decline", "mediation"): offers.decline,
    ("start", "mediation"): mediation.start,
    ("fail", "mediation"): mediation.fail,
    ("agree", "mediation"): mediation.agree,
    ("perform", "mediation"): mediation.perform,
    ("breach", "mediation"): mediation.breach,
    ("apply_confirmation", "mediation"): confirmation.apply,
    ("receive", "confirmation"): offers.receive,
    ("accept", "confirmation"): confirmation.accept,
    ("decline", "confirmation"): confirmation.decline,
    ("rule", "confirmation"): confirmation.rule,
    ("apply_closing", None): closing.apply_closing,
    ("close", None): closing.close,
}

LATE_ACTS: Mapping[Key, OnAct] = {
    ("accept", "mediation"): late.accept,
    ("decline", "mediation"): late.decline,
}
