"""What an agency's listing may be: its code, place, kinds and neighbours must fit together."""

from collections.abc import Iterator

from exchange.chassis.decider import FieldError
from exchange.chassis.reference import AgencyBook
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.dispute_code import COUNTY_DIGITS
from exchange.contracts.events.directory import AgencyListedV1
from services.directory.districts import LETTERS, agencies
from services.directory.facts.reading import UnknownCounty, UnknownPlace, read
from services.directory.schemas import AgencyForm

NUMBER_CHARS = 2


FACTS = (
    "agency",
    "name",
    "kind",
    "level",
    "place",
    "parent",
    "stationed_at",
    "specialties",
    "capacity",
    "abolished",
    "native_code",
)
"""What a listing says of an agency itself; its keys and its delivery have a life of their own."""


def listing_of(form: AgencyForm, before: AgencyListedV1 | None) -> AgencyListedV1:
    """The listing by this form. Keys, delivery and an abolition of before are never taken back."""
    facts = {name: getattr(form, name) for name in FACTS}
    if before is None:
        return AgencyListedV1(**facts)
    facts["abolished"] = before.abolished or form.abolished
    return before.model_copy(update=facts)


def listing_errors(form: AgencyForm, book: AgencyBook) -> list[FieldError]:
    """Everything that is wrong with a registration; none when it may be listed."""
    return [
        *_of_code(form),
        *_of_native_code(form, book),
        *_of_place(form),
        *_of_neighbours(form, book),
    ]


def _of_code(form: AgencyForm) -> Iterator[FieldError]:
    if form.agency == EXCHANGE and form.kind == "exchange":
        return
    head, _, number = form.agency.rpartition("-")
    right = f"{LETTERS[form.kind]}-{form.place}"
    fits = head == right and len(number) == NUMBER_CHARS and number.isdigit()
    if form.kind == "exchange" or not fits:
        yield FieldError(
            "/机构代码",
            "bad_agency_code",
            f"应为“{right}-”加两位序号",
            f"must be `{right}-` and two digits",
        )


def _of_native_code(form: AgencyForm, book: AgencyBook) -> Iterator[FieldError]:
    """By its native code an agency is found among those of its kind."""
    taken = {
        other.native_code
        for other in book
        if other.kind == form.kind and other.agency != form.agency and not other.abolished
    }
    if form.native_code is not None and form.native_code in taken:
        yield FieldError(
            "/本系统代码",
            "native_code_in_use",
            "该代码已属于另一机构",
            "this code belongs to another agency",
        )


def _of_place(form: AgencyForm) -> Iterator[FieldError]:
    try:
        facts = read(form.place[:COUNTY_DIGITS])
        division = facts.division(form.place)
    except (UnknownCounty, UnknownPlace):
        yield FieldError(
            "/区划代码", "unknown_place", "没有这个区划代码", "no division has this code"
        )
        return
    if division.level != form.level:
        yield FieldError(
            "/层级",
            "level_of_place",
            "层级与区划代码不一致",
            "the level is not that of the division",
        )
    slugs = {kind.slug for kind in facts.kinds}
    if unknown := sorted(set(form.specialties) - slugs):
        yield FieldError(
            "/专长",
            "unknown_code",
            f"没有这些纠纷类别（{len(unknown)} 个）；可用：{'、'.join(sorted(slugs))}",
            f"{len(unknown)} unknown dispute kind(s)",
        )


def _of_neighbours(form: AgencyForm, book: AgencyBook) -> Iterator[FieldError]:
    """A neighbour is listed, or of the same county's facts and on its way to be."""
    for pointer, code in (("/上级机构", form.parent), ("/派驻单位", form.stationed_at)):
        if code is not None and (code == form.agency or not _is_there(code, form, book)):
            yield FieldError(
                pointer,
                "unknown_agency",
                "没有这个机构，或者已撤销",
                "no such agency, or it was abolished",
            )
    if (form.kind == "stationed_room") != (form.stationed_at is not None):
        yield FieldError(
            "/派驻单位",
            "stationed_at",
            "派驻调解室须写明派驻单位，其他机构不写",
            "a stationed room says where it is stationed, and nobody else does",
        )


def _is_there(code: str, form: AgencyForm, book: AgencyBook) -> bool:
    listed = book.get(code)
    if listed is not None:
        return not listed.abolished
    try:
        facts = agencies(form.place[:COUNTY_DIGITS])
    except UnknownCounty:
        return False
    return any(fact.code == code and not fact.abolished for fact in facts)
