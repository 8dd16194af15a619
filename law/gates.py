"""Gates: conditions of the law. The predicate over an agency's facts stays in that linkage."""

from dataclasses import dataclass

from law.rows import GateRow
from law.rule import Rule, Source


@dataclass(frozen=True, slots=True)
class Gate(Rule):
    """One condition: its article, and what to say when it is not met."""

    row: GateRow
    source: Source

    @property
    def message_zh(self) -> str:
        """What is wrong and what to do, for a clerk."""
        return self.row.message_zh

    @property
    def message_en(self) -> str:
        """The same in English."""
        return self.row.message_en
