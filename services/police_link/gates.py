"""What the police's law allows: predicates over the police's own facts, each bound to a rule id.

The articles and the words for the clerk stand in law/tables/gates/police.yaml. Pointers name the
fields as they are printed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from exchange.chassis.decider import FieldError
from exchange.contracts.events.base import Standing
from exchange.doors.refusals import broken
from law import LawInForce, load
from services.police_link.mapping import Referral
from services.police_link.schemas import ApplyClosingForm, CloseForm
from services.police_link.schemas.words import Conduct, Exclusion

MEDIABLE: frozenset[Conduct] = frozenset(
    {
        "assault",
        "injury",
        "insult",
        "defamation",
        "false_accusation",
        "property_damage",
        "harassment",
        "privacy",
        "trespass",
    }
)
"""程序规定 178."""

EXCLUDED: Mapping[Exclusion, str] = {
    "hired": "police.excluded.hired",
    "gang": "police.excluded.gang",
    "repeated": "police.excluded.repeated",
    "unwilling": "police.excluded.unwilling",
    "violation_during": "police.excluded.violation_during",
    "fled": "police.excluded.fled",
    "unsuitable": "police.excluded.unsuitable",
}
"""程序规定 179."""

GANG_CONDUCT: frozenset[Conduct] = frozenset({"gang_fight", "picking_quarrels"})

AGREED_STAGES = frozenset({"agreed", "performed", "breached", "closing"})
PERFORMED_STAGES = frozenset({"performed", "closing"})


# The referral: 治安管理处罚法 9, 程序规定 178, 179, 181


def referral_gates(referral: Referral, today: date) -> list[FieldError]:
    """Every gate that the referral does not pass."""
    here = load().at(referral.place, today)
    return [error for check in _checks(referral) for error in check(referral, here)]


def passed(referral: Referral) -> tuple[str, ...]:
    """The rules that a referral without any refusal has passed."""
    if not referral.is_case:
        return (
            "police.inform.not_public_security",
            "police.consent.both",
            "police.minor.guardian",
            *EXCLUDED.values(),
        )
    return (
        "police.consent.both",
        "police.minor.guardian",
        "police.cause.civil",
        "police.circumstances.minor",
        "police.kind.eligible",
        "police.ground.listed",
        *EXCLUDED.values(),
    )


Check = Callable[[Referral, LawInForce], Iterator[FieldError]]


def _checks(referral: Referral) -> tuple[Check, ...]:
    return CASE_CHECKS if referral.is_case else OTHER_CHECKS


def _consent(referral: Referral, here: LawInForce) -> Iterator[FieldError]:
    """Whoever refuses is named; consent on record is needed of every party."""
    said = {consent.party for consent in referral.consents}
    refusal = "police.excluded.unwilling" if referral.is_case else "mediation.refused"
    for place, consent in enumerate(referral.consents):
        if not consent.agreed:
            yield from broken(here, f"/双方调解意愿/{place}/同意", refusal)
    if not said.issuperset(range(1, len(referral.parties) + 1)):
        yield from broken(here, "/双方调解意愿", "police.consent.both")


def _cause(referral: Referral, here: LawInForce) -> Iterator[FieldError]:
    if referral.cause is None:
        yield from broken(here, "/纠纷起因", "police.ground.listed")
    elif referral.cause == "not_civil":
        yield from broken(here, "/纠纷起因", "police.cause.civil")


def _circumstances(referral: Referral, here: LawInForce) -> Iterator[FieldError]:
    if referral.circumstances != "minor":
        yield from broken(here, "/情节", "police.circumstances.minor")


def _conduct(referral: Referral, here: LawInForce) -> Iterator[FieldError]:
    if referral.conduct in GANG_CONDUCT:
        yield from broken(here, "/违法行为", "police.excluded.gang")
    elif referral.conduct not in MEDIABLE:
        yield from broken(here, "/违法行为", "police.kind.eligible")


def _exclusions(referral: Referral, here: LawInForce) -> Iterator[FieldError]:
    for place, ground in enumerate(referral.excluded):
        yield from broken(here, f"/排除情形/{place}", EXCLUDED[ground])


def _informed(referral: Referral, here: LawInForce) -> Iterator[FieldError]:
    if not referral.informed:
        yield from broken(here, "/已告知救济途径", "police.inform.not_public_security")


def _guardians(referral: Referral, here: LawInForce) -> Iterator[FieldError]:
    """程序规定 181."""
    for place, party in enumerate(referral.parties):
        if party.needs_guardian(here.on) and not party.guardian_notified:
            yield from broken(here, f"/当事人/{place}/监护人已通知", "police.minor.guardian")


CASE_CHECKS: tuple[Check, ...] = (
    _consent,
    _cause,
    _circumstances,
    _conduct,
    _exclusions,
    _guardians,
)
OTHER_CHECKS: tuple[Check, ...] = (_consent, _informed, _exclusions, _guardians)


# The closing: 治安管理处罚法 9 para. 4, 程序规定 186


def application_gates(standing: Standing, form: ApplyClosingForm, parties: int) -> list[FieldError]:
    """The written application of every party follows performance."""
    here = load().at(standing.place, form.applied_on)
    errors = _agreement_gates(here, standing, "/申请日期")
    if not set(form.applicants) >= set(range(1, parties + 1)):
        errors += broken(here, "/申请人序号", "police.close.application")
    if not form.applications:
        errors += broken(here, "/申请书", "police.close.application")
    return errors


def not_punished_gates(standing: Standing, form: CloseForm, in_scope: bool) -> list[FieldError]:
    """Agreement ∧ performed ∧ both applied ∧ before a decision ∧ accepted ∧ within the scope."""
    here = load().at(standing.place, form.closed_on)
    errors = _agreement_gates(here, standing, "/结案结果")
    if standing.stage != "closing":
        errors += broken(here, "/结案结果", "police.close.application")
    if form.decided_before:
        errors += broken(here, "/已作出处理决定", "police.close.before_decision")
    if not form.approved:
        errors += broken(here, "/公安机关认可", "police.close.approval")
    if not in_scope:
        errors += broken(here, "/结案结果", "police.close.in_scope")
    return errors


def _agreement_gates(here: LawInForce, standing: Standing, pointer: str) -> list[FieldError]:
    if standing.stage not in AGREED_STAGES:
        return list(broken(here, pointer, "police.close.agreement"))
    if standing.stage not in PERFORMED_STAGES:
        return list(broken(here, pointer, "police.close.performed"))
    return []
