"""Gates: conditions of the law. The predicate over an agency's facts stays in that linkage."""

from dataclasses import dataclass
from typing import ClassVar

from law.rows import GateRow
from law.rule import Kind, Rule, Source


@dataclass(frozen=True, slots=True)
class Gate(Rule):
    """One condition: its article, and what to say when it is not met."""

    kind: ClassVar[Kind] = "gate"
    row: GateRow
    source: Source

    @property
    def value_zh(self) -> str:
        """What a clerk reads where it is not met."""
        return self.row.message_zh

    @property
    def message_zh(self) -> str:
        """What is wrong and what to do, for a clerk."""
        return self.row.message_zh

    @property
    def message_en(self) -> str:
        """The same in English."""
        return self.row.message_en
