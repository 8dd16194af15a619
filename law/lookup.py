"""The law that is in force: which rule answers, for an act of a day in a place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from law.calendar import WorkingCalendar
from law.clocks import AgreedLimit, AgreedRule, ClockRule
from law.errors import UnknownRule
from law.gates import Gate
from law.levels import LevelPath, LocalPractice
from law.local_time import local_day
from law.regions import chain
from law.rows import Instrument
from law.rule import Rule

RuleT = TypeVar("RuleT", bound=Rule)
Index = Mapping[str, Mapping[str, tuple[RuleT, ...]]]
"""Rule id, then place, then every version there."""


@dataclass(frozen=True, slots=True)
class Law:
    """All tables, validated. Free of I/O; made by `law.load()`."""

    calendar: WorkingCalendar
    instruments: tuple[Instrument, ...]
    clocks: tuple[ClockRule, ...]
    gates: tuple[Gate, ...]
    level_paths: tuple[LevelPath, ...]
    practices: tuple[LocalPractice, ...]
    _clocks: Index[ClockRule] = field(repr=False)
    _gates: Index[Gate] = field(repr=False)
    _levels: Index[LevelPath] = field(repr=False)
    _practices: Index[LocalPractice] = field(repr=False)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of every kind."""
        return (*self.clocks, *self.gates, *self.level_paths, *self.practices)

    def clock(
        self,
        rule_id: str,
        *,
        region: str,
        started_on: date | datetime,
        variant: str | None = None,
    ) -> ClockRule | None:
        """The version that governs an act of `started_on`; None: no limit is known.

        The nearest place with a rule of that day wins (township, county, city, province, nation);
        there a row of `variant` (e.g. `specialist`) goes before the ordinary one. Raises
        UnknownRule for an id of no table and BadRegion for a region that is no code.
        """
        found = _of(self._clocks, rule_id)
        return _nearest(found, region, local_day(started_on), variant)

    def clock_version(self, version: str) -> ClockRule:
        """The row that a running clock is bound to; UnknownRule if it was never in the tables."""
        for rule in self.clocks:
            if rule.version == version:
                return rule
        raise UnknownRule(version, (rule.version for rule in self.clocks))

    def agreed_rule(self, limit: AgreedLimit) -> AgreedRule:
        """An agreed limit (约定时限) in the form of a rule."""
        return AgreedRule(limit, self.calendar)

    def gate(self, gate_id: str, *, region: str, on: date | datetime) -> Gate | None:
        """The condition that holds for an act of that day in that place; None: it does not hold.

        Raises UnknownRule and BadRegion as `clock` does.
        """
        return _nearest(_of(self._gates, gate_id), region, local_day(on))

    def levels(self, region: str, *, on: date | datetime) -> LevelPath | None:
        """The way up in a place on a day; None: none is known there then."""
        paths = [_nearest(found, region, local_day(on)) for found in self._levels.values()]
        return next((path for path in paths if path is not None), None)

    def at(self, region: str, on: date | datetime) -> "LawInForce":
        """The law of one place on one day."""
        return LawInForce(self, region, local_day(on))

    def practice(self, rule_id: str, *, region: str, on: date | datetime) -> LocalPractice | None:
        """A place's own practice on a day; None: none is known there. Raises as `clock` does."""
        return _nearest(_of(self._practices, rule_id), region, local_day(on))


@dataclass(frozen=True, slots=True)
class LawInForce:
    """The conditions that hold in one place on one day; who judges facts asks it by rule id."""

    law: Law = field(repr=False)
    region: str
    on: date

    def gate(self, gate_id: str) -> Gate | None:
        """The condition, or None where it does not hold: then it refuses nothing."""
        return self.law.gate(gate_id, region=self.region, on=self.on)

    def levels(self) -> LevelPath | None:
        """The way up, or None where none is known."""
        return self.law.levels(self.region, on=self.on)


def index_of(rules: Iterable[RuleT]) -> Index[RuleT]:
    """The rules by id and place."""
    index: dict[str, dict[str, tuple[RuleT, ...]]] = {}
    for rule in rules:
        places = index.setdefault(rule.id, {})
        places[rule.row.region] = (*places.get(rule.row.region, ()), rule)
    return index


def _of(index: Index[RuleT], rule_id: str) -> Mapping[str, tuple[RuleT, ...]]:
    by_place = index.get(rule_id)
    if by_place is None:
        raise UnknownRule(rule_id, index)
    return by_place


def _nearest(
    by_place: Mapping[str, tuple[RuleT, ...]], region: str, day: date, variant: str | None = None
) -> RuleT | None:
    for place in chain(region):
        here = [
            rule
            for rule in by_place.get(place, ())
            if rule.variant in (None, variant) and rule.holds_on(day)
        ]
        if here:
            return max(here, key=lambda rule: rule.variant is not None)
    return None
