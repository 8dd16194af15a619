"""A day as an office program hands it back: as it was typed, with a time, or as a serial number."""

import re
from datetime import date, timedelta

EPOCH = date(1899, 12, 30)
"""Day 0 of the 1900 date system, as seen from any day after its false leap day (1900-02-29)."""
SERIAL_FIRST, SERIAL_LAST = 36_526, 73_050
"""2000-01-01 and 2099-12-31: a number outside was not meant as a day."""

_WRITTEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


def day_of_cell(text: str) -> date:
    """2026-11-24, 2026/11/24, 2026年11月24日, with or without a time, or 46350.

    ValueError says how to write one.
    """
    written, serial = _WRITTEN.fullmatch(text.strip()), _SERIAL.fullmatch(text.strip())
    if serial and SERIAL_FIRST <= int(serial[1]) <= SERIAL_LAST:
        return EPOCH + timedelta(days=int(serial[1]))
    try:
        if written:
            return date(*map(int, written.groups()))
    except ValueError as error:
        raise ValueError(_not_a_day(text)) from error
    raise ValueError(_not_a_day(text))


def _not_a_day(text: str) -> str:
    return f"“{text}”不是一个日期，请写作 2026-03-02 或 2026年3月2日 / not a date"
