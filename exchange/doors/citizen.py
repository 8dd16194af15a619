"""What printed forms say of a person: who it is, where to find them, how to reach them."""

import re
import unicodedata
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from exchange.doors.numbers import Reading, number

PARTIES_MAX = 50
"""Parties of one dispute."""

_PHONE = re.compile(r"1\d{10}|0\d{9,11}|\d{7,8}")
_MARKS = re.compile(r"[\s\-()]")
_CHINA = re.compile(r"^\+?86(?=1\d{10}$)")


def citizen_id(read: Callable[[str], Reading]) -> AfterValidator:
    """Annotates a text as a citizen identity number, by the rule that reads one."""
    return number(read, "bad_citizen_id", "a citizen identity number (GB 11643)")


def _phone(text: str) -> str:
    digits = _CHINA.sub("", _MARKS.sub("", unicodedata.normalize("NFKC", text)))
    if not _PHONE.fullmatch(digits):
        raise PydanticCustomError(
            "bad_phone",
            "应为 11 位手机号，或者带区号的固定电话 / not a mobile or landline number",
        )
    return digits


Name = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
CitizenIdText = Annotated[str, StringConstraints(max_length=40)]
"""A citizen identity number as typed; the form adds `citizen_id` with the law's rule."""

Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
"""A mobile number (11 digits beginning with 1: new ranges are opened every few years) or a landline
number, without its marks."""
