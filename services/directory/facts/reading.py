"""Read a county's facts from the package, checked as a whole before anybody sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from services.directory.facts.consistency import problems_of
from services.directory.facts.model import (
    DisputeKind,
    Division,
    DivisionTable,
    InstitutionTable,
    KindTable,
)

Table = TypeVar("Table", bound=BaseModel)


class UnknownCounty(LookupError):
    """No facts are kept of this county."""

    def __init__(self, county: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"没有区划 {county} 的基础数据，现有：{'、'.join(known)} / no facts of this county"
        )
        self.county = county
        self.known = known


class UnknownPlace(LookupError):
    """No division of this county has, or has had, this code."""

    def __init__(self, county: str, code: str) -> None:
        super().__init__(f"{county} 范围内没有区划代码 {code} / no such division")
        self.county = county
        self.code = code


class BadFacts(ValueError):
    """The facts of a county contradict their form or one another; `problems` has them all."""

    def __init__(self, county: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"{county} 的基础数据有 {len(problems)} 处错误：\n" + "\n".join(problems))
        self.county = county
        self.problems = problems


@dataclass(frozen=True, slots=True)
class DistrictFacts:
    """The checked facts of one county."""

    county: str
    divisions: tuple[Division, ...]
    institutions: InstitutionTable
    kinds: tuple[DisputeKind, ...]

    def division(self, code: str) -> Division:
        """The division that has this code today or had it in the base list of 2023.

        Raises UnknownPlace.
        """
        for division in self.divisions:
            if code in (division.code, division.successor):
                return division
        raise UnknownPlace(self.county, code)


@cache
def read(county: str) -> DistrictFacts:
    """The facts of a six-digit county; raises UnknownCounty, BadFacts."""
    folder = files("services.directory.facts")
    known = tuple(sorted(entry.name for entry in folder.iterdir() if entry.name.isdigit()))
    if county not in known:
        raise UnknownCounty(county, known)
    paths = (
        folder / county / "divisions.json",
        folder / county / "institutions.json",
        folder / "dispute_kinds.json",
    )
    return assemble(county, {path.name: path.read_text(encoding="utf-8") for path in paths})


def assemble(county: str, texts: Mapping[str, str]) -> DistrictFacts:
    """The facts in these JSON texts, keyed by file name; raises BadFacts with all errors at once.

    Rows are compared with one another only when each file has its form.
    """
    problems: list[str] = []
    divisions = _parsed(DivisionTable, "divisions.json", texts, problems)
    institutions = _parsed(InstitutionTable, "institutions.json", texts, problems)
    kinds = _parsed(KindTable, "dispute_kinds.json", texts, problems)
    if divisions is None or institutions is None or kinds is None:
        raise BadFacts(county, tuple(problems))
    broken = problems_of(county, divisions, institutions, kinds)
    if broken:
        raise BadFacts(county, broken)
    return DistrictFacts(county, divisions.divisions, institutions, kinds.kinds)


def _parsed(
    table: type[Table], name: str, texts: Mapping[str, str], problems: list[str]
) -> Table | None:
    try:
        return table.model_validate_json(texts[name])
    except ValidationError as error:
        problems.extend(
            f"{name}: /{'/'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_url=False)
        )
        return None
