"""Choosing an agency: kind x place x level x capacity x stationed room, with every reason told.

The order of preference is data (`PREFERENCES`): at each level the first that fits and is free
takes the matter. The ladder itself, 村 → 乡镇 → 区, is a rule of the place (`law.levels`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.events.intake import Matter
from exchange.contracts.events.routing import Alternative, Reason
from exchange.contracts.vocabulary import Level
from law import LawInForce, load
from services.routing.nearby import agencies_near, county_of, heir, township_of
from services.routing.story import LOAD

ALTERNATIVES_MAX = 20


@dataclass(frozen=True, slots=True)
class Query:
    """A matter in search of an agency, on a legal day.

    `asked` are the agencies that had their turn at a level; `climbed` whether it failed, was
    declined or met silence before.
    """

    matter: Matter
    origin: str
    by_police: bool
    on: date
    climbed: bool = False
    asked: frozenset[tuple[Level, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Placement:
    """Who takes the matter, at which level, why; None where nobody is left."""

    agency: AgencyListedV1 | None
    level: Level | None
    reasons: tuple[Reason, ...]
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Preference:
    """One kind of agency at one level, and why it is preferred there."""

    rule: str
    level: Level
    reason_zh: str
    fits: Callable[[Query, AgencyListedV1], bool]


def _specialist(query: Query, agency: AgencyListedV1) -> bool:
    return agency.kind == "specialist_committee" and query.matter.kind in agency.specialties


def _committee(level: Level) -> Callable[[Query, AgencyListedV1], bool]:
    def fits(_query: Query, agency: AgencyListedV1) -> bool:
        return agency.kind == "committee" and agency.level == level

    return fits


def _room_of_origin(query: Query, agency: AgencyListedV1) -> bool:
    return agency.kind == "stationed_room" and agency.stationed_at == query.origin


def _room_at_once(query: Query, agency: AgencyListedV1) -> bool:
    return not query.climbed and _room_of_origin(query, agency)


def _centre(_query: Query, agency: AgencyListedV1) -> bool:
    return agency.kind == "centre"


PREFERENCES: tuple[Preference, ...] = (
    Preference(
        "choice.village_committee",
        "village",
        "村（社区）域内的纠纷，由本村（社区）人民调解委员会调处",
        _committee("village"),
    ),
    Preference(
        "choice.stationed_room",
        "township",
        "派出所移送、首次分流即到乡镇级的，由驻该所调解室就地调处",
        _room_at_once,
    ),
    Preference(
        "choice.township_committee",
        "township",
        "跨村或者村级未化解的纠纷，由乡镇（街道）人民调解委员会调处",
        _committee("township"),
    ),
    Preference(
        "choice.stationed_room_instead",
        "township",
        "乡镇（街道）调委会不能办理的，由驻移送派出所调解室调处",
        _room_of_origin,
    ),
    Preference(
        "choice.specialist_committee",
        "county",
        "行业性、专业性纠纷，由相应的行业性、专业性人民调解委员会调处",
        _specialist,
    ),
    Preference(
        "choice.centre",
        "county",
        "乡镇未化解或者需要联合调处的纠纷，由区矛盾纠纷调处化解中心调处",
        _centre,
    ),
)


def place_matter(
    query: Query, book: AgencyBook, tallies: Mapping[str, int], level: Level
) -> Placement:
    """The agency that the sender asked for, where it may be had; else the first that fits and is
    free, from `level` upwards.
    """
    wish = _wish(query, book, tallies, level)
    if wish.agency is not None:
        return wish
    passed = list(wish.alternatives)
    told = {other.agency for other in passed}
    skipped: list[Reason] = []
    for here in levels_from(query.matter.place, level, query.on):
        found = _choose(query, book, tallies, here)
        passed += (other for other in found.alternatives if other.agency not in told)
        if found.agency is not None:
            reasons = (*_start_reason(query, book, level), *skipped, *found.reasons)
            return Placement(found.agency, here, reasons, tuple(passed[:ALTERNATIVES_MAX]))
        skipped.append(Reason(rule="choice.level_up", text=f"{LEVEL_ZH[here]}没有可办理的机构"))
    return Placement(None, None, tuple(skipped), tuple(passed[:ALTERNATIVES_MAX]))


LEVEL_ZH: Mapping[Level, str] = {"village": "村级", "township": "乡镇级", "county": "区级"}


def first_level(matter: Matter, book: AgencyBook) -> Level:
    """Where a matter begins: one of a trade at the county, where a specialist committee for it is,
    any other where it says (衢江区《大调解机制实施意见》 9)."""
    return "county" if _of_a_trade(matter, book) else matter.level


def _of_a_trade(matter: Matter, book: AgencyBook) -> bool:
    """Whether a specialist committee of the county takes matters of this kind."""
    return any(
        agency.kind == "specialist_committee"
        and not agency.abolished
        and matter.kind in agency.specialties
        for agency in agencies_near(book, county_of(matter.place))
    )


def levels_from(place: str, level: Level, on: date) -> tuple[Level, ...]:
    """That level and those above it, as the place's own rule has them; only it without a rule."""
    path = load().levels(place, on=on)
    codes = [step.code for step in path.levels] if path else []
    if level not in codes:
        return (level,)
    return tuple(cast("Level", code) for code in codes[codes.index(level) :])


def level_above(place: str, level: Level, on: date) -> Level | None:
    """Where a failed matter climbs to; None at the top."""
    above = levels_from(place, level, on)[1:]
    return above[0] if above else None


def ladder_zh(here: LawInForce) -> str:
    """The rule by which a matter climbs there, as it is cited."""
    path = here.levels()
    return f"{path.title_zh}（{path.citation_zh}）" if path else "逐级上报"


def _start_reason(query: Query, book: AgencyBook, level: Level) -> tuple[Reason, ...]:
    if query.climbed or level != "county" or not _of_a_trade(query.matter, book):
        return ()
    text = f"属行业性、专业性纠纷（{query.matter.kind}），直接到区级"
    return (Reason(rule="choice.specialist", text=text),)


def _wish(query: Query, book: AgencyBook, tallies: Mapping[str, int], level: Level) -> Placement:
    """收件机构: honoured once, where it is among those that could be chosen; else why it is not."""
    wanted = query.matter.preferred
    if wanted is None or query.climbed:
        return Placement(None, None, (), ())
    against = "目录中没有该机构，或者在当地这一级及以上不由它办理此类纠纷"
    for here in levels_from(query.matter.place, level, query.on):
        for _, agency, _ in _candidates(query, book, tallies, here):
            if agency.agency == wanted:
                why_not = _against(query, agency, tallies, here)
                if why_not is None:
                    text = "来件单位指定的收件机构，且可以办理"
                    reasons = (Reason(rule="choice.preferred", text=text), _free(agency, tallies))
                    return Placement(agency, here, reasons, ())
                against = why_not
    passed = Alternative(agency=wanted, why_not=f"来件单位指定，但{against}")
    return Placement(None, None, (), (passed,))


def _choose(query: Query, book: AgencyBook, tallies: Mapping[str, int], level: Level) -> Placement:
    """The choice at one level; whoever could have taken it too is named as passed over."""
    chosen: AgencyListedV1 | None = None
    reasons: tuple[Reason, ...] = ()
    passed: list[Alternative] = []
    looked_at: set[str] = set()
    for preference, agency, why in _candidates(query, book, tallies, level):
        if agency.agency in looked_at:
            continue
        against = _against(query, agency, tallies, level)
        looked_at.add(agency.agency)
        if against is not None:
            passed.append(Alternative(agency=agency.agency, why_not=against))
        elif chosen is not None:
            passed.append(Alternative(agency=agency.agency, why_not="可以办理，但次序在后"))
        else:
            chosen = agency
            first = Reason(rule=preference.rule, text=preference.reason_zh)
            reasons = (first, *why, _free(agency, tallies))
    return Placement(chosen, level if chosen else None, reasons, tuple(passed))


Candidate = tuple[Preference, AgencyListedV1, tuple[Reason, ...]]


def _candidates(
    query: Query, book: AgencyBook, tallies: Mapping[str, int], level: Level
) -> Iterator[Candidate]:
    """Agencies that fit, best first; behind an abolished one comes its heir.

    Within one preference the less burdened goes first, then the lower code.
    """
    near = list(agencies_near(book, *_places(query, book)))
    for preference in PREFERENCES:
        if preference.level != level:
            continue
        fitting = [agency for agency in near if preference.fits(query, agency)]
        for agency in sorted(fitting, key=lambda a: (_burden(a, tallies), a.agency)):
            yield preference, agency, ()
            successor = heir(book, agency) if agency.abolished else None
            if successor is not None:
                text = f"{agency.name}已撤销，由{successor.name}承接"
                yield preference, successor, (Reason(rule="choice.successor", text=text),)


def _places(query: Query, book: AgencyBook) -> tuple[str, ...]:
    place = query.matter.place
    origin = book.get(query.origin)
    places = (place, township_of(place), county_of(place))
    return (*places, origin.place) if origin and query.by_police else places


def _against(
    query: Query, agency: AgencyListedV1, tallies: Mapping[str, int], level: Level
) -> str | None:
    if agency.abolished:
        return "已撤销"
    if (level, agency.agency) in query.asked:
        return "本纠纷在这一级已问过该机构（不予受理、未答复或者调解不成）"
    if load_of(agency, tallies) >= agency.capacity:
        return f"办理容量已满（{_used(agency, tallies)}）"
    return None


def load_of(agency: AgencyListedV1, tallies: Mapping[str, int]) -> int:
    """How many disputes the agency holds open."""
    return tallies.get(LOAD + agency.agency, 0)


def _free(agency: AgencyListedV1, tallies: Mapping[str, int]) -> Reason:
    return Reason(rule="choice.capacity", text=f"办理容量 {_used(agency, tallies)}，有余量")


def _used(agency: AgencyListedV1, tallies: Mapping[str, int]) -> str:
    return f"{load_of(agency, tallies)}/{agency.capacity}"


def _burden(agency: AgencyListedV1, tallies: Mapping[str, int]) -> float:
    return load_of(agency, tallies) / agency.capacity if agency.capacity else 1.0
