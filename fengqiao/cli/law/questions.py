"""What a user asked, part by part: all that is wrong is said at once, and how to write it."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import law
from law.regions import NATION, normal

VILLAGE_DIGITS, TOWNSHIP_DIGITS = 12, 9
PLACES_NAMED_MAX = 5
_ENDINGS = ("", "省", "市", "区", "县", "乡", "镇", "街道")


class Wrong(Exception):
    """What the user wrote and cannot be asked; `problems` names every part.

    `nearest` holds what is most like a name that is in no table; it is None where each was found.
    `is_missing`: a rule was asked for that is in no table.
    """

    def __init__(
        self,
        problems: Mapping[str, str],
        nearest: Sequence[str] | None = None,
        *,
        is_missing: bool = False,
    ) -> None:
        self.problems, self.nearest, self.is_missing = dict(problems), nearest, is_missing
        super().__init__("; ".join(f"{part}: {why}" for part, why in self.problems.items()))


class Parts:
    """The parts of a question, each read on its own."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}
        self.unknown: list[law.UnknownRule] = []

    def read(self, part: str, reader: Callable[[Any], Any], text: Any) -> Any:
        """What `reader` makes of it; None, and its problem kept, where it makes nothing."""
        try:
            return reader(text)
        except law.UnknownRule as unknown:
            self.unknown.append(unknown)
            self.problems[part] = str(unknown)
        except ValueError as error:
            self.problems[part] = str(error)
        return None

    def require_all(self) -> None:
        """Raises Wrong with every problem met so far."""
        if self.problems:
            near = [name for one in self.unknown for name in one.nearest]
            raise Wrong(
                self.problems, near if self.unknown else None, is_missing=bool(self.unknown)
            )


def a_region(text: str) -> str:
    """The code of a division that exists or existed; ValueError tells the code of a name.

    Villages are listed for some provinces only: elsewhere their township's code decides.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if not written.isascii():
        raise ValueError(_code_of(written))
    code = normal(written.upper())
    if code == NATION:
        return code
    from law import divisions

    known = divisions.load()
    if not known.history(code) and not (
        len(code) == VILLAGE_DIGITS and known.history(code[:TOWNSHIP_DIGITS])
    ):
        raise ValueError(f"没有区划代码 {text}，请核对，如 330803 / no such division")
    return code


def place_name(code: str) -> str:
    """浙江省衢州市衢江区, or 全国."""
    if code == NATION:
        return "全国"
    from law import divisions

    return divisions.load().full_name(code) or code


def _code_of(name: str) -> str:
    """How to write a place that was named and not numbered."""
    from law import divisions

    found = {
        normal(one.code): None
        for ending in _ENDINGS
        for one in divisions.load().find(name + ending)
        if one.status == "current"
    }
    if not found:
        return f"“{name}”不是区划代码，请写代码，如 330803；全国写 CN / a region is a code"
    told = "、".join(f"{place_name(code)} {code}" for code in list(found)[:PLACES_NAMED_MAX])
    more = "等" if len(found) > PLACES_NAMED_MAX else ""
    return f"区划请写代码。“{name}”：{told}{more} / a region is written as its code"
