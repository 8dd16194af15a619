"""The law that is in force: which rule answers, for an act of a day in a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from law.calendar import WorkingCalendar
from law.clocks import AgreedLimit, AgreedRule, ClockRule
from law.due import Due, Extension, Pause, local_day
from law.errors import UnknownRule
from law.gates import Gate
from law.levels import LevelPath
from law.regions import chain

ClockIndex = Mapping[str, Mapping[str, tuple[ClockRule, ...]]]


@dataclass(frozen=True, slots=True)
class Law:
    """All tables, validated. Free of I/O; made by `law.load()`."""

    calendar: WorkingCalendar
    clocks: tuple[ClockRule, ...]
    gates: tuple[Gate, ...]
    level_paths: tuple[LevelPath, ...]
    _clocks: ClockIndex = field(repr=False)
    _gates: Mapping[str, Gate] = field(repr=False)

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
        by_place = self._clocks.get(rule_id)
        if by_place is None:
            raise UnknownRule(rule_id, self._clocks)
        day = local_day(started_on)
        for place in chain(region):
            here = [
                rule
                for rule in by_place.get(place, ())
                if rule.row.variant in (None, variant)
                and rule.row.valid_from <= day <= (rule.row.valid_to or day)
            ]
            if here:
                return max(here, key=lambda rule: rule.row.variant is not None)
        return None

    def clock_version(self, version: str) -> ClockRule:
        """The row that a running clock is bound to; UnknownRule if it was never in the tables."""
        for rule in self.clocks:
            if rule.version == version:
                return rule
        raise UnknownRule(version, (rule.version for rule in self.clocks))

    def agreed_rule(self, limit: AgreedLimit) -> AgreedRule:
        """An agreed limit (约定时限) in the form of a rule."""
        return AgreedRule(limit, self.calendar)

    def agreed(
        self,
        limit: AgreedLimit,
        started_on: date | datetime,
        pauses: Sequence[Pause] = (),
        extensions: Sequence[Extension] = (),
    ) -> Due:
        """When an agreed limit ends; LimitNotInForce for an act of before the agreement."""
        return self.agreed_rule(limit).due(started_on, pauses, extensions)

    def gate(self, gate_id: str) -> Gate:
        """The newest version of a gate; UnknownRule with the nearest ids if there is none."""
        gate = self._gates.get(gate_id)
        if gate is None:
            raise UnknownRule(gate_id, self._gates)
        return gate

    def levels(self, region: str, *, on: date | None = None) -> LevelPath | None:
        """The way up in a place on a day (None: as last written); None: none is known there."""
        for place in chain(region):
            here = [
                path
                for path in self.level_paths
                if path.row.region == place and (on is None or path.in_force(region=region, on=on))
            ]
            if here:
                return max(here, key=lambda path: path.row.valid_from)
        return None
