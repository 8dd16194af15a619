"""What 人民调解法 asks of a committee's act: predicates over its form, each bound to a rule id."""

from collections.abc import Callable, Iterator, Mapping

from exchange.chassis.decider import FieldError
from exchange.contracts.vocabulary import DeclineReason
from exchange.doors.refusals import broken
from law import LawInForce
from services.mediation.schemas import AgreeForm, BreachForm, DeclineForm, FailForm, PerformForm

DECLINE_GATES: Mapping[DeclineReason, str] = {
    "special_organ": "mediation.not_acceptable.reserved",
    "court_has_it": "mediation.not_acceptable.taken",
    "danger": "mediation.danger.report",
}
"""The reasons for which the law itself keeps a committee from accepting."""


def decline_gates(form: DeclineForm, here: LawInForce) -> Iterator[FieldError]:
    """人民调解法 25: danger is reported, not only declined."""
    if form.reason == "danger" and not form.reported_to_police:
        yield from broken(here, "/已报告公安机关", "mediation.danger.report")


def fail_gates(form: FailForm, here: LawInForce) -> Iterator[FieldError]:
    """人民调解法 26: a failure carries the notice of the other routes."""
    if not form.routes_notified:
        yield from broken(here, "/已告知其他途径", "mediation.failure.inform")


def agree_gates(form: AgreeForm, here: LawInForce) -> Iterator[FieldError]:
    """人民调解法 28–30: the three marks of a written agreement, the record of an oral one."""
    if form.form == "oral":
        if not form.recorded:
            yield from broken(here, "/已记录协议内容", "mediation.agreement.oral_recorded")
        return
    if not form.parties_signed:
        yield from broken(here, "/当事人签名盖章或者按指印", "mediation.agreement.signatures")
    if not form.mediator_signed:
        yield from broken(here, "/调解员签名", "mediation.agreement.mediator")
    if not form.committee_sealed:
        yield from broken(here, "/加盖调解委员会印章", "mediation.agreement.seal")


def perform_gates(form: PerformForm, here: LawInForce) -> Iterator[FieldError]:
    """人民调解法 31: performance is supervised, so it is on record with its proof."""
    if form.proof is None:
        yield from broken(here, "/履行凭证", "mediation.performance.supervised")


def breach_gates(form: BreachForm, here: LawInForce) -> Iterator[FieldError]:
    """人民调解法 32: either party may sue, and is told so."""
    if not form.suit_notified:
        yield from broken(here, "/已告知可以起诉", "mediation.performance.suit")


Gates = Callable[..., Iterator[FieldError]]
