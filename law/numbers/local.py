"""接警单号 and 信访件编号: no national format, so each place's way of writing them is data.

The patterns stand in law/tables/numbers/ and in an operator's own folders, laid out alike.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from law import divisions
from law.errors import LawTableError, TableFault
from law.numbers.reading import KIND_ZH, NumberReading, PartValue, compact, wrong
from law.regions import NATION, chain
from law.rows import Mark, Region, Words
from law.shape import Shape
from law.tables import PACKAGED, rows_of

LocalKind = Literal["police_call", "petition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPattern(Shape):
    """One way in which one place writes one kind of number; `written_zh` says it to a clerk.

    The named groups of `pattern` are the parts; `date` must be a day, `division` a county of the
    lists. `example` fits, or the table does not load.
    """

    kind: LocalKind
    region: Region
    name_zh: Words
    pattern: Words
    written_zh: Words
    example: Words
    mark: Mark
    invented: bool = False

    def flaws(self) -> Iterable[str]:
        """What is wrong with the pattern itself."""
        try:
            compiled = re.compile(self.pattern)
        except re.error as error:
            yield f"pattern 不是正则表达式 / no regular expression: {error.msg}"
            return
        if not compiled.groupindex:
            yield "pattern 没有命名的部分，如 (?P<seq>…) / no named part"
        if compiled.fullmatch(compact(self.example)) is None:
            yield "example 不符合 pattern / the example does not fit"


@dataclass(frozen=True, slots=True)
class LocalPatterns:
    """Every pattern that was loaded."""

    patterns: tuple[LocalPattern, ...]

    def read(
        self, text: str, *, kind: LocalKind | None = None, region: str = NATION
    ) -> NumberReading | None:
        """The number by the nearest pattern that fits; None where none does.

        Without a region every place's patterns are tried; BadRegion if it is no code.
        """
        number = compact(text).upper()
        for pattern in self._asked(kind, region):
            if found := re.fullmatch(pattern.pattern, number, re.IGNORECASE):
                return _reading(pattern, number, found.groupdict())
        return None

    def problem(self, kind: LocalKind, region: str = NATION) -> NumberReading:
        """That a number fits none of the patterns, and how they are written."""
        name = KIND_ZH[kind]
        ways = [f"{pattern.name_zh}：{pattern.written_zh}" for pattern in self._asked(kind, region)]
        if not ways:
            return wrong(kind, f"{name}没有全国格式，本地也没有登记写法；请在 numbers/ 里添加")
        return wrong(kind, f"不是登记过的{name}写法。{'；'.join(ways)}")

    def _asked(self, kind: LocalKind | None, region: str) -> list[LocalPattern]:
        places = chain(region)
        asked = [pattern for pattern in self.patterns if kind in (None, pattern.kind)]
        if places == (NATION,):
            return asked
        here = [pattern for pattern in asked if pattern.region in places]
        return sorted(here, key=lambda pattern: places.index(pattern.region))


@lru_cache(maxsize=16)
def patterns(*folders: Path) -> LocalPatterns:
    """The packaged patterns and those of an operator's folders; LawTableError with every fault."""
    faults: list[TableFault] = []
    placed = [
        one
        for folder in (PACKAGED, *folders)
        for one in rows_of(folder, "numbers", LocalPattern, faults)
    ]
    if faults:
        raise LawTableError(faults)
    return LocalPatterns(tuple(one.row for one in placed))


def _reading(pattern: LocalPattern, number: str, found: dict[str, str | None]) -> NumberReading:
    parts: dict[str, PartValue] = {name: part for name, part in found.items() if part is not None}
    day, county = found.get("date"), found.get("division")
    if day is not None:
        if not _is_day(day):
            return wrong(pattern.kind, f"日期：{day} 不是一个日期（{pattern.written_zh}）")
        parts["date"] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if county is not None and divisions.load().named(county) is None:
        return wrong(pattern.kind, f"区划：名单里没有 {county}（{pattern.written_zh}）")
    return NumberReading(pattern.kind, True, number, parts | {"region": pattern.region})


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return len(digits) == len("20260302")
