"""Invented people: names that are roles, numbers that no one was ever given.

An ID number made here has a right checksum (GB 11643) and a division, 339999, that was never
assigned; so it passes every check of form and belongs to nobody.
"""

from dataclasses import dataclass
from datetime import date

from stdnum.cn import uscc as gb32100
from stdnum.iso7064 import mod_11_2

UNASSIGNED_DIVISION = "339999"


@dataclass(frozen=True, slots=True)
class InventedPerson:
    """Somebody who does not exist."""

    name: str
    citizen_id: str
    phone: str


def citizen_id(
    *, birth: date = date(1980, 5, 17), order: int = 1, division: str = UNASSIGNED_DIVISION
) -> str:
    """A well-formed 公民身份号码; an odd `order` (0..999) is a man's."""
    body = f"{division}{birth:%Y%m%d}{order:03d}"
    return body + mod_11_2.calc_check_digit(body)


def uscc(*, organisation: str = "TETQ00001", division: str = UNASSIGNED_DIVISION) -> str:
    """A well-formed 统一社会信用代码; `organisation` has nine characters, no I, O, S, V, Z."""
    body = f"91{division}{organisation}"
    return body + gb32100.calc_check_digit(body)


def person(order: int, *, birth: date = date(1980, 5, 17)) -> InventedPerson:
    """The `order`-th invented person: 试一某 ... with a number and a phone of their own."""
    return InventedPerson(
        name=f"试{_numeral(order)}某",
        citizen_id=citizen_id(birth=birth, order=order),
        phone=f"1000000{order:04d}",
    )


def _numeral(order: int) -> str:
    return "".join("零一二三四五六七八九"[int(digit)] for digit in str(order))
