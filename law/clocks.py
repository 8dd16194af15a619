"""Clocks: a dated limit of the tables, or one that agencies have agreed, and when it falls due."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from law.calendar import WorkingCalendar
from law.clock_rows import UNIT_EN, UNIT_ZH, ClockRow, Unit
from law.counting import derive
from law.due import Due, Extension, Pause, Restart
from law.errors import BadPeriod, LimitNotInForce
from law.local_time import local_day
from law.rows import BUDGET_MAX, Basis
from law.rule import Kind, Rule, Source
from law.terms import Terms


@dataclass(frozen=True, slots=True)
class ClockRule(Rule):
    """One version of a limit, in force in one place."""

    kind: ClassVar[Kind] = "clock"
    row: ClockRow
    source: Source
    terms: Terms
    calendar: WorkingCalendar = field(repr=False, compare=False)

    @property
    def variant(self) -> str | None:
        """What kind of case the row is for, where its rule tells kinds apart."""
        return self.row.variant

    @property
    def value_zh(self) -> str:
        """The limit in one line: start, budget, pauses, extension, rolling."""
        row, limit = self.row, self.row.extension
        told = [f"{row.start_act_zh}之日起 {row.budget}{UNIT_ZH[row.unit]}"]
        if row.pauses:
            told.append(f"扣除{'、'.join(pause.zh for pause in row.pauses)}")
        if row.restarts:
            told.append(f"{'、'.join(restart.zh for restart in row.restarts)}重新计算")
        if limit:
            size = f" {limit.amount}{UNIT_ZH[limit.unit]}" if limit.amount else ""
            often = f"，以 {limit.count_max} 次为限" if limit.count_max else ""
            told.append(f"{limit.by_zh}，可延长{size}{often}")
        told.append("遇节假日顺延" if row.rolls else "不顺延")
        return "；".join(told)

    @property
    def unit(self) -> Unit:
        """What the budget counts."""
        return self.row.unit

    @property
    def budget(self) -> int:
        """How many units, the start day not counted."""
        return self.row.budget

    def due(
        self,
        started_on: date | datetime,
        pauses: Sequence[Pause] = (),
        extensions: Sequence[Extension] = (),
        restarts: Sequence[Restart] = (),
        in_custody: bool = False,
    ) -> Due:
        """When the clock ends that an act of `started_on` started; see law/counting.py."""
        return derive(
            self.terms, self.calendar, started_on, pauses, extensions, restarts, in_custody
        )


@dataclass(frozen=True, slots=True)
class AgreedLimit:
    """约定时限: what agencies agreed among themselves where the law knows no limit.

    It binds them, not the parties; nothing pauses or extends it.
    """

    rule_id: str
    amount: int
    unit: Unit
    agreed_by: tuple[str, ...]
    since: date
    start_act_zh: str = "收到对接"
    start_act_en: str = "the referral is received"
    warn_after: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= BUDGET_MAX or not self.agreed_by:
            raise BadPeriod(
                f"约定时限须为 1 至 {BUDGET_MAX}，并写明由谁约定"
                " / an agreed limit needs an amount and who agreed it"
            )


@dataclass(frozen=True, slots=True)
class AgreedRule:
    """An agreed limit that answers like a rule of the tables."""

    limit: AgreedLimit
    calendar: WorkingCalendar = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        """The rule id that the limit stands in for."""
        return self.limit.rule_id

    @property
    def version(self) -> str:
        """`mediation.accept@2026-01-01.agreed`."""
        return f"{self.limit.rule_id}@{self.limit.since}.agreed"

    @property
    def basis(self) -> Basis:
        """Always `agreed`."""
        return "agreed"

    @property
    def signed(self) -> bool:
        """An agreement is not for a lawyer to sign."""
        return False

    @property
    def signed_zh(self) -> str:
        """What stands where a table's rule shows its signature."""
        return "机构约定"

    @property
    def citation_zh(self) -> str:
        """Who agreed what, since when."""
        limit = self.limit
        return (
            f"约定时限：{'、'.join(limit.agreed_by)}自 {limit.since} 起约定"
            f" {limit.amount}{UNIT_ZH[limit.unit]}"
        )

    @property
    def citation_en(self) -> str:
        """The same in English."""
        limit = self.limit
        who = ", ".join(limit.agreed_by)
        return f"agreed by {who} since {limit.since}: {limit.amount} {UNIT_EN[limit.unit]}"

    def due(
        self,
        started_on: date | datetime,
        pauses: Sequence[Pause] = (),
        extensions: Sequence[Extension] = (),
    ) -> Due:
        """When the limit ends; LimitNotInForce for an act of before the agreement."""
        limit = self.limit
        day = local_day(started_on)
        if day < limit.since:
            raise LimitNotInForce(limit.rule_id, limit.since, day)
        terms = Terms(
            limit.start_act_zh, limit.start_act_en, limit.unit, limit.amount,
            warn_after=limit.warn_after,
        )  # fmt: skip
        return derive(terms, self.calendar, started_on, pauses, extensions)
