"""The working-day calendar against an independent one, and against faults in a year's file."""

import json
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest

import law
from law.calendar import WorkingCalendar
from law.calendar_page import calendar_page
from law.notice import (
    SATURDAY,
    STATUTORY_ZH,
    CalendarYear,
    faults_between_years,
    faults_of_year,
)
from law.shape import read

LEFT_OUT_BY_CHINESECALENDAR = date(2005, 12, 31)
"""The notice for 2006 has this Saturday worked; chinesecalendar 1.11.0 leaves it out."""


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
        "days_off": 9,
        "make_up_days": 1,
        "holidays": [holiday_with(), *other_feasts()],
    }
    written, flaws = read(CalendarYear, {**year, **changes})
    if written is None:
        raise ValueError(flaws)
    return written


def other_feasts() -> list[dict[str, Any]]:
    """The rest of the statutory feasts, a day each, in February."""
    return [
        {
            "name_zh": feast,
            "name_en": "a feast",
            "from": date(2031, 2, number),
            "to": date(2031, 2, number),
            "days": 1,
        }
        for number, feast in enumerate(STATUTORY_ZH[1:], 1)
    ]


def holiday_with(**changes: Any) -> dict[str, Any]:
    holiday = {
        "name_zh": "元旦",
        "name_en": "New Year's Day",
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
        ({"days_off": 10}, "放假 9 天，通知为 10 天"),
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
        ({"holidays": [holiday_with(), *other_feasts()[1:]], "days_off": 8}, "没有春节的安排"),
    ],
)
def test_a_year_that_does_not_add_up_is_found(changes: dict[str, Any], fault: str) -> None:
    assert faults_of_year(year_with()) == []
    assert any(fault in found for found in faults_of_year(year_with(**changes)))


def test_a_year_given_twice_or_left_out_is_found() -> None:
    assert faults_between_years([2024, 2025, 2026]) == []
    assert "两张" in faults_between_years([2024, 2024])[0]
    assert "缺 2025" in faults_between_years([2024, 2026])[0]


def test_two_independent_calendars_agree_on_every_day(calendar: WorkingCalendar) -> None:
    second = json.loads((Path(__file__).parent / "second_calendar.json").read_text("utf-8"))

    days = [
        calendar.first + timedelta(days=n) for n in range((calendar.last - calendar.first).days + 1)
    ]
    unlike_the_first = [
        day for day in days if calendar.is_working(day) != chinese_calendar.is_workday(day)
    ]
    unlike_the_second = [
        day for day in days if calendar.is_working(day) != _worked_by_the_second(second, day)
    ]

    assert (calendar.first, calendar.last) == (date(2004, 1, 1), date(2026, 12, 31))
    assert unlike_the_first == [LEFT_OUT_BY_CHINESECALENDAR]
    assert unlike_the_second == []


def _worked_by_the_second(second: dict[str, Any], day: date) -> bool:
    year, mm_dd = second["years"][str(day.year)], day.strftime("%m-%d")
    return mm_dd in year["worked"] or (day.weekday() < SATURDAY and mm_dd not in year["off"])


def test_a_year_whose_notice_was_not_read_says_so(calendar: WorkingCalendar) -> None:
    unread = [year.year for year in calendar.years if year.notice_number is None]

    assert unread, "when every notice was read, this test has no work"
    assert all(year.mark == "C" for year in calendar.years if year.year in unread)
    with pytest.raises(ValueError, match="读过通知"):
        year_with(notice_number=None, mark="P")


def test_a_later_notice_is_named_beside_the_year_that_it_changed(
    calendar: WorkingCalendar,
) -> None:
    page = calendar_page(2020, calendar)

    assert "延长2020年春节假期" in page.text()
    assert not calendar.is_working(date(2020, 1, 31))
    assert "2020-02-02（周日），共 10 天；2020-01-19（周日） 上班" in page.text()


def test_a_printed_year_has_its_notice_and_adds_up(calendar: WorkingCalendar) -> None:
    page = calendar_page(2026, calendar)

    assert "国办发明电〔2025〕7号" in page.text()
    assert "春节：2026-02-15（周日） 至 2026-02-23（周一），共 9 天" in page.text()
    assert page.as_dict()["working_days"]["2026-02"] == 16
    assert page.as_dict()["working_days_total"] == calendar.between(
        date(2026, 1, 1), date(2026, 12, 31)
    )
    with pytest.raises(law.BeyondCalendar):
        calendar_page(2027, calendar)


def test_a_copied_year_whose_days_were_not_mended_is_refused_with_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "calendars"
    folder.mkdir()
    text = (resources.files("law") / "tables/calendars/2026.yaml").read_text("utf-8")
    (folder / "2027.yaml").write_text(text.replace("2026", "2027"), encoding="utf-8")

    with pytest.raises(law.LawTableError) as refused:
        law.load(tmp_path)
    assert "calendars/2027.yaml:" in str(refused.value)
    assert "元旦：调休上班日 2027-01-04 不是周末" in str(refused.value)


def test_a_make_up_sunday_counts_and_a_holiday_does_not(calendar: WorkingCalendar) -> None:
    assert calendar.is_working(date(2026, 1, 4))
    assert not calendar.is_working(date(2026, 2, 17))
    assert calendar.on_or_after(date(2026, 2, 15)) == date(2026, 2, 24)
    assert calendar.add(date(2026, 2, 12), 3) == date(2026, 2, 24)
    assert calendar.between(date(2026, 2, 14), date(2026, 2, 28)) == 6
