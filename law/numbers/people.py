"""公民身份号码 and 统一社会信用代码: the numbers of people and organisations, by checksum."""

import re
from datetime import date

from stdnum.cn import uscc as gb32100
from stdnum.iso7064 import mod_11_2

from law.numbers.reading import NumberReading, compact, wrong

_CITIZEN_ID = re.compile(r"^(\d{6})(\d{8})(\d{3})([0-9X])$")
_USCC = re.compile(
    r"^([0-9A-HJ-NPQRTUWXY])([0-9A-HJ-NPQRTUWXY])(\d{6})([0-9A-HJ-NPQRTUWXY]{9})([0-9A-HJ-NPQRTUWXY])$"
)


def citizen_id(text: str) -> NumberReading:
    """公民身份号码 (GB 11643): six of division, eight of birth, three of order, one check.

    The division is not looked up: many valid numbers carry codes that were abolished since.
    """
    number = compact(text).upper()
    found = _CITIZEN_ID.match(number)
    if found is None:
        if re.fullmatch(r"\d{15}", number):
            return wrong("citizen_id", "这是 15 位旧号码，2013 年起停用，请用 18 位号码")
        return wrong("citizen_id", "应为 17 位数字加 1 位数字或 X，共 18 位")
    division, born, order, check = found.groups()
    birth = _birth(born)
    if birth is None:
        return wrong("citizen_id", "第 7 至 14 位不是一个日期（出生年月日）")
    if mod_11_2.calc_check_digit(number[:17]) != check:
        return wrong("citizen_id", "最后一位校验码不对，请核对各位数字")
    sex = "男" if int(order[-1]) % 2 else "女"
    parts = {"division": division, "birth": birth.isoformat(), "sex": sex}
    return NumberReading("citizen_id", True, number, parts)


def uscc(text: str) -> NumberReading:
    """统一社会信用代码 (GB 32100): registrar, category, division, organisation code, check."""
    number = compact(text).replace("-", "").upper()
    found = _USCC.match(number)
    if found is None:
        return wrong("uscc", "应为 18 位：前 2 位数字或字母，再 6 位数字，其余不含 I、O、S、V、Z")
    registrar, category, division, organisation, check = found.groups()
    if gb32100.calc_check_digit(number[:17]) != check:
        return wrong("uscc", "最后一位校验码不对，请核对各位")
    parts = {
        "registrar": registrar,
        "category": category,
        "division": division,
        "org_code": organisation,
    }
    return NumberReading("uscc", True, number, parts)


def _birth(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
