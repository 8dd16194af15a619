"""A day, a time or a period as people write it: 2026-03-02, 2026/3/2, 2026.3.2, 2026年3月2日 15:30.

Full-width digits and marks are read like plain ones. The year has four digits and comes first:
what could be read in two ways is refused, with how to write it.
"""

import re
import unicodedata
from datetime import date, datetime

from law.local_time import SHANGHAI, local_day

_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})"
    r"|\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?|(\d{2})(\d{2}))",
    re.ASCII,
)
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
    r"|(?P<hour_zh>\d{1,2})\s*[时点]\s*(?:(?P<minute_zh>\d{1,2})\s*分?)?",
    re.ASCII,
)
_BEFORE_A_TIME = re.compile(r"\s*T\s*|\s+|(?<=[日号])")
_YEAR_NOT_FIRST = re.compile(r"\d{1,2}([-/.])\d{1,2}(\1\d{1,4})?|\d{1,2}年.*|\d{1,2}月.*")
_PERIOD = re.compile(r"(\S.*?)\s*(?:\.{2,6}|~|至|到|—+)\s*(\S+)(?:\s+(\S.*))?")


def a_day(text: str) -> date:
    """A date; ValueError says how to write one."""
    written = _plain(text)
    found = _DAY.fullmatch(written)
    if found is None:
        raise ValueError(_not_a_day(text, written))
    return _day(text, found)


def a_moment(text: str) -> date | datetime:
    """A date, or a time of day; a time without a zone is China Standard Time."""
    written = _plain(text)
    found = _DAY.match(written)
    if found is None or found.end() == len(written):
        return a_day(text)
    gap = _BEFORE_A_TIME.match(written, found.end())
    clock = _TIME.fullmatch(written, gap.end()) if gap else None
    if clock is None:
        raise ValueError(_not_a_time(text))
    return _time(text, _day(text, found), clock.groupdict())


def a_period(text: str) -> tuple[date, date, str]:
    """Its first and last day, and the ground (事由) that follows them, or nothing."""
    found = _PERIOD.fullmatch(_plain(text))
    if found is None:
        raise ValueError(
            f"“{text}”不是一段期间，请写作 2026-03-10..2026-03-16 或"
            " 2026年3月10日至2026年3月16日 / not a period"
        )
    return a_day(found[1]), a_day(found[2]), found[3] or ""


def a_day_with_ground(text: str) -> tuple[date, str]:
    """A date and the ground (事由) that follows it, or nothing."""
    day, _, ground = _plain(text).partition(" ")
    return a_day(day), ground.strip()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _day(text: str, found: re.Match[str]) -> date:
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        written = date(year, month, day)
    except ValueError as error:
        raise ValueError(_not_a_day(text, "")) from error
    return local_day(written)


def _time(text: str, day: date, clock: dict[str, str | None]) -> datetime:
    hour = int(clock["hour"] or clock["hour_zh"] or 0)
    minute = int(clock["minute"] or clock["minute_zh"] or 0)
    second, zone = int(clock["second"] or 0), clock["zone"] or ""
    try:
        moment = datetime.fromisoformat(f"{day}T{hour:02}:{minute:02}:{second:02}{zone}")
    except ValueError as error:
        raise ValueError(_not_a_time(text)) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _not_a_day(text: str, written: str) -> str:
    if _YEAR_NOT_FIRST.fullmatch(written):
        return (
            f"“{text}”不是一个日期：分不清年、月、日，请把四位的年写在最前，"
            "如 2026-03-02 或 2026年3月2日 / ambiguous, write the year first"
        )
    return f"“{text}”不是一个日期，请写作 2026-03-02 或 2026年3月2日 / not a date"


def _not_a_time(text: str) -> str:
    return (
        f"“{text}”不是一个时刻，请写作 2026-03-02T15:30 或 2026年3月2日15时30分（二十四小时制）"
        " / not a time"
    )
