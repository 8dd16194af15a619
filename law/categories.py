"""The shape of one agency's list of what disputes are about, as its table file has it.

A list says of each category what it is in the list in the middle (MIDDLE), or why a person must
say it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from law.numbers.reading import compact
from law.rows import Mark, Words
from law.shape import Shape, at_least, matches

MIDDLE = "people_mediation"

Confidence = Literal["certain", "likely", "possible"]
Code = Annotated[str, matches(r"[a-z_]+")]

_ENDINGS = ("纠纷", "警情", "类")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Shape):
    """A category of the middle list: how surely it is meant, and how surely the way back is."""

    to: Code
    confidence: Confidence
    back: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Category(Shape):
    """One category: what it is in the middle list, or why a person must say."""

    code: Code
    name_zh: Words
    name_en: Words
    also: tuple[Words, ...] = ()
    maps: tuple[Link, ...] = ()
    needs_person: Words | None = None

    @property
    def called(self) -> tuple[str, ...]:
        """Everything that a clerk may call it."""
        return (self.code, self.name_zh, *self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryList(Shape):
    """One version of one agency's list."""

    list: Code
    title_zh: Words
    title_en: Words
    called: Annotated[tuple[Words, ...], at_least(1)]
    version: Words
    valid_from: date
    publisher: Words
    source: Words
    mark: Mark
    note: Words | None = None
    categories: Annotated[tuple[Category, ...], at_least(1)]

    def flaws(self) -> Iterable[str]:
        """A name that two categories have, and a category without an answer."""
        owners: dict[str, str] = {}
        for category in self.categories:
            for name in {plain(name) for name in category.called}:
                if owners.setdefault(name, category.code) != category.code:
                    yield f"{owners[name]} 和 {category.code} 都叫“{name}”/ one name for two"
            if self.list != MIDDLE and bool(category.maps) == bool(category.needs_person):
                yield f"{category.code} 须写 maps 或 needs_person / one of the two is needed"


def plain(name: str) -> str:
    """A name without spaces and without the word that says that it is a dispute."""
    short = compact(name)
    for ending in _ENDINGS:
        if short.endswith(ending) and len(short) > len(ending):
            return short.removesuffix(ending)
    return short
