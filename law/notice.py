"""A year's notice of days off (节假日安排) as an operator writes it, and what is wrong with it.

The State Council's general office publishes one each autumn; a later notice may change it, and is
named in `amended_by`. A weekday is worked and a weekend day is not unless a notice says otherwise,
so every day of a year with a notice is decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated

from law.rows import Mark, Words
from law.shape import Shape, Written, at_least, at_most

YEAR_FIRST = 2004
SATURDAY = 5
STATUTORY_ZH = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
"""The feasts of 全国年节及纪念日放假办法 since 2008; before that four of them."""

_BEFORE_2008_ZH = ("元旦", "春节", "劳动节", "国庆节")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday(Shape):
    """One holiday of a notice: the days off, their number, the make-up days (调休上班)."""

    name_zh: Words
    name_en: Words
    first: Annotated[date, Written("from")]
    last: Annotated[date, Written("to")]
    days: Annotated[int, at_least(1)]
    make_up: tuple[date, ...] = ()

    @property
    def days_off(self) -> tuple[date, ...]:
        """Every day off, weekends inside included."""
        length = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(days=n) for n in range(length))


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment(Shape):
    """A later notice that changed the year; what it says stands in the holidays already."""

    notice: Words
    notice_number: Words | None
    issued_on: date | None
    source: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarYear(Shape):
    """One year's notice. `notice_number` and `issued_on` are null where the notice was not read."""

    year: Annotated[int, at_least(YEAR_FIRST), at_most(2100)]
    notice: Words
    notice_number: Words | None
    issued_on: date | None
    mark: Mark
    source: Words
    amended_by: tuple[Amendment, ...] = ()
    days_off: Annotated[int, at_least(1)]
    make_up_days: Annotated[int, at_least(0)]
    holidays: Annotated[tuple[Holiday, ...], at_least(1)]

    def flaws(self) -> Iterable[str]:
        """A notice that was read has its number."""
        if self.notice_number is None and self.mark in ("V", "P"):
            yield "读过通知（V、P）就须写文号 notice_number / a notice that was read has a number"


def faults_of_year(year: CalendarYear) -> list[str]:
    """Why a year's table cannot be what the notice says."""
    faults = [fault for holiday in year.holidays for fault in _faults_of_holiday(year, holiday)]
    off = [day for holiday in year.holidays for day in holiday.days_off]
    made_up = [day for holiday in year.holidays for day in holiday.make_up]
    if len(off) != len(set(off)):
        faults.append("两个假期有重叠的日子 / two holidays overlap")
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
    return [*faults, *_feasts_left_out(year)]


def faults_between_years(years: Iterable[int]) -> list[str]:
    """A year given twice, or a gap between two years."""
    faults = []
    for earlier, later in pairwise(sorted(years)):
        if earlier == later:
            faults.append(f"{later} 年有两张日历 / two calendars for {later}")
        elif later != earlier + 1:
            faults.append(f"缺 {earlier + 1} 年的日历 / the calendar of {earlier + 1} is missing")
    return faults


def _faults_of_holiday(year: CalendarYear, holiday: Holiday) -> list[str]:
    name, length = holiday.name_zh, len(holiday.days_off)
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


def _feasts_left_out(year: CalendarYear) -> list[str]:
    feasts = STATUTORY_ZH if year.year >= 2008 else _BEFORE_2008_ZH
    named = "、".join(holiday.name_zh for holiday in year.holidays)
    return [f"没有{feast}的安排 / {feast} is left out" for feast in feasts if feast not in named]
