"""Each agency's own list of what disputes are about, and how one list reads in another's words.

People's mediation is the list in the middle (MIDDLE): every other list says of each category what
it is there, in both directions and how surely, or why a person must say it. Two other lists are
read through the middle, no more surely than the weaker of the two steps. So no category of any list
is without an answer. The lists stand in law/tables/taxonomy/, one a file, each with its version.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from law.categories import MIDDLE, Category, CategoryList, Confidence, plain
from law.errors import NEAREST_MAX, LawError, LawTableError, TableFault
from law.tables import PACKAGED, Placed, rows_of

CONFIDENCE_ZH: dict[Confidence, str] = {"certain": "确定", "likely": "多半", "possible": "可能"}

_STRENGTH: dict[Confidence, int] = {"certain": 0, "likely": 1, "possible": 2}


class UnknownList(LawError):
    """No list of categories is called so."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"没有分类表“{name}”；有：{'、'.join(self.known)} / no such list")


class UnknownCategory(LawError):
    """The list has no category called so; `nearest` holds those most like it, best first."""

    def __init__(self, text: str, title: str, nearest: Sequence[str]) -> None:
        self.text = text
        self.nearest = tuple(nearest)
        near = "、".join(nearest) or "无"
        super().__init__(
            f"{title}里没有“{text}”；相近的有：{near}；全部类别见 law/tables/taxonomy/"
            " / no such category"
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A category of the list that was asked for, and how surely it is meant."""

    code: str
    name_zh: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a category of one list is in another: answers, surest first.

    `needs_person` says why a person must decide: nothing fits, or nothing more than possibly.
    """

    category: Category
    source: CategoryList
    target: CategoryList
    answers: tuple[Answer, ...]
    needs_person: str | None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "from": self.source.list,
            "from_version": self.source.version,
            "code": self.category.code,
            "name": self.category.name_zh,
            "to": self.target.list,
            "to_version": self.target.version,
            "answers": [
                {"code": one.code, "name": one.name_zh, "confidence": one.confidence}
                for one in self.answers
            ],
            "needs_person": self.needs_person,
            "notes": self.notes,
        }

    @property
    def notes(self) -> list[str]:
        """What a reader must know of the lists themselves, e.g. that a newer one was not read."""
        return [
            f"{one.title_zh}（{one.version}）：{one.note}"
            for one in (self.source, self.target)
            if one.note
        ]

    def text(self) -> str:
        """For a clerk, in Chinese."""
        lines = [f"{self.source.title_zh}“{self.category.name_zh}”在{self.target.title_zh}里是："]
        lines += [f"  {one.name_zh}（{CONFIDENCE_ZH[one.confidence]}）" for one in self.answers]
        if self.needs_person:
            lines.append(f"  须由人判断：{self.needs_person}")
        lines += [f"  注：{note}" for note in self.notes]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Every version of every list."""

    lists: tuple[CategoryList, ...]

    def named(self, name: str, *, on: date | None = None) -> CategoryList:
        """The list of that code or name in force on a day (None: the newest); UnknownList."""
        versions = [
            one
            for one in self.lists
            if name in (one.list, one.title_zh, *one.called)
            and (on is None or one.valid_from <= on)
        ]
        if not versions:
            raise UnknownList(name, sorted({one.called[0] for one in self.lists}))
        return max(versions, key=lambda one: one.valid_from)

    def cross(self, text: str, from_: str, to: str, *, on: date | None = None) -> Crossing:
        """What a category is in another list; UnknownList, UnknownCategory with what is near."""
        source, target = self.named(from_, on=on), self.named(to, on=on)
        middle = self.named(MIDDLE, on=on)
        category = _category(source, text)
        found = _found(source, target, category)
        order = [one.code for one in target.categories]
        answers = sorted(
            (Answer(code, _by_code(target, code).name_zh, how) for code, how in found.items()),
            key=lambda one: (_STRENGTH[one.confidence], order.index(one.code)),
        )
        reason = category.needs_person or _undecided(answers, target, middle)
        return Crossing(category, source, target, tuple(answers), reason)


@lru_cache(maxsize=16)
def load(*folders: Path) -> Taxonomy:
    """The packaged lists and an operator's own; LawTableError with every fault of every file."""
    faults: list[TableFault] = []
    placed = [
        one
        for folder in (PACKAGED, *folders)
        for one in rows_of(folder, "taxonomy", CategoryList, faults)
    ]
    faults += _faults_between(placed)
    if faults:
        raise LawTableError(faults)
    return Taxonomy(tuple(one.row for one in placed))


def _faults_between(placed: Sequence[Placed[CategoryList]]) -> Iterable[TableFault]:
    middle = {
        category.code for one in placed if one.row.list == MIDDLE for category in one.row.categories
    }
    seen: set[tuple[str, date]] = set()
    for one in placed:
        for category in one.row.categories:
            for link in category.maps:
                if link.to not in middle:
                    yield one.fault(f"{category.code}: 人民调解里没有 {link.to} / unknown category")
        if (one.row.list, one.row.valid_from) in seen:
            yield one.fault(f"{one.row.list} 同一天有两个版本 / two versions of one day")
        seen.add((one.row.list, one.row.valid_from))


def _category(of: CategoryList, text: str) -> Category:
    wanted = plain(text)
    for category in of.categories:
        if wanted in map(plain, category.called):
            return category
    names = [name for category in of.categories for name in category.called[1:]]
    near = [name for name in names if wanted and (wanted in name or plain(name) in wanted)]
    near += difflib.get_close_matches(text, names, NEAREST_MAX, cutoff=0.4)
    raise UnknownCategory(text, of.title_zh, list(dict.fromkeys(near))[:NEAREST_MAX])


def _found(source: CategoryList, target: CategoryList, category: Category) -> dict[str, Confidence]:
    """The target's categories by the surest way to each, a way being as sure as its weaker step."""
    if source is target:
        return {} if category.needs_person else {category.code: "certain"}
    found: dict[str, Confidence] = {}
    for code, into in _into(source, category):
        for other, out in _out_of(target, code):
            both = max(into, out, key=_STRENGTH.__getitem__)
            found[other] = min(found.get(other, both), both, key=_STRENGTH.__getitem__)
    return found


def _into(source: CategoryList, category: Category) -> list[tuple[str, Confidence]]:
    """The categories of the middle list that it is."""
    if source.list == MIDDLE:
        return [(category.code, "certain")]
    return [(link.to, link.confidence) for link in category.maps]


def _out_of(target: CategoryList, code: str) -> list[tuple[str, Confidence]]:
    """The categories of the target that a category of the middle list is."""
    if target.list == MIDDLE:
        return [(code, "certain")]
    return [
        (category.code, link.back)
        for category in target.categories
        for link in category.maps
        if link.to == code
    ]


def _by_code(of: CategoryList, code: str) -> Category:
    return next(category for category in of.categories if category.code == code)


def _undecided(answers: Sequence[Answer], target: CategoryList, middle: CategoryList) -> str | None:
    if not answers:
        return f"{target.title_zh}里没有对应的类别"
    if answers[0].confidence != "possible":
        return None
    through = "" if target is middle else f"（经{middle.title_zh}对照）"
    return f"只有可能的类别{through}，要看具体情节"
