"""The arithmetic part of a limit, whatever its source: a row of the tables, or an agreement."""

from dataclasses import dataclass, field

from law.clock_rows import ClockRow, Grantor, Unit


@dataclass(frozen=True, slots=True)
class Terms:
    """The arithmetic part of a rule, whatever its source."""

    start_act_zh: str
    start_act_en: str
    unit: Unit
    budget: int
    rolls_by: str | None = None
    """Why the last day moves past a day off; None: it does not move."""
    rolls_in_custody: bool = True
    """False: with someone in custody the last day stays (刑事诉讼法 第105条)."""
    pause_grounds: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Ground to its Chinese and English name; empty: nothing pauses this clock."""
    restart_grounds: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The same for what makes the period count anew."""
    extension: "ExtensionLimit | None" = None
    warn_after: tuple[int, ...] = ()
    """Elapsed units (days, for months) at which a warning is due, without extension."""


@dataclass(frozen=True, slots=True)
class ExtensionLimit:
    """Who extends a clock, by how much (None: as granted), how often (None: uncapped)."""

    granted_by: Grantor
    by_zh: str
    by_en: str
    amount: int | None
    unit: Unit
    count_max: int | None


def terms_of(row: ClockRow) -> Terms:
    """The arithmetic part of a row."""
    extension = row.extension
    return Terms(
        start_act_zh=row.start_act_zh,
        start_act_en=row.start_act_en,
        unit=row.unit,
        budget=row.budget,
        rolls_by=row.rolls_by if row.rolls else None,
        rolls_in_custody=row.rolls_in_custody,
        restart_grounds={ground.ground: (ground.zh, ground.en) for ground in row.restarts},
        pause_grounds={pause.ground: (pause.zh, pause.en) for pause in row.pauses},
        extension=None
        if extension is None
        else ExtensionLimit(
            extension.granted_by, extension.by_zh, extension.by_en,
            extension.amount, extension.unit, extension.count_max,
        ),
        warn_after=row.warn_after,
    )  # fmt: skip
