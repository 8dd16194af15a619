"""The rows of a county's facts.

A division's code has 12 digits: county (6), township (3), village (3); a parent's code ends in
zeros (国家统计局, 统计用区划代码). A code is a name of its year: a township of 2023 that the list
of 2025 shows under another code keeps its old code here, with the new one as `successor`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from exchange.contracts.divisions import DivisionCode, county_of, township_of
from exchange.contracts.vocabulary import Level

Later = Literal["same", "recoded", "renamed", "not_listed", "first_listed"]
Unit = Literal["villagers", "residents", "similar"]
CountyKind = Literal[
    "centre",
    "court",
    "procuratorate",
    "petition_bureau",
    "judicial_bureau",
    "specialist_committee",
]
CountyCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,39}$")]
Capacity = Annotated[int, Field(ge=1, le=10_000)]
"""How many disputes an agency may hold open at once."""


class Fact(BaseModel):
    """An immutable row; a field that is not declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Fact):
    """Where a division was read: the list, who publishes it, its date, how it was had."""

    title: Text
    publisher: Text
    as_of: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}-[0-9]{2})?$")]
    via: Text


class Division(Fact):
    """One county, township or village; `source` is a key of the table's sources.

    `later` (townships only) is what the list of 2025 shows of it, as make_facts.py defines it.
    `unit` (villages only): a villagers' committee, a residents' committee, or a similar area
    with neither, such as a state farm.
    """

    code: DivisionCode
    name: Name
    level: Level
    source: str
    unit: Unit | None = None
    later: Later | None = None
    successor: DivisionCode | None = None
    successor_name: Name | None = None
    note: Text | None = None

    @property
    def parent(self) -> str | None:
        """The code of the division that holds this one; None for a county."""
        return {
            "village": township_of(self.code),
            "township": county_of(self.code),
            "county": None,
        }[self.level]

    @property
    def name_now(self) -> str:
        """The name in the latest list that has it."""
        return self.successor_name or self.name


class DivisionTable(Fact):
    """divisions.json."""

    county: CountyCode
    sources: dict[str, Source]
    divisions: tuple[Division, ...]


class PoliceStation(Fact):
    """A police station: the township that it serves and its code in the police's own system."""

    place: DivisionCode
    native_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}0000$")]


class CountyAgency(Fact):
    """An agency of the county itself; `basis` says where it was read, or that it is invented.

    No specialties means: every kind of dispute.
    """

    kind: CountyKind
    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
    name: Name
    native_code: Name | None
    specialties: tuple[Slug, ...]
    capacity: Capacity
    invented: bool
    basis: Text


class Capacities(Fact):
    """The capacity of each kind of agency that is drawn from the divisions."""

    village_committee: Capacity
    township_committee: Capacity
    stationed_room: Capacity
    police: Capacity


class InstitutionTable(Fact):
    """institutions.json."""

    county: CountyCode
    note: Text
    capacities: Capacities
    police_bureau: Name
    police_stations_note: Text
    police_stations: tuple[PoliceStation, ...]
    county_agencies: tuple[CountyAgency, ...]


class DisputeKind(Fact):
    """A kind of dispute as the Ministry of Justice's return counts it (人民调解纠纷类型)."""

    slug: Slug
    name_zh: Name
    name_en: Name


class KindTable(Fact):
    """dispute_kinds.json."""

    title: Text
    publisher: Text
    basis: Text
    kinds: tuple[DisputeKind, ...]
