"""The shape of every row in the tables: what a lawyer may write, and nothing else.

A row is read once and never changed. Its source is part of it: instrument, article, quote (原文,
where it was read), mark and signature. A signature covers `content_sha256`, so that a row whose
value was changed is unsigned again.
"""

import hashlib
import json
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from law.regions import normal

BUDGET_MAX = 3_650
EXAMPLES_MIN = 3

Mark = Literal["V", "P", "C", "L", "M", "I"]
"""How sure a value is. V: primary text read; P: a page or an official excerpt; C: inferred from
public source code; L: local practice; M: from memory; I: inference."""

Basis = Literal["statute", "regional", "agreed"]
Unit = Literal["hour", "day", "working_day", "month"]
Grantor = Literal["upper_police", "court_president", "both_parties"]

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")]
Region = Annotated[str, AfterValidator(normal)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Shape(BaseModel):
    """A value of a table: frozen, and closed to fields that are not described here."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Instrument(Shape):
    """A law, regulation or local document that rows cite by `name`."""

    name: Words
    cite_zh: Words
    cite_en: Words
    number: str | None = None
    in_force_from: date
    mark: Mark


class Citation(Shape):
    """A second source of a row."""

    instrument: Words
    article: Words
    quote: str | None = None


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

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to 早于 valid_from / valid_to is before valid_from")
        signature = (self.signed_by, self.signed_on, self.signed_sha256)
        if any(signature) and not all(signature):
            raise ValueError(
                "签名须有 signed_by、signed_on、signed_sha256 三项 / incomplete signature"
            )
        if (self.basis == "statute") != (self.region == "CN") and self.basis != "agreed":
            raise ValueError(
                "全国规则 basis 为 statute，地方规则为 regional / basis does not fit the region"
            )
        return self

    @property
    def content_sha256(self) -> str:
        """Covers all that rules; not the signature itself, the note or the worked examples."""
        unsigned = {"signed_by", "signed_on", "signed_sha256", "note", "examples"}
        content = self.model_dump(mode="json", exclude=unsigned, exclude_defaults=True)
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def is_signed(self) -> bool:
        """Whether a lawyer signed exactly this content."""
        return self.signed_sha256 is not None and self.signed_sha256 == self.content_sha256


class PauseGround(Shape):
    """What may stop a clock, e.g. `appraisal` (鉴定)."""

    ground: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    zh: Words
    en: Words
    mark: Mark


class ExtensionTerms(Shape):
    """Who may extend a clock, by how much (None: as granted), how often (None: uncapped)."""

    granted_by: Grantor
    by_zh: Words
    by_en: Words
    amount: Annotated[int, Field(ge=1, le=BUDGET_MAX)] | None = None
    unit: Unit
    count_max: Annotated[int, Field(ge=1)] | None = None


class ClockExample(Shape):
    """A case worked out by hand, run as a test. Pauses are `A..B` or `A..B ground`."""

    start: datetime | date
    paused: tuple[str, ...] = ()
    extended: tuple[str, ...] = ()
    due: date | datetime | None
    not_before: date | None = None
    rolled: bool = False
    refused: tuple[Literal["pause_refused", "extension_refused"], ...] = ()
    why: Words


class ClockRow(Row):
    """A limit: from which act, how long, whether its last day rolls, what stops or extends it."""

    variant: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")] | None = None
    start_act_zh: Words
    start_act_en: Words
    unit: Unit
    budget: Annotated[int, Field(ge=1, le=BUDGET_MAX)]
    rolls: bool
    rolls_by: str | None = None
    rolls_mark: Mark | None = None
    pauses: tuple[PauseGround, ...] = ()
    extension: ExtensionTerms | None = None
    warn_after: tuple[int, ...] = ()
    warn_mark: Mark | None = None
    on_expiry_zh: str | None = None
    examples: Annotated[tuple[ClockExample, ...], Field(min_length=EXAMPLES_MIN)]

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if self.rolls and not (self.rolls_by and self.rolls_mark):
            raise ValueError("顺延须写明依据 rolls_by 和 rolls_mark / a roll needs its source")
        if self.rolls and self.unit in ("hour", "working_day"):
            raise ValueError("小时和工作日期限不顺延 / hours and working days do not roll")
        if self.unit == "hour" and (self.pauses or self.extension):
            raise ValueError("小时期限不扣除、不延长 / hours are neither paused nor extended")
        if self.extension and self.extension.unit not in (self.unit, "day"):
            raise ValueError("延长的单位与期限不合 / the extension's unit does not fit")
        if any(not 0 < point < self._warnable for point in self.warn_after):
            raise ValueError("warn_after 须在期限之内 / warn_after must lie within the budget")
        return self

    @property
    def _warnable(self) -> int:
        return self.budget * 28 if self.unit == "month" else self.budget


class GateRow(Row):
    """A condition: what is wrong when it is not met, and what to do then."""

    message_zh: Words
    message_en: Words


class LevelStep(Shape):
    """One step of a local climb; only a step with a committee of its own is a level."""

    code: Words
    name_zh: Words
    name_en: Words
    is_level: bool
    handles_zh: Words


class LevelsRow(Row):
    """The way up in one place, lowest step first."""

    steps: Annotated[tuple[LevelStep, ...], Field(min_length=1)]
