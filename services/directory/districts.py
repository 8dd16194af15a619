"""The agencies of a county, drawn from the facts of its divisions.

An agency's code is `<letters>-<12-digit division>-<nn>`: two letters for its kind (LETTERS), the
division that it serves, and a running number among its kind there: `PM-330803112213-01` is the
people's mediation committee of one village. The division's code is that of the base list of 2023
and stays in the agency's code after the division was recoded: a code is a key, never read again.

Who sets up what: a villagers' or residents' committee sets up its mediation committee (人民调解法
8), a township, sub-district, association or trade may (34). So a village-level area without
either, such as a state farm, has none, and its disputes begin at the township. A township that
the list of 2025 does not show keeps its committee as `abolished`, so that a referral to it is
answered by name; its villages climb straight to the county centre, as no successor is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from exchange.contracts.divisions import township_of
from exchange.contracts.vocabulary import AgencyKind, Level
from services.directory.facts.model import Division, PoliceStation
from services.directory.facts.reading import DistrictFacts, read

LETTERS: dict[AgencyKind, str] = {
    "police": "PS",
    "court": "CT",
    "committee": "PM",
    "stationed_room": "SR",
    "specialist_committee": "SC",
    "centre": "CC",
    "procuratorate": "PP",
    "petition_bureau": "PB",
    "judicial_bureau": "JB",
    "exchange": "EX",
}


@dataclass(frozen=True, slots=True)
class AgencyFact:
    """One agency as the directory first knows it.

    `place` is the division that it serves. `parent` is where a matter climbs to when it fails
    here; None where the ladder 村 → 乡镇 → 区 ends or does not pass. `specialties` are dispute
    kinds, none meaning every kind. `capacity` is the number of disputes open at once.
    `stationed_at` is the police station of a stationed room. `native_code` is the agency's code
    in its own system (the police's 12 digits, a court's 代字). `invented` is False only where a
    public text names the agency.
    """

    code: str
    name: str
    kind: AgencyKind
    level: Level
    place: str
    parent: str | None
    specialties: tuple[str, ...]
    capacity: int
    stationed_at: str | None = None
    native_code: str | None = None
    invented: bool = True
    abolished: bool = False


@cache
def agencies(county: str) -> tuple[AgencyFact, ...]:
    """Every agency of a six-digit county, in the order of their codes.

    Raises UnknownCounty where no facts are kept, BadFacts where they contradict one another.
    """
    return drawn_from(read(county))


def drawn_from(facts: DistrictFacts) -> tuple[AgencyFact, ...]:
    """The agencies that these facts give, in the order of their codes."""
    found = (
        *_of_the_county(facts),
        *_township_committees(facts),
        *_village_committees(facts),
        *_police_and_rooms(facts),
    )
    return tuple(sorted(found, key=lambda agency: agency.code))


def agency_code(kind: AgencyKind, place: str, number: str = "01") -> str:
    """The code of the `number`-th agency of a kind that serves a division."""
    return f"{LETTERS[kind]}-{place}-{number}"


def _of_the_county(facts: DistrictFacts) -> Iterator[AgencyFact]:
    place = _county(facts).code
    for agency in facts.institutions.county_agencies:
        yield AgencyFact(
            code=agency_code(agency.kind, place, agency.number),
            name=agency.name,
            kind=agency.kind,
            level="county",
            place=place,
            parent=_centre(facts) if agency.kind == "specialist_committee" else None,
            specialties=agency.specialties,
            capacity=agency.capacity,
            native_code=agency.native_code,
            invented=agency.invented,
        )


def _township_committees(facts: DistrictFacts) -> Iterator[AgencyFact]:
    for township in _at("township", facts):
        yield AgencyFact(
            code=agency_code("committee", township.code),
            name=f"{_county(facts).name}{township.name_now}人民调解委员会",
            kind="committee",
            level="township",
            place=township.code,
            parent=_centre(facts),
            specialties=(),
            capacity=facts.institutions.capacities.township_committee,
            abolished=_is_gone(township),
        )


def _village_committees(facts: DistrictFacts) -> Iterator[AgencyFact]:
    townships = {township.code: township for township in _at("township", facts)}
    for village in _at("village", facts):
        if village.unit == "similar":
            continue
        township = townships[township_of(village.code)]
        yield AgencyFact(
            code=agency_code("committee", village.code),
            name=_village_committee_name(facts, township, village),
            kind="committee",
            level="village",
            place=village.code,
            parent=(
                _centre(facts) if _is_gone(township) else agency_code("committee", township.code)
            ),
            specialties=(),
            capacity=facts.institutions.capacities.village_committee,
        )


def _police_and_rooms(facts: DistrictFacts) -> Iterator[AgencyFact]:
    for station in facts.institutions.police_stations:
        township = facts.division(station.place)
        yield _police_station(facts, township, station)
        yield _stationed_room(facts, township)


def _police_station(facts: DistrictFacts, township: Division, station: PoliceStation) -> AgencyFact:
    return AgencyFact(
        code=agency_code("police", township.code),
        name=f"{facts.institutions.police_bureau}{_stem(township)}派出所",
        kind="police",
        level="township",
        place=township.code,
        parent=None,
        specialties=(),
        capacity=facts.institutions.capacities.police,
        native_code=station.native_code,
    )


def _stationed_room(facts: DistrictFacts, township: Division) -> AgencyFact:
    return AgencyFact(
        code=agency_code("stationed_room", township.code),
        name=f"{_county(facts).name}{township.name_now}人民调解委员会驻{_stem(township)}派出所调解室",
        kind="stationed_room",
        level="township",
        place=township.code,
        parent=_centre(facts),
        specialties=(),
        capacity=facts.institutions.capacities.stationed_room,
        stationed_at=agency_code("police", township.code),
    )


def _at(level: Level, facts: DistrictFacts) -> Iterator[Division]:
    return (division for division in facts.divisions if division.level == level)


def _county(facts: DistrictFacts) -> Division:
    return facts.division(facts.county + "000000")


def _centre(facts: DistrictFacts) -> str:
    return agency_code("centre", _county(facts).code)


def _is_gone(township: Division) -> bool:
    return township.later == "not_listed"


def _village_committee_name(facts: DistrictFacts, township: Division, village: Division) -> str:
    own = village.name.removesuffix("村委会").removesuffix("居委会")
    return f"{_county(facts).name}{township.name_now}{own}人民调解委员会"


def _stem(township: Division) -> str:
    for ending in ("街道", "镇", "乡"):
        if township.name_now.endswith(ending):
            return township.name_now.removesuffix(ending)
    return township.name_now
