"""What is a place's own: the way up (三级四步), lowest first, and its practices."""

from dataclasses import dataclass
from typing import ClassVar

from law.rows import LevelsRow, LevelStep, LocalEntry, LocalRow
from law.rule import Kind, Rule, Source


@dataclass(frozen=True, slots=True)
class LevelPath(Rule):
    """The levels of one place; `steps` also holds those without a committee of their own."""

    kind: ClassVar[Kind] = "levels"
    row: LevelsRow
    source: Source

    @property
    def value_zh(self) -> str:
        """The steps and what each handles."""
        return "；".join(f"{step.name_zh}：{step.handles_zh}" for step in self.row.steps)

    @property
    def steps(self) -> tuple[LevelStep, ...]:
        """Every step, the household grid included."""
        return self.row.steps

    @property
    def levels(self) -> tuple[LevelStep, ...]:
        """The steps that have a mediation committee."""
        return tuple(step for step in self.row.steps if step.is_level)


@dataclass(frozen=True, slots=True)
class LocalPractice(Rule):
    """A place's colours, tiers of difficulty, subsidies or reports; never a national rule."""

    kind: ClassVar[Kind] = "practice"
    row: LocalRow
    source: Source

    @property
    def value_zh(self) -> str:
        """Every entry with its amount."""
        return "；".join(_entry_zh(entry) for entry in self.row.entries)


AMOUNT_ZH = {
    "yuan": "元", "hour": "小时", "day": "日", "week": "周一次", "half_month": "半月一次",
    "month": "月一次",
}  # fmt: skip


def _entry_zh(entry: LocalEntry) -> str:
    if entry.amount is None or entry.unit is None:
        return f"{entry.name_zh}：{entry.says_zh}"
    upto = f"–{entry.amount_to}" if entry.amount_to else ""
    return f"{entry.name_zh}：{entry.says_zh}（{entry.amount}{upto} {AMOUNT_ZH[entry.unit]}）"
