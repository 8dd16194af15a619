"""The time of an act: China Standard Time, and the day that an act is of.

A fixed UTC+8 is used instead of a zone file: no clock of the tables can start before 1992, the last
time that China changed its clocks.
"""

from datetime import date, datetime, time, timedelta, timezone

from law.errors import BadActTime

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
MIDNIGHT = time(tzinfo=SHANGHAI)
ONE_DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2199, 12, 31)
"""No act is of another day: a year outside was mistyped, and counting from it would not end."""


def local_day(moment: date | datetime) -> date:
    """The local date of an act; BadActTime for a time without zone, or a day of no act."""
    if isinstance(moment, datetime):
        return local(moment).date()
    return _possible(moment)


def local(moment: datetime) -> datetime:
    """The same instant in Shanghai; BadActTime for a time without zone, or of a day of no act."""
    _possible(moment.date())
    if moment.tzinfo is None:
        raise BadActTime(f"时间 {moment.isoformat()} 没有时区 / a time without a zone")
    return moment.astimezone(SHANGHAI)


def end_of(day: date) -> datetime:
    """The first instant after `day`: 00:00 of the next day in Shanghai."""
    return datetime.combine(day + ONE_DAY, MIDNIGHT)


def _possible(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadActTime(
            f"{day} 不像一个行为的日期，应在 {FIRST_DAY.year} 至 {LAST_DAY.year} 年之间，请核对年份"
            " / no act is of that year"
        )
    return day
