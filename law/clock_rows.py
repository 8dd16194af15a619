"""The shape of a clock's row: from which act, how long, what stops, extends or restarts it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from law.rows import BUDGET_MAX, Code, Mark, Row, Words
from law.shape import Shape, at_least, at_most

EXAMPLES_MIN = 3

Unit = Literal["hour", "day", "working_day", "month"]
UNIT_ZH: dict[Unit, str] = {"hour": "小时", "day": "日", "working_day": "个工作日", "month": "个月"}
UNIT_EN: dict[Unit, str] = {
    "hour": "hour(s)", "day": "day(s)", "working_day": "working day(s)", "month": "month(s)"
}  # fmt: skip

Grantor = Literal[
    "upper_police",
    "court_president",
    "both_parties",
    "committee_and_parties",
    "organ_head",
    "procuratorate",
]
Refused = Literal["pause_refused", "extension_refused", "restart_refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground(Shape):
    """What may stop a clock, e.g. `appraisal` (鉴定), or start it anew."""

    ground: Code
    zh: Words
    en: Words
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionTerms(Shape):
    """Who may extend a clock, by how much (None: as granted), how often (None: uncapped)."""

    granted_by: Grantor
    by_zh: Words
    by_en: Words
    amount: Annotated[int, at_least(1), at_most(BUDGET_MAX)] | None = None
    unit: Unit
    count_max: Annotated[int, at_least(1)] | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockExample(Shape):
    """A case worked out by hand, run as a test. Pauses are `A..B` or `A..B ground`.

    `extended` holds grantors, or `grantor amount`; `restarted` dates, or `date ground`.
    """

    start: datetime | date
    paused: tuple[str, ...] = ()
    extended: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
    in_custody: bool = False
    due: date | datetime | None
    not_before: date | None = None
    rolled: bool = False
    refused: tuple[Refused, ...] = ()
    why: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow(Row):
    """A limit: from which act, how long, whether its last day rolls, what stops or extends it."""

    variant: Code | None = None
    start_act_zh: Words
    start_act_en: Words
    unit: Unit
    budget: Annotated[int, at_least(1), at_most(BUDGET_MAX)]
    rolls: bool
    rolls_by: str | None = None
    rolls_mark: Mark | None = None
    rolls_in_custody: bool = True
    pauses: tuple[Ground, ...] = ()
    restarts: tuple[Ground, ...] = ()
    extension: ExtensionTerms | None = None
    warn_after: tuple[int, ...] = ()
    warn_mark: Mark | None = None
    on_expiry_zh: str | None = None
    examples: Annotated[tuple[ClockExample, ...], at_least(EXAMPLES_MIN)]

    def flaws(self) -> Iterable[str]:
        """What cannot be counted, or has no source."""
        yield from Row.flaws(self)
        if self.rolls and not (self.rolls_by and self.rolls_mark):
            yield "顺延须写明依据 rolls_by 和 rolls_mark / a roll needs its source"
        if self.rolls and self.unit in ("hour", "working_day"):
            yield "小时和工作日期限不顺延 / hours and working days do not roll"
        if self.unit == "hour" and (self.pauses or self.extension or self.restarts):
            yield "小时期限不扣除、不延长 / hours are neither paused nor extended"
        if self.extension and self.extension.unit not in (self.unit, "day"):
            yield "延长的单位与期限不合 / the extension's unit does not fit"
        if any(not 0 < point < self._warnable for point in self.warn_after):
            yield "warn_after 须在期限之内 / warn_after must lie within the budget"

    @property
    def _warnable(self) -> int:
        return self.budget * 28 if self.unit == "month" else self.budget
