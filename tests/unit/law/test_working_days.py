"""The working-day calendar against an independent one, and against faults in a year's file."""

from datetime import date, timedelta
from typing import Any

import chinese_calendar
import pytest

import law
from law.calendar import WorkingCalendar, faults_between_years, faults_of_year
from law.rows import CalendarYear


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return law.load().calendar


def year_with(**changes: Any) -> CalendarYear:
    year: dict[str, Any] = {
        "year": 2031,
        "notice": "一个虚构的通知",
        "notice_number": "虚构〔2030〕1号",
        "issued_on": date(2030, 11, 1),
        "mark": "M",
        "source": "test",
        "days_off": 3,
        "make_up_days": 1,
        "holidays": [holiday_with()],
    }
    return CalendarYear.model_validate({**year, **changes})


def holiday_with(**changes: Any) -> dict[str, Any]:
    holiday = {
        "name_zh": "某节",
        "name_en": "some feast",
        "from": date(2031, 1, 1),
        "to": date(2031, 1, 3),
        "days": 3,
        "make_up": [date(2031, 1, 4)],
    }
    return {**holiday, **changes}


def test_a_day_outside_the_published_years_is_unknown(calendar: WorkingCalendar) -> None:
    for unpublished in (calendar.first - timedelta(days=1), calendar.last + timedelta(days=1)):
        with pytest.raises(law.BeyondCalendar) as beyond:
            calendar.is_working(unpublished)
        assert beyond.value.day == unpublished


def test_counting_into_an_unpublished_year_is_unknown(calendar: WorkingCalendar) -> None:
    with pytest.raises(law.BeyondCalendar):
        calendar.add(calendar.last, 1)
    with pytest.raises(law.BeyondCalendar):
        calendar.between(calendar.last, calendar.last + timedelta(days=1))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"days_off": 4}, "放假 3 天，通知为 4 天"),
        ({"make_up_days": 2}, "调休上班 1 天，通知为 2 天"),
        ({"holidays": [holiday_with(days=2)]}, "是 3 天，写的是 2 天"),
        ({"holidays": [holiday_with(make_up=[date(2031, 1, 6)])]}, "不是周末"),
        ({"holidays": [holiday_with(), holiday_with()]}, "重叠"),
        ({"holidays": [holiday_with(to=date(2031, 1, 4), days=4)]}, "既放假又上班"),
        (
            {"holidays": [holiday_with(**{"from": date(2033, 1, 1), "to": date(2033, 1, 3)})]},
            "不在 2031 年",
        ),
        ({"holidays": [holiday_with(make_up=[date(2034, 1, 1)])]}, "不在 2031 年前后"),
    ],
)
def test_a_year_that_does_not_add_up_is_found(changes: dict[str, Any], fault: str) -> None:
    assert faults_of_year(year_with()) == []
    assert any(fault in found for found in faults_of_year(year_with(**changes)))


def test_a_year_given_twice_or_left_out_is_found() -> None:
    assert faults_between_years([2024, 2025, 2026]) == []
    assert "两张" in faults_between_years([2024, 2024])[0]
    assert "缺 2025" in faults_between_years([2024, 2026])[0]


def test_every_day_covered_agrees_with_chinesecalendar(calendar: WorkingCalendar) -> None:
    days = [
        calendar.first + timedelta(days=n) for n in range((calendar.last - calendar.first).days + 1)
    ]

    differing = [
        day for day in days if calendar.is_working(day) != chinese_calendar.is_workday(day)
    ]

    assert len(days) >= 366 + 365 + 365
    assert differing == []


def test_a_make_up_sunday_counts_and_a_holiday_does_not(calendar: WorkingCalendar) -> None:
    assert calendar.is_working(date(2026, 1, 4))
    assert not calendar.is_working(date(2026, 2, 17))
    assert calendar.on_or_after(date(2026, 2, 15)) == date(2026, 2, 24)
    assert calendar.add(date(2026, 2, 12), 3) == date(2026, 2, 24)
    assert calendar.between(date(2026, 2, 14), date(2026, 2, 28)) == 6
