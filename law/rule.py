"""What every rule of the tables can say about itself: its source, version and signature."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from law.regions import NATION
from law.rows import Basis, Citation, Instrument, Mark, Row

Kind = Literal["clock", "gate", "levels", "practice"]

UNSIGNED_ZH = "未经审签"

_ARTICLE = re.compile(r"^第(\d+)条(?:第(\d+)款)?(?:第(\d+)项)?$")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from, ready to be printed."""

    instrument_zh: str
    citation_zh: str
    citation_en: str
    also_zh: tuple[str, ...]
    also_en: tuple[str, ...]


class Rule(ABC):
    """A row together with its printed sources; the kinds of rule add what they decide."""

    __slots__ = ()

    row: Row
    source: Source
    kind: ClassVar[Kind]

    @property
    def id(self) -> str:
        """The rule id, the same in every version and place."""
        return self.row.id

    @property
    def variant(self) -> str | None:
        """What kind of case the row is for, where its rule tells kinds apart."""
        return None

    @property
    def title_zh(self) -> str:
        """The rule's short name."""
        return self.row.title_zh

    @property
    def title_en(self) -> str:
        """The rule's short name in English."""
        return self.row.title_en

    @property
    def instrument_zh(self) -> str:
        """The instrument as it is cited, e.g. 《治安管理处罚法》（2025年修订）."""
        return self.source.instrument_zh

    @property
    @abstractmethod
    def value_zh(self) -> str:
        """What the rule says, in one line for a lawyer."""

    @property
    def citation_zh(self) -> str:
        """Instrument and article, e.g. 《治安管理处罚法》（2025年修订）第118条第1款."""
        return self.source.citation_zh

    @property
    def citation_en(self) -> str:
        """The same in English."""
        return self.source.citation_en

    @property
    def version(self) -> str:
        """Names this row for ever: `id@valid_from`, then the place and variant if it has them."""
        return version_of(self.row, self.variant)

    @property
    def basis(self) -> Basis:
        """Whether a national text, a local one or an agreement sets the rule."""
        return self.row.basis

    @property
    def mark(self) -> Mark:
        """How sure the value is."""
        return self.row.mark

    @property
    def signed(self) -> bool:
        """Whether a lawyer signed exactly this content."""
        return self.row.is_signed

    @property
    def signed_zh(self) -> str:
        """Who signed and when, or 未经审签."""
        if not self.signed:
            return UNSIGNED_ZH
        return f"{self.row.signed_by} 于 {self.row.signed_on} 审签"

    def holds_on(self, day: date) -> bool:
        """Whether the rule was valid for an act of that day."""
        return self.row.valid_from <= day <= (self.row.valid_to or day)


def version_of(row: Row, variant: str | None = None) -> str:
    """`police.case@2026-01-01`, or `mediation.conduct@2017-09-01.46.specialist`."""
    place = [] if row.region == NATION else [row.region]
    return ".".join([f"{row.id}@{row.valid_from}", *place, *([variant] if variant else [])])


def source_of(row: Row, instruments: dict[str, Instrument]) -> Source:
    """The printed sources of a row whose instruments are all known."""
    cited = [Citation(instrument=row.instrument, article=row.article), *row.also]
    zh = [f"{instruments[one.instrument].cite_zh}{one.article}" for one in cited]
    en = [f"{instruments[one.instrument].cite_en}, {_article_en(one.article)}" for one in cited]
    named = instruments[row.instrument].cite_zh
    return Source(named, zh[0], en[0], tuple(zh[1:]), tuple(en[1:]))


def _article_en(article: str) -> str:
    found = _ARTICLE.match(article)
    if found is None:
        return article
    names = zip(("art.", "para.", "item"), found.groups(), strict=True)
    return " ".join(f"{name} {number}" for name, number in names if number)
