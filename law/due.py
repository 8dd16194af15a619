"""What a clock is told and answers: pauses, extensions; the due date and how it was derived.

A derivation is told step by step (起算、扣除、延长、重新计算、顺延).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from law.clock_rows import UNIT_EN, UNIT_ZH, Grantor, Refused, Unit
from law.errors import BadPeriod
from law.local_time import LAST_DAY
from law.rows import BUDGET_MAX

StepKind = Literal["start", "restart", "exclude", "extend", "roll"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that do not count, `first` and `last` both included; `ground` as in the rule's table."""

    first: date
    last: date
    ground: str | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadPeriod(
                f"扣除期间 {self.first} 至 {self.last}：结束早于开始"
                " / a pause ends before it begins"
            )
        if self.last > LAST_DAY:
            raise BadPeriod(
                f"扣除期间 {self.first} 至 {self.last}：请核对年份 / a pause without end"
            )


@dataclass(frozen=True, slots=True)
class Extension:
    """More time, as granted. `amount` is in the unit of the rule's extension (None: as it says)."""

    amount: int | None = None
    granted_by: Grantor | None = None

    def __post_init__(self) -> None:
        if self.amount is not None and self.amount < 1:
            raise BadPeriod(f"延长 {self.amount}：至少为 1 / an extension adds at least 1")
        if self.amount is not None and self.amount > BUDGET_MAX:
            raise BadPeriod(
                f"延长 {self.amount}：至多为 {BUDGET_MAX}，请核对 / an extension without end"
            )


@dataclass(frozen=True, slots=True)
class Restart:
    """The period counts anew from `on` (重新计算); `ground` as in the rule's table."""

    on: date
    ground: str | None = None

    def __post_init__(self) -> None:
        if self.on > LAST_DAY:
            raise BadPeriod(f"重新计算之日 {self.on}：请核对年份 / a restart of no possible day")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation, about the days `first`..`last`; then the last day is `on`."""

    kind: StepKind
    first: date
    last: date
    amount: int
    unit: Unit
    on: date
    about_zh: str
    about_en: str
    instants: tuple[datetime, datetime] | None = None
    """From when to when, where hours are counted: they run on without regard to days."""

    @property
    def zh(self) -> str:
        """The step as a clerk would write it."""
        amount = f"{self.amount}{UNIT_ZH[self.unit]}"
        if self.instants:
            begins, ends = (f"{at:%Y-%m-%d %H:%M}" for at in self.instants)
            return f"起算：自{self.about_zh}之时（{begins}）起连续计算，期限 {amount}，至 {ends}"
        if self.kind == "start":
            return f"起算：{self.about_zh}之日（{self.first}）不计入，期限 {amount}，至 {self.on}"
        if self.kind == "restart":
            return (
                f"重新计算：{self.about_zh}之日（{self.first}）不计入，期限 {amount}，至 {self.on}"
            )
        if self.kind == "exclude":
            reason = f"（{self.about_zh}）" if self.about_zh else ""
            return f"扣除：{self.first} 至 {self.last}{reason}不计入，共 {amount}，至 {self.on}"
        if self.kind == "extend":
            return f"延长：{self.about_zh}，延长 {amount}，至 {self.on}"
        return f"顺延：{self.first} 为休息日，顺延至其后第一个工作日 {self.on}（{self.about_zh}）"

    @property
    def en(self) -> str:
        """The same in English."""
        amount = f"{self.amount} {UNIT_EN[self.unit]}"
        if self.instants:
            begins, ends = (f"{at:%Y-%m-%d %H:%M}" for at in self.instants)
            return f"start: {self.about_en} at {begins}; {amount} without a break end at {ends}"
        if self.kind == "start":
            return f"start: {self.about_en} on {self.first}, not counted; {amount} end on {self.on}"
        if self.kind == "restart":
            return f"anew: {self.about_en} on {self.first}; {amount} end on {self.on}"
        if self.kind == "exclude":
            return (
                f"exclude: {self.first} to {self.last} ({self.about_en}), {amount}; now {self.on}"
            )
        if self.kind == "extend":
            return f"extend: {self.about_en}, {amount}; now {self.on}"
        return f"roll: {self.first} is a day off; next working day is {self.on} ({self.about_en})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was asked and the text does not allow; the date stays as if it were not there."""

    code: Refused
    what: Pause | Extension | Restart
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Due:
    """When a clock ends.

    `on` is the last day on which the act is in time; `ends_at` is the first instant at which it is
    late (00:00 of the next day, or the exact instant for hours). Both are None when `unknown` says
    what is not known; then `not_before` is a day before which it certainly does not fall due.
    `warn_at` are instants in order. No day of warning rolls.
    """

    on: date | None
    ends_at: datetime | None
    warn_at: tuple[datetime, ...] = ()
    steps: tuple[Step, ...] = ()
    refused: tuple[Refusal, ...] = ()
    unknown: str | None = None
    not_before: date | None = None
    rolled: bool = False
    extended: bool = False

    @property
    def pause_refused(self) -> bool:
        """Whether a pause was asked that the rule does not allow."""
        return any(refusal.code == "pause_refused" for refusal in self.refused)

    @property
    def extension_refused(self) -> bool:
        """Whether an extension was asked that the rule does not allow."""
        return any(refusal.code == "extension_refused" for refusal in self.refused)

    @property
    def restart_refused(self) -> bool:
        """Whether the period was to count anew where the rule does not say so."""
        return any(refusal.code == "restart_refused" for refusal in self.refused)
