"""Working days: weekends, the State Council's days off, and the make-up days (调休).

Only published years are known. A question about another year raises BeyondCalendar; nothing is
guessed. A notice may also move days of a neighbouring December or January; they count for their own
date once that notice is loaded.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from law.errors import BeyondCalendar
from law.notice import SATURDAY, CalendarYear


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The days from `first` to `last`, both included, of which `working` (ordinals) are worked.

    `years` holds the notices that say so, in order.
    """

    first: date
    last: date
    working: tuple[int, ...]
    years: tuple[CalendarYear, ...] = field(repr=False, compare=False)

    def covers(self, day: date) -> bool:
        """Whether it is decided if `day` is worked."""
        return self.first <= day <= self.last

    def is_working(self, day: date) -> bool:
        """Whether `day` is worked; BeyondCalendar when that was not published."""
        return self.on_or_after(day) == day

    def on_or_after(self, day: date) -> date:
        """`day` if it is worked, else the first working day after it."""
        if not self.covers(day):
            raise BeyondCalendar(day)
        return self._at(bisect_left(self.working, day.toordinal()))

    def add(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`."""
        if not self.covers(day):
            raise BeyondCalendar(day)
        return self._at(bisect_right(self.working, day.toordinal()) + count - 1)

    def between(self, first: date, last: date) -> int:
        """How many of the days first..last, both included, are worked."""
        if not self.covers(first):
            raise BeyondCalendar(first)
        if not self.covers(last):
            raise BeyondCalendar(last)
        return bisect_right(self.working, last.toordinal()) - bisect_left(
            self.working, first.toordinal()
        )

    def _at(self, index: int) -> date:
        if index >= len(self.working):
            raise BeyondCalendar(self.last + timedelta(days=1))
        return date.fromordinal(self.working[index])


def build(years: Sequence[CalendarYear]) -> WorkingCalendar:
    """One calendar out of years that follow one another and have no faults."""
    numbers = sorted(year.year for year in years)
    first, last = date(numbers[0], 1, 1), date(numbers[-1], 12, 31)
    off = {day for year in years for holiday in year.holidays for day in holiday.days_off}
    made_up = {day for year in years for holiday in year.holidays for day in holiday.make_up}
    working = (
        day.toordinal()
        for day in _days(first, last)
        if day in made_up or (day.weekday() < SATURDAY and day not in off)
    )
    in_order = tuple(sorted(years, key=lambda year: year.year))
    return WorkingCalendar(first, last, tuple(working), in_order)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
