"""From the police's form to what the exchange knows: the facts without anybody in them, and the
dossier that is sealed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from exchange.chassis.decider import FieldError
from exchange.chassis.reference import AgencyBook
from exchange.contracts.dispute_code import COUNTY_DIGITS
from exchange.contracts.divisions import township_of
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.events.intake import Matter
from exchange.contracts.vocabulary import MEDIATING, Mode, Urgency
from exchange.doors.forms import day_in_beijing
from exchange.doors.matters import level_of
from exchange.doors.refusals import days_in_order
from services.police_link.schemas import PartyForm, ReferralForm
from services.police_link.schemas.words import (
    ROLES,
    Cause,
    Circumstances,
    Conduct,
    Exclusion,
    PoliceClass,
    Role,
)

SIDES: Mapping[bool, tuple[Role, Role]] = {
    True: ("suspect", "victim"),
    False: ("applicant", "respondent"),
}
"""The two sides of a 治安 case, and of any other dispute."""

BIRTH_IN_ID_NUMBER = slice(6, 14)
ADULT_YEARS = 18
"""民法典 17."""

EARNING_YEARS = 16
"""民法典 18: who lives on own work from this age is of full capacity."""


@dataclass(frozen=True, slots=True)
class Party:
    """What the law asks of a party, without who it is. `born_on` is never kept."""

    role: Role
    born_on: date | None = field(repr=False)
    guardian_notified: bool = False
    own_income: bool = False

    def needs_guardian(self, today: date) -> bool:
        """A minor, except who is 16 and lives on own income (程序规定 181)."""
        if self.born_on is None:
            return False
        age = age_on(today, self.born_on)
        return age < ADULT_YEARS and not (age >= EARNING_YEARS and self.own_income)


@dataclass(frozen=True, slots=True)
class Consent:
    party: int
    agreed: bool
    on: date


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral as the decider sees it: facts and codes; the people are inside `sealed` only."""

    own_number: str
    reported_at: datetime
    police_class: PoliceClass
    station: str
    place: str
    kind: str
    parties: tuple[Party, ...]
    consents: tuple[Consent, ...]
    filed_on: date | None
    conduct: Conduct | None
    circumstances: Circumstances | None
    cause: Cause | None
    excluded: tuple[Exclusion, ...]
    informed: bool
    urgency: Urgency
    mode: Mode
    receiver: str | None
    sealed: str = field(repr=False)

    @property
    def is_case(self) -> bool:
        """A 治安 case, with a clock of its own, and not another dispute."""
        return self.police_class == "public_security"

    def matter(self) -> Matter:
        return Matter(
            kind=self.kind,
            place=self.place,
            level=level_of(self.place),
            urgency=self.urgency,
            preferred=self.receiver,
        )


def referral_of(form: ReferralForm, sealed: str) -> Referral:
    return Referral(
        own_number=form.own_number,
        reported_at=form.reported_at,
        police_class=form.police_class,
        station=form.station,
        place=form.scene.division,
        kind=form.kind,
        parties=tuple(_party(party) for party in form.parties),
        consents=tuple(Consent(c.party, c.agreed, c.on) for c in form.consents),
        filed_on=form.filed_on,
        conduct=form.conduct,
        circumstances=form.circumstances,
        cause=form.cause,
        excluded=form.excluded,
        informed=form.informed,
        urgency=form.urgency,
        mode=form.mode or ("entrust" if form.filed_on else "transfer"),
        receiver=form.receiver,
        sealed=sealed,
    )


def dossier_of(form: ReferralForm) -> dict[str, Any]:
    """The dossier in the words that every linkage uses towards intake."""
    return {
        "own_number": form.own_number,
        "reported_at": form.reported_at.isoformat(),
        "address": form.scene.address,
        "narrative": form.narrative,
        "handling": form.handling,
        "calls_before": form.calls_before,
        "parties": [
            {
                "ordinal": ordinal,
                "role": party.role,
                "name": party.name,
                "id_number": party.id_number,
                "born_on": born.isoformat() if (born := born_on(party)) else None,
                "phone": party.phone,
                "address": party.address,
            }
            for ordinal, party in enumerate(form.parties, start=1)
        ],
    }


def born_on(party: PartyForm) -> date | None:
    """From the identity number, whose birth date was checked with it; else as stated."""
    if party.id_number is not None:
        digits = party.id_number[BIRTH_IN_ID_NUMBER]
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    return party.born_on


def age_on(today: date, born: date) -> int:
    """Full years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def wrong_facts(
    referral: Referral, agency: str, book: AgencyBook, now: datetime
) -> Iterator[FieldError]:
    """What the directory and the calendar hold against a referral of `agency`, all of it."""
    yield from _wrong_station(referral, agency, book)
    yield from _wrong_receiver(referral, book)
    yield from _wrong_days(referral, now)
    yield from _wrong_parties(referral)
    yield from _wrong_consents(referral, day_in_beijing(now))


def _wrong_station(referral: Referral, agency: str, book: AgencyBook) -> Iterator[FieldError]:
    station = station_of(referral.station, book)
    if station is None:
        yield FieldError(
            "/派出所代码", "unknown_agency", "目录中没有这个派出所", "no such police station"
        )
        return
    if station.agency != agency:
        yield FieldError(
            "/派出所代码",
            "not_your_station",
            "派出所代码与签名的机构不是同一个单位",
            "the station is not the agency that signed the request",
        )
    pointer = "/案发地点/区划代码"
    if referral.place[:COUNTY_DIGITS] != station.place[:COUNTY_DIGITS]:
        yield FieldError(
            pointer,
            "outside_county",
            "案发地点不在本县（市、区），请移交有管辖权的公安机关",
            "the place lies outside the county; hand the matter to the police there",
        )
    elif not _is_known(referral.place, book):
        yield FieldError(
            pointer, "unknown_place", "目录中没有这个区划代码", "no such division in the directory"
        )


def _is_known(place: str, book: AgencyBook) -> bool:
    """A division where an agency is listed, or that lies in a township with one."""
    return any(agency.place in (place, township_of(place)) for agency in book)


def _wrong_receiver(referral: Referral, book: AgencyBook) -> Iterator[FieldError]:
    if referral.receiver is None:
        return
    pointer, listed = "/收件机构", book.get(referral.receiver)
    if listed is None:
        yield FieldError(pointer, "unknown_agency", "目录中没有这个机构", "no such agency")
    elif listed.abolished:
        heir = f"，现为 {listed.successor}" if listed.successor else ""
        yield FieldError(
            pointer,
            "abolished_agency",
            f"该机构已撤销{heir}；请改填或留空，由系统选定",
            "this agency no longer exists; name another or leave it out",
        )
    elif listed.kind not in MEDIATING:
        yield FieldError(pointer, "no_mediator", "该机构不受理调解", "this agency does not mediate")


def _wrong_days(referral: Referral, now: datetime) -> Iterator[FieldError]:
    reported_on, today = day_in_beijing(referral.reported_at), day_in_beijing(now)
    yield from days_in_order("/报警时间", reported_on, today=today)
    if referral.filed_on is not None:
        yield from days_in_order(
            "/立案时间", referral.filed_on, today=today, not_before=reported_on
        )
    if referral.is_case and referral.filed_on is None:
        yield FieldError(
            "/立案时间", "missing_field", "治安案件须填立案时间", "a case needs its day of filing"
        )
    if not referral.is_case and referral.filed_on is not None:
        yield FieldError(
            "/立案时间",
            "not_a_case",
            "不是治安案件，不应有立案时间；请核对警情类别",
            "only a public-security case is filed; check the class of the call",
        )


def _wrong_parties(referral: Referral) -> Iterator[FieldError]:
    for place, party in enumerate(referral.parties):
        if party.born_on is None:
            yield FieldError(
                f"/当事人/{place}/公民身份号码",
                "missing_field",
                "公民身份号码和出生日期至少填一项（依法须知是否成年）",
                "give the identity number or the birth date: the law asks for the age",
            )
    roles = {party.role for party in referral.parties}
    missing = [role for role in SIDES[referral.is_case] if role not in roles]
    if missing:
        words = "、".join(next(w for w, role in ROLES.items() if role == m) for m in missing)
        yield FieldError(
            "/当事人", "one_sided", f"缺一方当事人：{words}", f"a side is missing: {missing}"
        )


def _wrong_consents(referral: Referral, today: date) -> Iterator[FieldError]:
    seen: set[int] = set()
    reported_on = day_in_beijing(referral.reported_at)
    for place, consent in enumerate(referral.consents):
        pointer = f"/双方调解意愿/{place}"
        if consent.party > len(referral.parties) or consent.party in seen:
            yield FieldError(
                f"{pointer}/当事人序号",
                "unknown_party",
                "没有这个序号的当事人，或者同一人填了两次",
                "no party has this ordinal, or it was given twice",
            )
        seen.add(consent.party)
        yield from days_in_order(f"{pointer}/日期", consent.on, today=today, not_before=reported_on)


def station_of(code: str, agencies: Iterable[AgencyListedV1]) -> AgencyListedV1 | None:
    """The listed police agency of a 派出所代码 or agency code; None where there is none."""
    stations = (a for a in agencies if a.kind == "police" and not a.abolished)
    return next((a for a in stations if code in (a.agency, a.native_code)), None)


def _party(form: PartyForm) -> Party:
    return Party(form.role, born_on(form), form.guardian_notified, form.own_income)
