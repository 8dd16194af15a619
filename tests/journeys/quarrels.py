"""Disputes for the journeys: each with a village, people and a number of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from fengqiao.cli.town_home import COUNTY
from sandbox.people import InventedPerson, person
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import WallQuarrel
from services.directory.districts import agencies

NIANLI, GAOJIA = "330803112000", "330803114000"
"""廿里镇, where the story of the wall plays, and 高家镇: together they have villages enough."""


@dataclass(slots=True)
class Quarrels:
    """Hands them out. A quarrel's days count from the legal today, which only moves forward."""

    town: Town
    _people: Iterator[int] = field(default_factory=lambda: count(100))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _taken: set[str] = field(default_factory=set)

    def another(self, *townships: str) -> WallQuarrel:
        """A quarrel in a village of these townships where no other journey has been."""
        villages = villages_of(townships or (NIANLI, GAOJIA))
        village = next(each for each in villages if each not in self._taken)
        self._taken.add(village)
        return self.at(village)

    def at(self, village: str) -> WallQuarrel:
        """A quarrel in that village, whoever else has been there."""
        return WallQuarrel(
            self.town,
            number=f"JJ{next(self._numbers):08d}",
            people=self.two_people(),
            place=village,
            starts_on=self.town.calendar.today,
        )

    def two_people(self) -> tuple[InventedPerson, InventedPerson]:
        return person(next(self._people)), person(next(self._people))


def villages_of(townships: Sequence[str]) -> list[str]:
    """The villages of these townships that have a committee."""
    return [
        agency.place
        for township in townships
        for agency in agencies(COUNTY)
        if agency.level == "village" and agency.place[:9] == township[:9]
    ]
