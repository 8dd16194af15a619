"""Disputes for the journeys: each with a village, people and a number of its own."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from fengqiao.cli.town_home import COUNTY
from sandbox.people import InventedPerson, person
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import WallQuarrel
from services.directory.districts import agencies

NIANLI = "330803112000"
"""廿里镇, where the story of the design plays."""


@dataclass(slots=True)
class Quarrels:
    """Hands them out. A quarrel's days count from the legal today, which only moves forward."""

    town: Town
    _people: Iterator[int] = field(default_factory=lambda: count(100))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _taken: Counter[str] = field(default_factory=Counter)

    def another(self, township: str = NIANLI) -> WallQuarrel:
        """A quarrel in a village of that township where no other journey has been."""
        village = villages_of(township)[self._taken[township]]
        self._taken[township] += 1
        return WallQuarrel(
            self.town,
            number=f"JJ{next(self._numbers):08d}",
            people=self.two_people(),
            place=village,
            starts_on=self.town.calendar.today,
        )

    def two_people(self) -> tuple[InventedPerson, InventedPerson]:
        return person(next(self._people)), person(next(self._people))


def villages_of(township: str) -> list[str]:
    """The villages of a township that have a committee."""
    return [
        agency.place
        for agency in agencies(COUNTY)
        if agency.level == "village" and agency.place[:9] == township[:9]
    ]
