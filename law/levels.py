"""What is a place's own: the way up (三级四步), lowest first, and its practices."""

from dataclasses import dataclass

from law.rows import LevelsRow, LevelStep, LocalRow
from law.rule import Rule, Source


@dataclass(frozen=True, slots=True)
class LevelPath(Rule):
    """The levels of one place; `steps` also holds those without a committee of their own."""

    row: LevelsRow
    source: Source

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

    row: LocalRow
    source: Source
