"""The shape of every row in the tables: what a lawyer may write, and nothing else.

A row is read once and never changed. Its source is part of it: instrument, article, quote (原文,
where it was read), mark and signature. A signature covers `content_sha256`, so that a row whose
value was changed is unsigned again.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from law.errors import BadRegion
from law.regions import normal
from law.shape import Shape, at_least, at_most, matches, not_blank, plain

BUDGET_MAX = 3_650

Mark = Literal["V", "P", "C", "L", "M", "I"]
"""How sure a value is. V: primary text read; P: a page or an official excerpt; C: inferred from
public source code; L: local practice; M: from memory; I: inference."""

Basis = Literal["statute", "regional", "agreed"]


def _region(text: str) -> str | None:
    """A division's code in its shortest form: 46, not 460000."""
    try:
        shortest = normal(text)
    except BadRegion as error:
        return str(error)
    return None if shortest == text else f"区划代码请写作 {shortest} / write {shortest}"


Words = Annotated[str, not_blank]
RuleId = Annotated[str, matches(r"[a-z0-9_]+(\.[a-z0-9_]+)+")]
Code = Annotated[str, matches(r"[a-z0-9_]+")]
Region = Annotated[str, _region]
Sha256 = Annotated[str, matches(r"[0-9a-f]{64}")]

SIGNATURE = ("signed_by", "signed_on", "signed_sha256")
UNRULING = frozenset({*SIGNATURE, "note", "examples"})
"""What stands in a row and rules nothing: a signature does not cover it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Shape):
    """A law, regulation or local document that rows cite by `name`."""

    name: Words
    cite_zh: Words
    cite_en: Words
    number: str | None = None
    in_force_from: date
    mark: Mark
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation(Shape):
    """A second source of a row."""

    instrument: Words
    article: Words
    quote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Shape):
    """What every rule says about itself."""

    id: RuleId
    title_zh: Words
    title_en: Words
    instrument: Words
    article: Words
    quote: str | None = None
    also: tuple[Citation, ...] = ()
    valid_from: date
    valid_to: date | None = None
    transition: Literal["start_date"] = "start_date"
    region: Region
    basis: Basis
    mark: Mark
    note: str | None = None
    signed_by: str | None = None
    signed_on: date | None = None
    signed_sha256: Sha256 | None = None

    def flaws(self) -> Iterable[str]:
        """Validity, signature and basis."""
        if self.valid_to is not None and self.valid_to < self.valid_from:
            yield "valid_to 早于 valid_from / valid_to is before valid_from"
        signature = [getattr(self, part) for part in SIGNATURE]
        if any(signature) and not all(signature):
            yield "签名须有 signed_by、signed_on、signed_sha256 三项 / incomplete signature"
        if (self.basis == "statute") != (self.region == "CN") and self.basis != "agreed":
            yield "全国规则 basis 为 statute，地方规则为 regional / basis does not fit the region"
        if self.mark == "V" and not self.quote:
            yield "把握 V 须附原文 quote；没有引文的写 P / a row marked V needs its quote"

    @property
    def content(self) -> dict[str, Any]:
        """All that rules, as JSON has it: not the signature, the note or the worked examples."""
        content: dict[str, Any] = plain(self, without=UNRULING, defaults=False)
        return content

    @property
    def content_sha256(self) -> str:
        """What a signature covers: `content`, keys sorted, without spaces."""
        canonical = json.dumps(
            self.content, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def is_signed(self) -> bool:
        """Whether a lawyer signed exactly this content."""
        return self.signed_sha256 is not None and self.signed_sha256 == self.content_sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow(Row):
    """A condition: what is wrong when it is not met, and what to do then."""

    message_zh: Words
    message_en: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStep(Shape):
    """One step of a local climb; only a step with a committee of its own is a level."""

    code: Code
    name_zh: Words
    name_en: Words
    is_level: bool
    handles_zh: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelsRow(Row):
    """The way up in one place, lowest step first."""

    steps: Annotated[tuple[LevelStep, ...], at_least(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEntry(Shape):
    """One value of a local practice, e.g. 红: the same day; 疑难复杂: 300 to 500 yuan."""

    code: Code
    name_zh: Words
    says_zh: Words
    amount: Annotated[int, at_least(0), at_most(1_000_000)] | None = None
    amount_to: Annotated[int, at_least(0), at_most(1_000_000)] | None = None
    unit: Literal["yuan", "hour", "day", "week", "half_month", "month"] | None = None

    def flaws(self) -> Iterable[str]:
        """An amount has a unit, and a range goes upwards."""
        if (self.amount is None) != (self.unit is None):
            yield "amount 和 unit 要么都写，要么都不写 / an amount has a unit"
        if self.amount_to is not None and self.amount_to < (self.amount or 0):
            yield "amount_to 小于 amount / the range goes down"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRow(Row):
    """A place's own practice: its colours, tiers of difficulty, subsidies, reports."""

    topic: Literal["colours", "tiers", "subsidy", "reports", "limits"]
    entries: Annotated[tuple[LocalEntry, ...], at_least(1)]

    def flaws(self) -> Iterable[str]:
        """Nothing here is national."""
        yield from Row.flaws(self)
        if self.region == "CN":
            yield "地方做法须写明区划 / a local practice has its place"
