"""The percentile of a sample, and its curve for a plot."""

import math
from collections.abc import Sequence

SHOWN = (50, 75, 90, 95, 98, 99, 99.5, 99.9)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def curve(values: Sequence[float]) -> list[tuple[float, float]]:
    """(percent, value) at the percentiles that are shown."""
    return [(percent, percentile(values, percent)) for percent in SHOWN]
