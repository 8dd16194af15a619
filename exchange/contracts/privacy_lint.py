"""Personal data where none may be: a lint of values and of field names.

An event carries ids, places, kinds and rules; never a person (docs/architecture.md, Dossier). The
patterns are those of mainland China: GB 11643 identity numbers, the numbering plan of telephones,
GA 36 plates. They find what slipped in by mistake; they are no proof that nothing did.

A Chinese name has no shape of its own. What is looked for is a common surname with a given name
where a name would stand: the whole of a short value, or after a word such as 当事人.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from stdnum.iso7064 import mod_11_2

from exchange.contracts.schema_branches import Schema, escaped

FindingKind = Literal[
    "citizen_id", "old_citizen_id", "mobile", "landline", "plate", "email", "personal_name", "field"
]

BIRTH_YEAR_MIN = 1900

FREE_OF_NAMES = frozenset({"kind", "specialties"})
"""Fields of closed word lists, whose short Chinese words are no names."""

INSTITUTION_NAMES = frozenset({("agency.listed", "/properties/name")})
"""The one field that holds a name: an institution's, in the directory."""

FORBIDDEN_WORDS = frozenset(
    {"name", "names", "surname", "phone", "telephone", "tel", "mobile", "email", "address"}
    | {"narrative", "born", "birth", "birthday", "idcard", "passport", "plate", "gender", "sex"}
)
FORBIDDEN_PAIRS = frozenset({("id", "number"), ("id", "card"), ("id", "no"), ("party", "id")})
FORBIDDEN_CHINESE = ("姓名", "身份证", "身份号码", "电话", "手机", "住址", "地址", "出生", "车牌")

_APART = r"(?<![0-9A-Za-z])"
_END = r"(?![0-9A-Za-z])"
_CITIZEN_ID = re.compile(rf"{_APART}[1-9]\d{{16}}[0-9Xx]{_END}")
_OLD_ID = re.compile(rf"{_APART}[1-9]\d{{7}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}{_END}")
_MOBILE = re.compile(rf"(?:(?<![0-9A-Za-z])|(?<=86))1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}{_END}")
_LANDLINE = re.compile(rf"{_APART}\(?0\d{{2,3}}\)?[- ]?[2-9]\d{{6,7}}{_END}")
_PLATE = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
    rf"[A-HJ-NP-Z][·•. ]?[0-9A-HJ-NP-Z]{{4,5}}[0-9A-HJ-NP-Z挂学警港澳]{_END}"
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")

_OURS = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|[1-9]\d{5}-\d{4}-[0-9A-Z]{10}-[0-9A-Z]"
    r"|\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)"
)
"""Our own ids, dispute codes and times: their digits are nobody's number."""

_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯"
_COMMON = "王李张刘陈杨赵黄周吴徐孙胡朱郭罗宋郑谢韩唐冯董萧肖曹袁邓傅沈彭吕苏卢蒋蔡贾魏薛叶阎"
_COMMON += "潘杜戴夏锺钟汪田姜范廖姚谭邹熊陆郝孔崔康毛邱秦顾侯邵孟龙雷汤尹黎乔贺赖龚"
_AMBIGUOUS = "何高林马梁许丁余金江史万方白于程曾任石段钱易常武"
"""Surnames that begin everyday words too (何时, 金额, 于是): telling only where nothing follows."""

_GIVEN = r"[\u4e00-\u9fff]{1,2}"
_WHOLE_NAME = re.compile(f"(?:{_COMPOUND}|[{_COMMON}{_AMBIGUOUS}]){_GIVEN}")
_NAME_INSIDE = re.compile(
    "(?:当事人|申请人|被申请人|原告|被告|甲方|乙方|姓名|村民|居民|调解员|经办人|联系人|第三人)"
    f"[为是系：: ]?(?:{_COMPOUND}|[{_COMMON}]){_GIVEN}"
    f"|(?:{_COMPOUND}|[{_COMMON}]){_GIVEN}(?:先生|女士|同志|之妻|之夫|之子|之女)"
)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Where (JSON Pointer) something of a person seems to stand. The value is never repeated."""

    pointer: str
    kind: FindingKind


def findings(value: Any, *, free_of_names: frozenset[str] = FREE_OF_NAMES) -> list[Finding]:
    """Everything suspicious in a JSON value; keys count as texts too.

    Short Chinese values of the fields `free_of_names` are not taken for names.
    """
    return sorted(set(_in_value(value, "", may_be_name=True, free=free_of_names)))


def field_findings(event_type: str, schema: Schema) -> list[Finding]:
    """The fields of an event's schema whose very name asks for personal data."""
    return sorted(
        Finding(pointer, "field")
        for pointer, name in _fields(schema, "")
        if asks_for_a_person(name) and (event_type, pointer) not in INSTITUTION_NAMES
    )


def asks_for_a_person(field: str) -> bool:
    """Whether a field of this name would hold a name, a number or the story of a person."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field).lower().split("_")
    return (
        not FORBIDDEN_WORDS.isdisjoint(words)
        or any(pair in FORBIDDEN_PAIRS for pair in pairwise(words))
        or any(word in field for word in FORBIDDEN_CHINESE)
    )


def number_of_a_person(text: str) -> bool:
    """Whether a text holds a citizen identity number (GB 11643: day of birth and check digit) or a
    mobile number. A serial number of 18 digits rarely has both."""
    plain = _OURS.sub(" ", unicodedata.normalize("NFKC", text))
    return _MOBILE.search(plain) is not None or any(
        mod_11_2.is_valid(number.upper()) and _is_day(number[6:14])
        for number in _CITIZEN_ID.findall(plain)
    )


def _is_day(digits: str) -> bool:
    try:
        return date.fromisoformat(digits).year >= BIRTH_YEAR_MIN
    except ValueError:
        return False


def _in_value(
    value: Any, pointer: str, *, may_be_name: bool, free: frozenset[str]
) -> Iterator[Finding]:
    match value:
        case dict():
            for key, inner in value.items():
                at = f"{pointer}/{escaped(str(key))}"
                yield from _in_text(str(key), at, may_be_name=False)
                yield from _in_value(inner, at, may_be_name=key not in free, free=free)
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from _in_value(
                    inner, f"{pointer}/{number}", may_be_name=may_be_name, free=free
                )
        case bool() | None:
            return
        case _:
            yield from _in_text(str(value), pointer, may_be_name=may_be_name)


def _in_text(text: str, pointer: str, *, may_be_name: bool) -> Iterator[Finding]:
    """Full-width digits are digits; what has the shape of our own ids is put aside first."""
    plain = _OURS.sub(" ", unicodedata.normalize("NFKC", text))
    if any(mod_11_2.is_valid(number.upper()) for number in _CITIZEN_ID.findall(plain)):
        yield Finding(pointer, "citizen_id")
    shapes: tuple[tuple[re.Pattern[str], FindingKind], ...] = (
        (_OLD_ID, "old_citizen_id"),
        (_MOBILE, "mobile"),
        (_LANDLINE, "landline"),
        (_PLATE, "plate"),
        (_EMAIL, "email"),
    )
    for pattern, kind in shapes:
        if pattern.search(plain):
            yield Finding(pointer, kind)
    is_whole = may_be_name and _WHOLE_NAME.fullmatch(plain.strip())
    if is_whole or _NAME_INSIDE.search(plain):
        yield Finding(pointer, "personal_name")


def _fields(schema: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Every field of every object in the schema: its pointer and its name."""
    if isinstance(schema, dict):
        for name in schema.get("properties", {}):
            yield f"{pointer}/properties/{escaped(name)}", name
        for key, inner in schema.items():
            yield from _fields(inner, f"{pointer}/{escaped(key)}")
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from _fields(inner, f"{pointer}/{number}")
