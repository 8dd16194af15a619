"""What a run came to: figures beside their targets, as a table with bars and as one JSON file."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psutil
from rich.console import Console
from rich.table import Table

BAR_CHARS = 20
WHOLE_FROM = 100
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach: `at_least` or `at_most` so much. None where it only stands beside."""

    word: Literal["at_least", "at_most"] = "at_least"
    value: float | None = None

    def reached(self, measured: float) -> bool:
        if self.value is None:
            return True
        at_least = self.word == "at_least"
        return measured >= self.value if at_least else measured <= self.value

    def share(self, measured: float) -> float:
        """How near it is: 1 where it is reached, less where it is not."""
        if self.value is None or self.reached(measured):
            return 1.0
        at_least = self.word == "at_least"
        return measured / self.value if at_least else self.value / measured

    def __str__(self) -> str:
        sign = "≥" if self.word == "at_least" else "≤"
        return "" if self.value is None else f"{sign} {self.value:,g}"


TARGETS: Mapping[str, Target] = {
    "routing_events_per_s": Target("at_least", 8_000),
    "bare_spine_events_per_s": Target(),
    "faststream_events_per_s": Target(),
    "dbos_events_per_s": Target(),
    "ratio_to_bare": Target("at_least", 0.6),
    "ratio_to_faststream": Target("at_least", 20),
    "receipt_p99_ms": Target("at_most", 100),
    "offer_p99_ms": Target("at_most", 500),
    "up_s": Target("at_most", 20),
    "resident_mib": Target("at_most", 2_048),
    "growth_ratio": Target("at_most", 1.3),
    "clock_lateness_p99_ms": Target("at_most", 1_000),
    "rebuild_events_per_s": Target("at_least", 30_000),
    "takeover_s": Target("at_most", 5),
    "takeover_frozen_s": Target("at_most", 8),
    "kafka_restart_s": Target("at_most", 8),
}
"""Every figure that has a target or is compared; others are kept in the file beside them."""

RATIOS: Mapping[str, tuple[str, str]] = {
    "ratio_to_bare": ("routing_events_per_s", "bare_spine_events_per_s"),
    "ratio_to_faststream": ("routing_events_per_s", "faststream_events_per_s"),
}
"""Each from two figures of one run."""


def with_ratios(figures: Mapping[str, float]) -> dict[str, float]:
    """The figures and what follows from two of them."""
    ratios = {
        name: figures[of] / figures[to]
        for name, (of, to) in RATIOS.items()
        if of in figures and to in figures
    }
    return {**figures, **ratios}


def unmeasured(figures: Mapping[str, float]) -> dict[str, str]:
    """Every figure of TARGETS that a whole run has not come to, as something that failed."""
    return {name: "not measured" for name in TARGETS if name not in figures}


def machine() -> dict[str, str | int | float]:
    """What it was measured on, and how busy that was when the run ended."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / GIB, 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "load_average": round(os.getloadavg()[0], 1),
    }


def write(path: Path, figures: Mapping[str, float], failed: Mapping[str, str]) -> None:
    """One flat object, figures by name; `failed` benches with their reason, `machine` beside."""
    rounded = {name: float(f"{value:.5g}") for name, value in figures.items()}
    told = {**rounded, "failed": dict(failed), "machine": machine()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def show(console: Console, figures: Mapping[str, float]) -> None:
    """The figures that are compared, each with a bar that is full where its target is reached."""
    table = Table("figure", "measured", "target", "", "")
    for name, target in TARGETS.items():
        if name in figures:
            measured = figures[name]
            mark = "" if target.value is None else "✓" if target.reached(measured) else "✗"
            shown = bar(target.share(measured)) if target.value is not None else ""
            table.add_row(name, shortly(measured), str(target), shown, mark)
    console.print(table)


def as_markdown(figures: Mapping[str, float]) -> str:
    """The same as a table for bench/RESULTS.md."""
    rows = [
        f"| `{name}` | {shortly(figures[name])} | {target} |"
        f" {'' if target.value is None else '✓' if target.reached(figures[name]) else '✗'} |"
        for name, target in TARGETS.items()
        if name in figures
    ]
    return "\n".join(["| figure | measured | target | |", "|---|---|---|---|", *rows, ""])


def shortly(value: float) -> str:
    """Three significant digits or a little more, and never a power of ten."""
    return f"{value:,.0f}" if value >= WHOLE_FROM else f"{value:.3g}"


def bar(share: float) -> str:
    """A bar of BAR_CHARS that is full at 1."""
    full = round(min(max(share, 0.0), 1.0) * BAR_CHARS)
    return "█" * full + "░" * (BAR_CHARS - full)
