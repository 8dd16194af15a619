"""What a text is as a number: its kind, its parts, and which part is wrong and why."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

NumberKind = Literal[
    "court_case", "dossier", "citizen_id", "uscc", "division", "police_call", "petition"
]
PartValue = str | int | tuple[str, ...] | None

TEXT_MAX = 200

KIND_ZH: dict[NumberKind, str] = {
    "court_case": "案号",
    "dossier": "人民调解卷号",
    "citizen_id": "公民身份号码",
    "uscc": "统一社会信用代码",
    "division": "区划代码",
    "police_call": "接警单号",
    "petition": "信访件编号",
}


@dataclass(frozen=True, slots=True)
class NumberReading:
    """What a text is as a number of `kind`; `problem` says which part is wrong and why.

    `kind` is None when the text looks like no kind that is known.
    """

    kind: NumberKind | None
    valid: bool
    canonical: str | None
    parts: Mapping[str, PartValue] = field(default_factory=dict)
    problem: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: kind, valid, canonical, parts, problem."""
        parts = {
            name: list(part) if isinstance(part, tuple) else part
            for name, part in self.parts.items()
        }
        return {
            "kind": self.kind,
            "valid": self.valid,
            "canonical": self.canonical,
            "parts": parts,
            "problem": self.problem,
        }


def compact(text: str) -> str:
    """Without spaces, full-width digits and letters made plain."""
    return "".join(unicodedata.normalize("NFKC", text[:TEXT_MAX]).split())


def wrong(kind: NumberKind | None, problem: str) -> NumberReading:
    """A reading that failed."""
    return NumberReading(kind, False, None, problem=problem)
