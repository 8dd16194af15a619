"""Numbers of the outside world: parse, check, normalise. Validity of form only, never of existence.

No answer repeats more of a citizen's number than its parts, and no message contains it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from stdnum.cn import uscc as gb32100
from stdnum.iso7064 import mod_11_2

NumberKind = Literal["court_case", "citizen_id", "uscc"]

TEXT_MAX = 200

_CITIZEN_ID = re.compile(r"^(\d{6})(\d{8})(\d{3})([0-9X])$")
_USCC = re.compile(
    r"^([0-9A-HJ-NPQRTUWXY])([0-9A-HJ-NPQRTUWXY])(\d{6})([0-9A-HJ-NPQRTUWXY]{9})([0-9A-HJ-NPQRTUWXY])$"
)
_COURT_CASE = re.compile(
    r"^[（(〔](?P<year>\d{4})[）)〕](?P<court>最高法|[一-龥](?:\d{4}|\d{2})?)(?P<special>知)?"
    r"(?P<type>[一-龥]{1,6})(?P<seq>[1-9]\d*)号(?P<suffix>之[一二三四五六七八九十]+)?$"
)
_COURT_CASE_HEADS = (
    (r"^[（(〔]\d{4}[）)〕]", "年份：应为括号里的四位年份，如（2026）"),
    (
        r"^.{6}(?:最高法|[一-龥](?:\d{4}|\d{2})?)",
        "法院代字：应为省份简称加两位或四位数字，如 浙0803",
    ),
    (
        r"^.{6}(?:最高法|[一-龥](?:\d{4}|\d{2})?)知?[一-龥]{1,6}",
        "类型代字：应为一至六个汉字，如 民初、民特",
    ),
    (r"^.*?[一-龥][1-9]\d*号", "序号：应为不以 0 开头的数字，后接“号”"),
)


@dataclass(frozen=True, slots=True)
class NumberReading:
    """What a text is as a number of `kind`; `problem` says which part is wrong and why."""

    kind: NumberKind
    valid: bool
    canonical: str | None
    parts: Mapping[str, str | int] = field(default_factory=dict)
    problem: str | None = None


def citizen_id(text: str) -> NumberReading:
    """公民身份号码 (GB 11643): six of division, eight of birth, three of order, one check.

    The division is not looked up: many valid numbers carry codes that were abolished since.
    """
    number = _compact(text).upper()
    found = _CITIZEN_ID.match(number)
    if found is None:
        if re.fullmatch(r"\d{15}", number):
            return _wrong("citizen_id", "这是 15 位旧号码，2013 年起停用，请用 18 位号码")
        return _wrong("citizen_id", "应为 17 位数字加 1 位数字或 X，共 18 位")
    division, born, order, check = found.groups()
    birth = _birth(born)
    if birth is None:
        return _wrong("citizen_id", "第 7 至 14 位不是一个日期（出生年月日）")
    if mod_11_2.calc_check_digit(number[:17]) != check:
        return _wrong("citizen_id", "最后一位校验码不对，请核对各位数字")
    sex = "男" if int(order[-1]) % 2 else "女"
    parts = {"division": division, "birth": birth.isoformat(), "sex": sex}
    return NumberReading("citizen_id", True, number, parts)


def uscc(text: str) -> NumberReading:
    """统一社会信用代码 (GB 32100): registrar, category, division, organisation code, check."""
    number = _compact(text).replace("-", "").upper()
    found = _USCC.match(number)
    if found is None:
        return _wrong("uscc", "应为 18 位：前 2 位数字或字母，再 6 位数字，其余不含 I、O、S、V、Z")
    registrar, category, division, organisation, check = found.groups()
    if gb32100.calc_check_digit(number[:17]) != check:
        return _wrong("uscc", "最后一位校验码不对，请核对各位")
    parts = {
        "registrar": registrar,
        "category": category,
        "division": division,
        "org_code": organisation,
    }
    return NumberReading("uscc", True, number, parts)


def court_case(text: str) -> NumberReading:
    """案号 (法〔2018〕335号): （年）court, special, type, sequence 号, suffix; full-width brackets.

    Types are an open vocabulary. 诉前调 is read like any other and never generated: no number is
    made here.
    """
    number = _compact(text)
    found = _COURT_CASE.match(number)
    if found is None:
        return _wrong("court_case", _court_case_problem(number))
    named = found.groupdict(default="")
    parts: dict[str, str | int] = {**named, "year": int(named["year"]), "seq": int(named["seq"])}
    canonical = (
        f"（{named['year']}）{named['court']}{named['special']}{named['type']}{named['seq']}号"
        f"{named['suffix']}"
    )
    return NumberReading("court_case", True, canonical, parts)


def _compact(text: str) -> str:
    """Without spaces, full-width digits and letters made plain."""
    return "".join(unicodedata.normalize("NFKC", text[:TEXT_MAX]).split())


def _wrong(kind: NumberKind, problem: str) -> NumberReading:
    return NumberReading(kind, False, None, problem=problem)


def _birth(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _court_case_problem(number: str) -> str:
    for head, problem in _COURT_CASE_HEADS:
        if not re.match(head, number):
            return problem
    return "末尾：“号”之后只能是“之一”“之二”这样的后缀"
