"""What can be wrong with a table, a question to the law, or a date given to a clock."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

NEAREST_MAX = 5


class LawError(Exception):
    """The root of every error that this package raises."""


@dataclass(frozen=True, slots=True, order=True)
class TableFault:
    """One thing that is wrong in one table file; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class LawTableError(LawError):
    """The tables may not be used; `faults` holds every fault of every file, in order."""

    def __init__(self, faults: Iterable[TableFault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"法律表有 {len(self.faults)} 处错误 / faults in the law tables:\n{lines}")


class UnknownRule(LawError):
    """No table has a rule of this id; `nearest` holds the ids most like it, best first."""

    def __init__(self, rule_id: str, known: Iterable[str]) -> None:
        self.rule_id = rule_id
        self.nearest = tuple(difflib.get_close_matches(rule_id, sorted(set(known)), NEAREST_MAX))
        near = "、".join(self.nearest) or "无"
        super().__init__(
            f"没有规则 {rule_id}；相近的有：{near}；全部规则见 fengqiao law list"
            f" / unknown rule {rule_id}; all rules: fengqiao law list"
        )


class BadRegion(LawError, ValueError):
    """Not a division code: CN, or 2, 4, 6, 9 or 12 digits."""

    def __init__(self, region: str) -> None:
        self.region = region
        super().__init__(
            f"区划代码 {region!r} 不对：应为 CN，或 2、4、6、9、12 位数字，如 330803"
            " / a region is CN or 2, 4, 6, 9 or 12 digits"
        )


class BadPeriod(LawError, ValueError):
    """A pause or extension that is none: it ends before it begins, or adds nothing."""


class BadActTime(LawError, ValueError):
    """The start of a clock lacks what its unit needs: a time of day, or a time zone."""


class LimitNotInForce(LawError):
    """An agreed limit (约定时限) was asked about an act of before the agreement."""

    def __init__(self, rule_id: str, since: date, started_on: date) -> None:
        self.rule_id, self.since, self.started_on = rule_id, since, started_on
        super().__init__(
            f"{rule_id} 的约定时限自 {since} 起适用，{started_on} 的行为不适用"
            " / the agreed limit is not yet in force on that day"
        )


class BeyondCalendar(LawError):
    """The answer needs a working day of a year whose calendar was not published (or not loaded)."""

    def __init__(self, day: date) -> None:
        self.day = day
        super().__init__(
            f"没有 {day.year} 年的工作日历，不推算 / no working-day calendar for {day.year}"
        )
