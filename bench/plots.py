"""A line chart as SVG, from values alone."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PLOTS = Path("bench/plots")
WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
TICKS = 5
COLOURS = ("#1f5fa8", "#b4442a", "#3a7d44", "#7a5195")
TEXT = 'font-family="sans-serif" font-size="12" fill="#333"'


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name and its (x, y) from left to right."""

    name: str
    points: Sequence[tuple[float, float]]


def chart(title: str, lines: Sequence[Series], *, x: str, y: str, logarithmic: bool = False) -> str:
    """The chart; y begins at nought, x is `logarithmic` where told. At most four lines."""
    scale = _Scale.of(lines, logarithmic=logarithmic)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{WIDTH / 2}" y="20" text-anchor="middle" {TEXT}>{title}</text>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle" {TEXT}>{x}</text>',
        f'<text x="12" y="{TOP - 8}" {TEXT}>{y}</text>',
        *scale.axes(lines),
        *(
            part
            for number, (line, colour) in enumerate(zip(lines, COLOURS, strict=False))
            for part in _line(line, colour, scale, number)
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class _Scale:
    x_min: float
    x_max: float
    y_max: float
    logarithmic: bool

    @classmethod
    def of(cls, lines: Sequence[Series], *, logarithmic: bool) -> "_Scale":
        xs = [x for line in lines for x, _ in line.points]
        ys = [y for line in lines for _, y in line.points]
        return cls(min(xs), max(xs), _round_up(max(ys)), logarithmic)

    def x(self, value: float) -> float:
        low, high, at = self.x_min, self.x_max, value
        if self.logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(at)
        share = (at - low) / (high - low) if high > low else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.y_max * (HEIGHT - TOP - BOTTOM)

    def axes(self, lines: Sequence[Series]) -> Iterator[str]:
        for tick in range(TICKS + 1):
            value = self.y_max * tick / TICKS
            at, told = self.y(value), f"{value:,.4g}"
            yield f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            yield (f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end" {TEXT}>{told}</text>')
        for x in sorted({x for line in lines for x, _ in line.points}):
            yield (
                f'<text x="{self.x(x):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle"'
                f" {TEXT}>{x:,.5g}</text>"
            )


def _line(line: Series, colour: str, scale: _Scale, number: int) -> Iterator[str]:
    at = [(scale.x(x), scale.y(y)) for x, y in line.points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in at:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    yield (
        f'<text x="{LEFT + 10}" y="{TOP + 14 + 16 * number}" font-family="sans-serif"'
        f' font-size="12" fill="{colour}">{line.name}</text>'
    )


def _round_up(value: float) -> float:
    """The next 1, 2, 5 or 10 of its magnitude."""
    magnitude: float = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * magnitude for step in (1, 2, 5, 10) if value <= step * magnitude)
