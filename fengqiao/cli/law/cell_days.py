"""A day as an office program hands it back: as it was typed, with a time, or as a serial number."""

import re
from datetime import date, datetime, timedelta

from fengqiao.cli.law.written_days import a_moment

EPOCH = date(1899, 12, 30)
"""Day 0 of the 1900 date system, as seen from any day after its false leap day (1900-02-29)."""
SERIAL_FIRST, SERIAL_LAST = 36_526, 73_050
"""2000-01-01 and 2099-12-31: a number outside was not meant as a day."""

_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


def day_of_cell(text: str) -> date:
    """2026-11-24, 2026/11/24, 2026年11月24日, with or without a time, or 46350.

    ValueError says how to write one.
    """
    serial = _SERIAL.fullmatch(text.strip())
    if serial and SERIAL_FIRST <= int(serial[1]) <= SERIAL_LAST:
        return EPOCH + timedelta(days=int(serial[1]))
    moment = a_moment(text)
    return moment.date() if isinstance(moment, datetime) else moment
