"""What the police's door decides: a referral, the written application, the closing act."""

from collections.abc import Callable, Mapping, Sequence
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
from exchange.chassis.problems import not_found
from exchange.contracts.events.base import Standing
from exchange.contracts.events.intake import ReferralRequestedV1, StartedClock
from exchange.contracts.events.proposals import ApplyClosing, Close
from exchange.contracts.model import Instant
from exchange.contracts.terms import OUTCOMES as TERMS
from exchange.contracts.terms import said
from exchange.contracts.topics import POLICE_PROPOSALS, POLICE_REQUESTS
from exchange.contracts.vocabulary import Act, Stage
from exchange.doors.forms import day_in_beijing
from exchange.doors.hearing import Desk, hear
from exchange.doors.own_numbers import OWN_NUMBER, own_number_key, own_number_row, used_before
from exchange.doors.projection import Projection
from exchange.doors.proposals import propose, require_free
from exchange.doors.refusals import days_in_order, not_now, require, require_existing
from exchange.identity.evidence import evidence_sha256, request_sha256
from law import Due, load
from services.police_link.gates import (
    application_gates,
    not_punished_gates,
    passed,
    referral_gates,
)
from services.police_link.mapping import Referral, wrong_facts
from services.police_link.schemas import ApplyClosingForm, CloseForm
from services.police_link.schemas.words import Outcome

DESK = Desk(POLICE_PROPOSALS.name, frozenset({"police"}))
POLICE_CASE = "police.case"

ACTS_AT: Mapping[Stage, tuple[Act, ...]] = {
    "performed": ("apply_closing",),
    "closing": ("close",),
    "failed": ("close",),
    "breached": ("close",),
    "unplaced": ("close",),
}
FAILED: frozenset[Stage] = frozenset({"failed", "breached", "unplaced"})
OUTCOMES_OF_CASE: Mapping[Outcome, frozenset[Stage]] = {
    "not_punished": frozenset({"closing"}),
    "case_resumed": FAILED,
}
OUTCOMES_OF_OTHERS: Mapping[Outcome, frozenset[Stage]] = {
    "settled": frozenset({"performed", "closing"}),
    "unsettled": FAILED,
}
OVER: frozenset[Stage] = frozenset({"closed", "linked"})


class PoliceState(Projection):
    """The projection, and what the station said of its own case: numbers and codes only."""

    station: str | None = None
    own_number: str | None = None
    parties: int = 0
    is_case: bool = False
    requested_at: Instant | None = None


def decide(
    state: PoliceState, arrival: Arrival, view: View, now: datetime
) -> Decision[PoliceState]:
    if isinstance(arrival, CommandGiven):
        return ACTS[arrival.name](state, arrival, view, now)
    return hear(state, arrival, view, now, DESK)


def lookups(arrival: Arrival) -> Sequence[tuple[str, str]]:
    """A referral asks whether the station's number was referred before."""
    if isinstance(arrival, CommandGiven) and isinstance(arrival.body, Referral):
        return [(OWN_NUMBER, own_number_key(arrival.agency, arrival.body.own_number))]
    return ()


def acts_allowed(state: PoliceState) -> tuple[Act, ...]:
    """What the origin may propose now, as far as this door has seen the story."""
    stage = state.standing.stage if state.standing else None
    acts = ACTS_AT.get(stage, ()) if stage else ()
    return ("close",) if stage == "performed" and not state.is_case else acts


# The referral


def refer(
    state: PoliceState, command: CommandGiven, view: View, now: datetime
) -> Decision[PoliceState]:
    """Raises Repeated for the same form under a new key, Refused 409 for another one, 422 else."""
    referral: Referral = command.body
    _refuse_second(command, view, referral.own_number)
    require_existing(view.agencies.get(command.agency))
    _require_lawful(referral, command, view, now)
    clock = _case_clock(referral)
    requested = _requested(referral, command, view, now, clock)
    state = state.model_copy(
        update={
            "station": requested.origin,
            "own_number": referral.own_number,
            "parties": len(referral.parties),
            "is_case": referral.is_case,
            "requested_at": now,
        }
    )
    effects = (
        Publish(POLICE_REQUESTS.name, requested),
        own_number_row(command, referral.own_number),
    )
    reply = {"status_url": f"/police/v1/referrals/{view.code}", **_due(referral)}
    return Decision(state, effects, reply=reply, status=201)


def _refuse_second(command: CommandGiven, view: View, number: str) -> None:
    before = used_before(command, number, view)
    if before is not None:
        raise Refused(
            "already_referred",
            "该接警单号已推送过，内容与本次不同。原件有效；需要更正的，把更正后的移送表作为附件提交",
            "this number was referred before with another body; that one stands; "
            "hand in the corrected form as a file",
            extra={
                "dispute_code": before.dispute_code,
                "status_url": f"/police/v1/referrals/{before.dispute_code}",
                "correct_by": f"POST /v1/files?dispute={before.dispute_code}",
            },
        )


def _require_lawful(referral: Referral, command: CommandGiven, view: View, now: datetime) -> None:
    """All that is wrong at once; where only the law stands against it, that is said."""
    require(
        [
            *wrong_facts(referral, command.agency, view.agencies, now),
            *referral_gates(referral, day_in_beijing(now)),
        ],
        code="may_not_be_mediated",
        message_zh="依法不能推送调解，原因逐条列出",
        message_en="the law does not allow this matter to be referred; every reason is listed",
    )


def _requested(
    referral: Referral,
    command: CommandGiven,
    view: View,
    now: datetime,
    started: StartedClock | None,
) -> ReferralRequestedV1:
    evidence = command.evidence
    return ReferralRequestedV1(
        dispute_code=view.code,
        legal_at=now,
        actor=command.agency,
        evidence_sha256=evidence_sha256(evidence) if evidence else None,
        request_sha256=request_sha256(evidence) if evidence else None,
        origin=command.agency,
        channel="police",
        mode=referral.mode,
        matter=referral.matter(),
        received_at=command.received_at,
        started_clocks=(started,) if started else (),
        gates_passed=passed(referral),
        sealed=referral.sealed,
        evidence=evidence,
    )


def _case_clock(referral: Referral) -> StartedClock | None:
    if referral.filed_on is None:
        return None
    return StartedClock(rule=POLICE_CASE, started_on=referral.filed_on)


def _due(referral: Referral) -> Mapping[str, object]:
    """The police's own statutory end (治安管理处罚法 118), exclusive; or why none is known."""
    if referral.filed_on is None:
        return {"due": None, "due_because": "不是治安案件，没有办案期限"}
    rule = load().clock(POLICE_CASE, region=referral.place, started_on=referral.filed_on)
    if rule is None:
        return {"due": None, "due_because": "没有适用的期限规定"}
    due: Due = rule.due(referral.filed_on)
    return {"due": due.ends_at, "due_because": due.unknown or rule.citation_zh}


# The closing


def apply_closing(
    state: PoliceState, command: CommandGiven, view: View, now: datetime
) -> Decision[PoliceState]:
    """Both parties' written application, handed in by the station (程序规定 186)."""
    form: ApplyClosingForm = command.body
    standing = _own(state, command.agency)
    require_free(state, command.agency, None)
    allowed = acts_allowed(state)
    if standing.stage in OVER or standing.stage == "closing" or not state.is_case:
        raise not_now("apply_closing", allowed)
    errors = days_in_order("/申请日期", form.applied_on, today=day_in_beijing(now))
    errors += application_gates(standing, form, state.parties)
    _require_closable(errors, allowed)
    refs = tuple(file.ref() for file in form.applications)
    facts = ApplyClosing(
        applied_on=form.applied_on,
        applicants=len(set(form.applicants)),
        application=refs[0],
        further=refs[1:],
    )
    return propose(state, command, view, now, topic=DESK.proposals, referral_id=None, facts=facts)


def close(
    state: PoliceState, command: CommandGiven, view: View, now: datetime
) -> Decision[PoliceState]:
    """不予处罚 on a performed agreement only; 恢复办理 once the mediation has failed."""
    form: CloseForm = command.body
    standing = _own(state, command.agency)
    require_free(state, command.agency, None)
    allowed = acts_allowed(state)
    if standing.stage in OVER:
        raise not_now("close", allowed)
    errors = days_in_order("/结案日期", form.closed_on, today=day_in_beijing(now))
    gates: tuple[str, ...] = ()
    if form.outcome == "not_punished":
        errors += not_punished_gates(standing, form, state.is_case)
        gates = CLOSING_GATES
    else:
        _require_outcome(state, standing, form.outcome, allowed)
    _require_closable(errors, allowed)
    facts = Close(outcome=form.outcome, approved=form.approved, gates_passed=gates)
    return propose(state, command, view, now, topic=DESK.proposals, referral_id=None, facts=facts)


CLOSING_GATES = (
    "police.close.agreement",
    "police.close.performed",
    "police.close.application",
    "police.close.before_decision",
    "police.close.approval",
    "police.close.in_scope",
)


def _own(state: PoliceState, agency: str) -> Standing:
    """The standing, for the origin alone. Raises Refused 404, or 409 before registration."""
    if state.standing is None:
        if state.station != agency:
            raise not_found()
        raise not_now("close", ())
    if state.standing.origin != agency:
        raise not_found()
    return state.standing


def _require_closable(errors: Sequence[FieldError], allowed: Sequence[Act]) -> None:
    require(
        errors,
        code="may_not_be_closed",
        message_zh="不予处罚的条件还没有齐备，缺少的逐条列出",
        message_en="the conditions for no penalty are not complete; what is missing is listed",
        status=409,
        acts_allowed=allowed,
    )


def _require_outcome(
    state: PoliceState, standing: Standing, outcome: Outcome, allowed: Sequence[Act]
) -> None:
    outcomes = OUTCOMES_OF_CASE if state.is_case else OUTCOMES_OF_OTHERS
    if outcome not in outcomes:
        raise Refused(
            "wrong_outcome",
            f"本件不能以{said(outcome, TERMS)}办结；可用："
            f"{'、'.join(said(one, TERMS) for one in outcomes)}",
            f"this matter does not end as {outcome}; possible: {', '.join(outcomes)}",
            status=422,
            acts_allowed=allowed,
        )
    if standing.stage not in outcomes[outcome]:
        raise not_now("close", allowed, outcome=outcome)


Handler = Callable[[PoliceState, CommandGiven, View, datetime], Decision[PoliceState]]

ACTS: Mapping[str, Handler] = {
    "refer": refer,
    "apply_closing": apply_closing,
    "close": close,
}
