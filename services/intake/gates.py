"""What may come in at intake's own door: the law's gates, and what its form asks.

Each gate is bound to a rule id of the law's tables; all that is wrong is said at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from exchange.chassis.decider import FieldError
from exchange.contracts.divisions import township_of
from exchange.contracts.events.directory import AgencyListedV1
from exchange.doors.refusals import not_met
from law import LawInForce, load
from services.intake.schemas import Nature, RegistrationForm

BY_NATURE: Mapping[Nature, str] = {
    "accusation": "intake.accusation.never_referred",
    "administrative": "intake.administrative",
}
SENSITIVE = "intake.sensitive.offline"


def registration_errors(
    form: RegistrationForm, agencies: Iterable[AgencyListedV1], county: str, *, on: date
) -> list[FieldError]:
    """Everything for which this form may not be registered; none when it may."""
    here = load().at(county, on)
    errors = _of_nature(form, here)
    errors += _of_sensitive(form, here) if form.sensitive else _of_ordinary(form)
    return errors + _of_place(form.place.division, agencies, county)


def _of_nature(form: RegistrationForm, here: LawInForce) -> list[FieldError]:
    """信访工作条例 30; 人民调解法 2."""
    rule = BY_NATURE.get(form.nature)
    gate = here.gate(rule) if rule else None
    return [not_met("/事项性质", gate)] if gate else []


def _of_sensitive(form: RegistrationForm, here: LawInForce) -> list[FieldError]:
    """Number, kind and place only: each field that says more is refused by its name."""
    said: Sequence[tuple[str, object]] = (
        ("/当事人", form.parties),
        ("/案情", form.narrative),
        ("/诉求", form.claims),
        ("/地点/详址", form.place.address),
    )
    gate = here.gate(SENSITIVE)
    errors = [not_met(pointer, gate) for pointer, value in said if value and gate]
    if form.paper_at is None:
        errors.append(_missing("/纸质卷宗存放处"))
    return errors


def _of_ordinary(form: RegistrationForm) -> list[FieldError]:
    errors = []
    if not form.parties:
        errors.append(_missing("/当事人"))
    if form.narrative is None and form.claims is None:
        errors.append(_missing("/案情"))
    return errors


def _of_place(place: str, agencies: Iterable[AgencyListedV1], county: str) -> list[FieldError]:
    """In this county, and in a township that the directory serves.

    A village's code is not looked up: some areas, such as a state farm's, have no agency at all.
    """
    if not place.startswith(county):
        return [
            FieldError(
                "/地点/区划代码",
                "place_outside_county",
                f"不在本区县（{county}）范围内，请核对区划代码",
                f"this place is not in county {county}",
            )
        ]
    townships = {township_of(agency.place) for agency in agencies}
    if township_of(place) not in townships:
        return [
            FieldError(
                "/地点/区划代码",
                "unknown_place",
                "没有这个乡镇（街道），请核对区划代码",
                "no township has this code",
            )
        ]
    return []


def _missing(pointer: str) -> FieldError:
    return FieldError(pointer, "missing_field", "缺少必填字段", "this field is required")
