"""区划代码: which place a code names, whether it is in force, and at which digits it goes wrong."""

from law import divisions
from law.divisions import VILLAGES_OF, Division, Divisions
from law.numbers.reading import NumberReading, PartValue, compact, wrong
from law.regions import NATION, chain, normal

LENGTHS = (2, 4, 6, 9, 12)
_DIGITS_ZH = {
    2: "第 1、2 位：没有这个省级代码",
    4: "第 3、4 位：名单里没有这个地级代码",
    6: "第 5、6 位：名单里没有这个县级代码",
    9: "第 7 至 9 位：名单里没有这个乡级代码",
    12: "第 10 至 12 位：名单里没有这个村级代码",
}
_WITHOUT_A_NAME = ("90",)
"""Third and fourth digit of counties right under a province, which no list names."""


def division(text: str) -> NumberReading:
    """区划代码 of 12 digits, or shortened to 2, 4, 6 or 9; canonical with 12.

    An abolished code is valid: it is read, and names its successor where one is known. A village
    is looked up in VILLAGES_OF alone; elsewhere `name` is None and the township was checked.
    """
    code = compact(text)
    if not (code.isascii() and code.isdigit() and len(code) in LENGTHS) or set(code[:2]) == {"0"}:
        return wrong("division", "应为 12 位数字（也可只写省 2、市 4、县 6、乡镇 9 位）")
    table = divisions.load()
    short = normal(code)
    for place in reversed([one for one in chain(short) if one != NATION]):
        if table.named(place) is None and not _may_lack_a_name(place):
            return wrong("division", _DIGITS_ZH[len(place)])
    named = table.named(short)
    return NumberReading("division", True, short.ljust(12, "0"), _parts(table, short, named))


def _may_lack_a_name(place: str) -> bool:
    if len(place) == 4:
        return place[2:] in _WITHOUT_A_NAME
    return len(place) == 12 and place[:2] not in VILLAGES_OF


def _parts(table: Divisions, code: str, named: Division | None) -> dict[str, PartValue]:
    parent = table.parent(code)
    if named is None:
        level, status, successors = divisions.level_of(code), "not_carried", tuple[str, ...]()
    else:
        level, status, successors = named.level, named.status, named.successors
    return {
        "level": level,
        "name": named.name if named else None,
        "full_name": table.full_name(code),
        "parent": parent.code if parent else None,
        "status": status,
        "successors": successors,
    }
