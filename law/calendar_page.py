"""A printed year: the days off, the make-up days and how many days are worked, month by month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from law.calendar import WorkingCalendar
from law.errors import BeyondCalendar
from law.notice import CalendarYear
from law.shape import plain

WEEKDAYS_ZH = "一二三四五六日"
MONTHS = 12


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """One year of the calendar: its notice, and the working days of each month."""

    year: CalendarYear
    working_days: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: the notice as it stands in the table, and the sums."""
        return {
            **plain(self.year),
            "working_days": {
                f"{self.year.year}-{month:02}": days
                for month, days in enumerate(self.working_days, 1)
            },
            "working_days_total": sum(self.working_days),
        }

    def text(self) -> str:
        """For a clerk, in Chinese."""
        return "\n".join(_lines(self)) + "\n"


def calendar_page(year: int, calendar: WorkingCalendar) -> CalendarPage:
    """The page of one year; BeyondCalendar if its notice is not in the tables.

    `calendar` is `law.load().calendar`.
    """
    for notice in calendar.years:
        if notice.year == year:
            return CalendarPage(notice, tuple(_worked(calendar, year)))
    raise BeyondCalendar(date(year, 1, 1))


def _worked(calendar: WorkingCalendar, year: int) -> Iterable[int]:
    for month in range(1, MONTHS + 1):
        following = date(year + month // MONTHS, month % MONTHS + 1, 1)
        yield calendar.between(date(year, month, 1), following - timedelta(days=1))


def _lines(page: CalendarPage) -> Iterable[str]:
    year = page.year
    number = year.notice_number or "文号未读到"
    yield f"{year.year} 年工作日历（{year.notice}，{number}）"
    for later in year.amended_by:
        yield f"  后经调整：{later.notice}（{later.notice_number or '文号未读到'}）"
    for holiday in year.holidays:
        span = _day(holiday.first)
        if holiday.days > 1:
            span += f" 至 {_day(holiday.last)}"
        made_up = "、".join(map(_day, holiday.make_up))
        yield f"  {holiday.name_zh}：{span}，共 {holiday.days} 天" + (
            f"；{made_up} 上班" if made_up else ""
        )
    months = "  ".join(f"{month}月{days}" for month, days in enumerate(page.working_days, 1))
    yield f"  各月工作日：{months}"
    yield f"  全年工作日 {sum(page.working_days)} 天；把握：{year.mark}；来源：{year.source}"


def _day(day: date) -> str:
    return f"{day}（周{WEEKDAYS_ZH[day.weekday()]}）"
