"""What the checker says: what it looked at, what is broken, and the first case of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from tests.checker.codec import plain

Property = Literal[
    "lost",
    "phantom",
    "doubled",
    "out_of_order",
    "hash_chain",
    "early_clock",
    "expired_though_timely",
    "wrong_holder",
    "unsigned",
    "not_caught_up",
]
PROPERTIES: tuple[Property, ...] = get_args(Property)


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise: what is wrong, and the records, rows and entries that show it."""

    what: str
    shown_by: Sequence[Any] = ()

    def as_json(self) -> dict[str, Any]:
        shown = [{"is": type(each).__name__, **plain(each)} for each in self.shown_by]
        return {"what": self.what, "shown_by": shown}


Finding: TypeAlias = Iterator[Violation]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`violations` has every property, in the order of PROPERTIES; `counted` what was checked."""

    scenario: str
    counted: Mapping[str, int]
    violations: Mapping[Property, Sequence[Violation]] = field(default_factory=dict)

    @property
    def broken(self) -> tuple[Property, ...]:
        return tuple(name for name, found in self.violations.items() if found)

    @property
    def clean(self) -> bool:
        return not self.broken

    def as_json(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "clean": self.clean,
            "counted": dict(self.counted),
            "violations": {name: len(found) for name, found in self.violations.items()},
            "first": {name: self.violations[name][0].as_json() for name in self.broken},
        }

    def __str__(self) -> str:
        if self.clean:
            return f"{self.scenario}: clean, {dict(self.counted)}"
        first = (
            f"{name} × {len(self.violations[name])}: {self.violations[name][0].what}"
            for name in self.broken
        )
        return f"{self.scenario}: " + "; ".join(first)
