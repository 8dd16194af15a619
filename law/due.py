"""What a clock answers: the due date, and how it was derived (起算、扣除、延长、顺延).

Times are China Standard Time. A fixed UTC+8 is used instead of a zone file: no clock of the tables
can start before 1992, the last time that China changed its clocks.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Literal

from law.clock_rows import Grantor, Refused, Unit
from law.errors import BadActTime, BadPeriod

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
MIDNIGHT = time(tzinfo=SHANGHAI)
ONE_DAY = timedelta(days=1)

UNIT_ZH: dict[Unit, str] = {"hour": "小时", "day": "日", "working_day": "个工作日", "month": "个月"}
UNIT_EN: dict[Unit, str] = {
    "hour": "hour(s)", "day": "day(s)", "working_day": "working day(s)", "month": "month(s)"
}  # fmt: skip

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


@dataclass(frozen=True, slots=True)
class Extension:
    """More time, as granted. `amount` is in the unit of the rule's extension (None: as it says)."""

    amount: int | None = None
    granted_by: Grantor | None = None

    def __post_init__(self) -> None:
        if self.amount is not None and self.amount < 1:
            raise BadPeriod(f"延长 {self.amount}：至少为 1 / an extension adds at least 1")


@dataclass(frozen=True, slots=True)
class Restart:
    """The period counts anew from `on` (重新计算); `ground` as in the rule's table."""

    on: date
    ground: str | None = None


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


@dataclass(frozen=True, slots=True)
class Terms:
    """The arithmetic part of a rule, whatever its source."""

    start_act_zh: str
    start_act_en: str
    unit: Unit
    budget: int
    rolls_by: str | None = None
    """Why the last day moves past a day off; None: it does not move."""
    rolls_in_custody: bool = True
    """False: with someone in custody the last day stays (刑事诉讼法 第105条)."""
    pause_grounds: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Ground to its Chinese and English name; empty: nothing pauses this clock."""
    restart_grounds: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The same for what makes the period count anew."""
    extension: "ExtensionLimit | None" = None
    warn_after: tuple[int, ...] = ()
    """Elapsed units (days, for months) at which a warning is due, without extension."""


@dataclass(frozen=True, slots=True)
class ExtensionLimit:
    """Who extends a clock, by how much (None: as granted), how often (None: uncapped)."""

    granted_by: Grantor
    by_zh: str
    by_en: str
    amount: int | None
    unit: Unit
    count_max: int | None


def local_day(moment: date | datetime) -> date:
    """The local date of an act; BadActTime for a time without zone."""
    if not isinstance(moment, datetime):
        return moment
    return local(moment).date()


def local(moment: datetime) -> datetime:
    """The same instant in Shanghai; BadActTime for a time without zone."""
    if moment.tzinfo is None:
        raise BadActTime(f"时间 {moment.isoformat()} 没有时区 / a time without a zone")
    return moment.astimezone(SHANGHAI)


def end_of(day: date) -> datetime:
    """The first instant after `day`: 00:00 of the next day in Shanghai."""
    return datetime.combine(day + ONE_DAY, MIDNIGHT)
