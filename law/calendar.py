"""Working days: weekends, the State Council's days off, and the make-up days (调休).

Only published years are known. A question about another year raises BeyondCalendar; nothing is
guessed. A notice may also move days of a neighbouring December or January; they count for their own
date once that notice is loaded.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from law.errors import BeyondCalendar
from law.rows import CalendarYear, Holiday

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The days from `first` to `last`, both included, of which `working` (ordinals) are worked."""

    first: date
    last: date
    working: tuple[int, ...]

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
    off = {day for year in years for holiday in year.holidays for day in days_of(holiday)}
    made_up = {day for year in years for holiday in year.holidays for day in holiday.make_up}
    working = (
        day.toordinal()
        for day in _days(first, last)
        if day in made_up or (day.weekday() < SATURDAY and day not in off)
    )
    return WorkingCalendar(first, last, tuple(working))


def faults_of_year(year: CalendarYear) -> list[str]:
    """Why a year's table cannot be what the notice says."""
    faults = [fault for holiday in year.holidays for fault in _faults_of_holiday(year, holiday)]
    off = [day for holiday in year.holidays for day in days_of(holiday)]
    if len(off) != len(set(off)):
        faults.append("两个假期有重叠的日子 / two holidays overlap")
    made_up = [day for holiday in year.holidays for day in holiday.make_up]
    faults += [
        f"{day} 既放假又上班 / both off and a make-up day" for day in sorted({*made_up} & {*off})
    ]
    if len(off) != year.days_off:
        faults.append(f"放假 {len(off)} 天，通知为 {year.days_off} 天 / days off do not add up")
    if len(set(made_up)) != year.make_up_days:
        faults.append(
            f"调休上班 {len(set(made_up))} 天，通知为 {year.make_up_days} 天"
            " / make-up days do not add up"
        )
    return faults


def faults_between_years(years: Iterable[int]) -> list[str]:
    """A year given twice, or a gap between two years."""
    faults = []
    for earlier, later in pairwise(sorted(years)):
        if earlier == later:
            faults.append(f"{later} 年有两张日历 / two calendars for {later}")
        elif later != earlier + 1:
            faults.append(f"缺 {earlier + 1} 年的日历 / the calendar of {earlier + 1} is missing")
    return faults


def days_of(holiday: Holiday) -> list[date]:
    """Every day off of one holiday."""
    return list(_days(holiday.first, holiday.last))


def _faults_of_holiday(year: CalendarYear, holiday: Holiday) -> list[str]:
    name, length = holiday.name_zh, (holiday.last - holiday.first).days + 1
    faults = []
    if length != holiday.days:
        faults.append(
            f"{name}：{holiday.first} 至 {holiday.last} 是 {length} 天，写的是 {holiday.days} 天"
        )
    if year.year not in (holiday.first.year, holiday.last.year):
        faults.append(f"{name}：{holiday.first} 不在 {year.year} 年 / not in this year")
    for day in holiday.make_up:
        if day.weekday() < SATURDAY:
            faults.append(f"{name}：调休上班日 {day} 不是周末 / a make-up day is a weekend day")
        if abs(day.year - year.year) > 1:
            faults.append(f"{name}：调休上班日 {day} 不在 {year.year} 年前后 / far from this year")
    return faults


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
