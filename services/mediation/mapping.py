"""From a committee's forms to the facts of its acts, and what is wrong with them beside the law."""

from collections.abc import Iterator
from datetime import date

from exchange.chassis.decider import FieldError
from exchange.contracts.events.base import Standing
from exchange.contracts.events.proposals import (
    Accept,
    Agree,
    Breach,
    Decline,
    Fail,
    Perform,
    Start,
)
from exchange.doors.refusals import days_in_order
from services.mediation.gates import DECLINE_GATES
from services.mediation.schemas import (
    AcceptForm,
    AgreeForm,
    BreachForm,
    DeclineForm,
    FailForm,
    PerformForm,
    StartForm,
)


def accept_of(form: AcceptForm) -> Accept:
    return Accept(accepted_on=form.accepted_on, mediators=form.mediators)


def decline_of(form: DeclineForm) -> Decline:
    return Decline(reason=form.reason, gate=DECLINE_GATES.get(form.reason))


def start_of(form: StartForm) -> Start:
    return Start(session=form.session)


def fail_of(form: FailForm) -> Fail:
    return Fail(reason=form.reason, routes_notified=form.routes_notified)


def agree_of(form: AgreeForm) -> Agree:
    """`signed_by` only of a paper: an oral agreement bears no marks."""
    marks = (
        ("parties", form.parties_signed),
        ("mediator", form.mediator_signed),
        ("committee", form.committee_sealed),
    )
    due_on = tuple(instalment.due_on for instalment in form.instalments)
    return Agree.model_validate(
        {
            "form": form.form,
            "agreed_on": form.agreed_on,
            "files": [file.ref() for file in form.files],
            "signed_by": [who for who, made in marks if made and form.form == "written"],
            "instalments": len(due_on),
            "due_on": due_on,
            "performance_due_on": due_on[-1],
        }
    )


def perform_of(form: PerformForm) -> Perform:
    return Perform(instalment=form.instalment, proof=form.proof.ref() if form.proof else None)


def breach_of(form: BreachForm) -> Breach:
    return Breach(instalment=form.instalment)


# What is wrong with a form, whatever the law says


def wrong_acceptance(
    form: AcceptForm, today: date, offered_on: date | None
) -> Iterator[FieldError]:
    yield from days_in_order("/受理日期", form.accepted_on, today=today, not_before=offered_on)
    if not form.no_conflict:
        yield FieldError(
            "/无回避情形声明",
            "conflict_undeclared",
            "调解员须先声明无回避情形；有回避情形的请换人，或以“需要回避”退回",
            "declare first that no mediator is in conflict; else replace them, or decline",
        )


def wrong_session(
    form: StartForm, today: date, accepted_on: date | None, held: int
) -> Iterator[FieldError]:
    yield from days_in_order("/调解日期", form.held_on, today=today, not_before=accepted_on)
    if form.session != held + 1:
        yield FieldError(
            "/调解次数",
            "wrong_session",
            f"下一次应为第 {held + 1} 次",
            f"the next session is number {held + 1}",
        )
    if not form.both_present:
        yield FieldError(
            "/双方到场",
            "not_both_present",
            "有一方没有到场，本次调解没有开始；联系不上的可以报调解不成",
            "a side was absent, so no session took place; if unreachable, report a failure",
        )


def wrong_agreement(form: AgreeForm, today: date, accepted_on: date | None) -> Iterator[FieldError]:
    yield from days_in_order("/达成日期", form.agreed_on, today=today, not_before=accepted_on)
    if form.form == "written" and not form.files:
        yield FieldError(
            "/协议书", "missing_field", "请附签好的协议书", "attach the signed agreement"
        )
    if not form.instalments:
        yield FieldError(
            "/履行安排",
            "missing_field",
            "至少写明一期履行期限；当场履行的写当天",
            "give at least one instalment; the same day where performed on the spot",
        )
    earliest = form.agreed_on
    for place, instalment in enumerate(form.instalments):
        if instalment.number != place + 1 or instalment.due_on < earliest:
            yield FieldError(
                f"/履行安排/{place}",
                "out_of_order",
                "期次应从 1 起连续，履行期限应依次不早于达成日期和上一期",
                "instalments count from 1, none due before the agreement or the one before",
            )
        earliest = max(earliest, instalment.due_on)


def wrong_performance(
    form: PerformForm, today: date, agreed_on: date | None, standing: Standing
) -> Iterator[FieldError]:
    yield from days_in_order("/履行日期", form.performed_on, today=today, not_before=agreed_on)
    yield from wrong_instalment(form.instalment, standing)


def wrong_instalment(number: int, standing: Standing) -> Iterator[FieldError]:
    """The next unpaid one, and no other."""
    following = standing.instalments_paid + 1
    if number != following or number > standing.instalments_due:
        yield FieldError(
            "/期次",
            "wrong_instalment",
            f"下一期应为第 {following} 期，共 {standing.instalments_due} 期",
            f"the next instalment is {following} of {standing.instalments_due}",
        )
