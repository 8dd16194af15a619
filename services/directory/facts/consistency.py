"""What must hold between the rows of a county's facts; no breach hides another."""

from collections import Counter
from collections.abc import Iterable, Iterator

from services.directory.facts.model import Division, DivisionTable, InstitutionTable, KindTable

_DIGITS = {"county": 6, "township": 9, "village": 12}


def problems_of(
    county: str, divisions: DivisionTable, institutions: InstitutionTable, kinds: KindTable
) -> tuple[str, ...]:
    """Every breach, each with the file and the row at fault; empty when all is well."""
    return tuple(
        f"{file}: {problem}"
        for file, problems in (
            ("divisions.json", _of_divisions(county, divisions)),
            ("institutions.json", _of_institutions(county, divisions, institutions, kinds)),
            ("dispute_kinds.json", _of_kinds(kinds)),
        )
        for problem in problems
    )


def _of_divisions(county: str, table: DivisionTable) -> Iterator[str]:
    if table.county != county:
        yield f"county is {table.county}, not {county}"
    codes = [division.code for division in table.divisions]
    successors = [d.successor for d in table.divisions if d.successor and d.later != "renamed"]
    yield from _repeated("code", codes + successors)
    for division in table.divisions:
        yield from (
            f"{division.code} {division.name}: {problem}"
            for problem in _of_division(division, table.county, frozenset(codes), table.sources)
        )


def _of_division(
    division: Division, county: str, codes: frozenset[str], sources: Iterable[str]
) -> Iterator[str]:
    digits = _DIGITS[division.level]
    if not division.code.startswith(county):
        yield f"lies outside county {county}"
    if division.code[digits:].strip("0") or division.code[digits - 3 : digits] == "000":
        yield f"the code is not that of a {division.level}"
    if division.parent is not None and division.parent not in codes:
        yield f"its parent {division.parent} is missing"
    if division.source not in sources:
        yield f"unknown source {division.source}"
    if (division.unit is not None) != (division.level == "village"):
        yield "`unit` belongs to villages, and each has one"
    if (division.later is not None) != (division.level == "township"):
        yield "`later` belongs to townships, and each has one"
    if (division.successor is not None) != (division.later in ("recoded", "renamed")):
        yield f"successor {division.successor} does not fit later={division.later}"
    if (division.successor is None) != (division.successor_name is None):
        yield "successor and successor_name go together"


def _of_institutions(
    county: str, divisions: DivisionTable, table: InstitutionTable, kinds: KindTable
) -> Iterator[str]:
    if table.county != county:
        yield f"county is {table.county}, not {county}"
    yield from _repeated("police station of", [s.place for s in table.police_stations])
    yield from _repeated("native code", [s.native_code for s in table.police_stations])
    yield from _repeated("agency", [f"{a.kind} {a.number}" for a in table.county_agencies])
    standing = {
        d.code for d in divisions.divisions if d.level == "township" and d.later != "not_listed"
    }
    for station in table.police_stations:
        if station.place not in standing:
            yield f"police station at {station.place}: no such township stands"
        if not station.native_code.startswith(county):
            yield f"police station at {station.place}: {station.native_code} is not of {county}"
    slugs = {kind.slug for kind in kinds.kinds}
    for agency in table.county_agencies:
        for slug in sorted(set(agency.specialties) - slugs):
            yield f"{agency.kind} {agency.number}: unknown dispute kind {slug}"
    if [agency.number for agency in table.county_agencies if agency.kind == "centre"] != ["01"]:
        yield "a county has exactly one centre, numbered 01"


def _of_kinds(table: KindTable) -> Iterator[str]:
    yield from _repeated("slug", [kind.slug for kind in table.kinds])
    yield from _repeated("name_zh", [kind.name_zh for kind in table.kinds])


def _repeated(what: str, values: Iterable[str]) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"{what} {value} appears {count} times"
