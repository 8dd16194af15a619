"""From the court's forms to the facts of an act, and what is wrong with them beside the law."""

from collections.abc import Iterator
from datetime import date

from exchange.chassis.decider import FieldError
from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.intake import FileRef
from exchange.contracts.events.proposals import Accept, ApplyConfirmation, Decline, Rule
from exchange.contracts.vocabulary import DeclineReason
from exchange.doors.refusals import days_in_order
from services.court_link.gates import APPLIED, DISMISSALS, REFUSALS, Seats
from services.court_link.schemas import AcceptForm, ConfirmationForm, RefuseForm, RuleForm
from services.court_link.schemas.words import RefusalGround

DECLINE_REASONS: dict[RefusalGround, DeclineReason] = {
    "scope": "out_of_scope",
    "jurisdiction": "not_our_place",
    "identity": "out_of_scope",
    "other_procedure": "special_organ",
    "title": "out_of_scope",
}


def application_of(form: ConfirmationForm) -> ApplyConfirmation:
    return ApplyConfirmation(
        court=form.court,
        applied_on=form.applied_on,
        package=package_of(form),
        gates_passed=APPLIED,
    )


def package_of(form: ConfirmationForm) -> tuple[FileRef, ...]:
    """The agreement first, then the application, the proofs, whatever else is handed in."""
    files = (
        form.agreement,
        form.application,
        form.mediation_proof,
        *form.identity_proofs,
        *form.other_files,
    )
    return tuple(file.ref() for file in files if file is not None)


def accept_of(form: AcceptForm) -> Accept:
    return Accept(accepted_on=form.accepted_on)


def refusal_of(form: RefuseForm) -> Decline:
    return Decline(reason=DECLINE_REASONS[form.ground], gate=REFUSALS[form.ground])


def ruling_of(form: RuleForm) -> Rule:
    return Rule(
        ruling=form.result,
        ruled_on=form.ruled_on,
        grounds=tuple(DISMISSALS[ground] for ground in form.grounds),
    )


def seats_of(court: str, committee: str, book: AgencyBook) -> Seats | None:
    """None where either is not listed, or the one asked is no court."""
    asked, asking = book.get(court), book.get(committee)
    if asked is None or asking is None or asked.kind != "court":
        return None
    return Seats(asked.place, asking.place)


def wrong_application(
    form: ConfirmationForm, book: AgencyBook, today: date, agreed_on: date | None
) -> Iterator[FieldError]:
    yield from days_in_order("/申请日期", form.applied_on, today=today, not_before=agreed_on)
    if not form.identity_proofs:
        yield FieldError(
            "/身份证明",
            "missing_field",
            "请附双方当事人的身份证明（民诉解释第354条）",
            "attach the identity proofs of both parties",
        )
    court = book.get(form.court)
    if court is None or court.kind != "court":
        yield FieldError("/申请法院", "unknown_agency", "目录中没有这个法院", "no such court")
    elif court.abolished:
        yield FieldError(
            "/申请法院", "abolished_agency", "该法院已撤销", "this court no longer exists"
        )
