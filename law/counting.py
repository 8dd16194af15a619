"""The arithmetic of a clock: a budget with a pause ledger, pure and without a calendar of its own.

Conventions: the start day is not counted; a pause counts both its ends, overlapping pauses count
once, a pause outside the running budget changes nothing; first exclude, then extend, then roll;
months go by the calendar and a missing day becomes the month's end (民法典 第202条), and a paused
day inside a month budget moves the end by one day. A last day that is a weekend or a State Council
day off moves to the next working day (民事诉讼法 第85条 法定休假日; 程序规定 第35条 节假日, read as
including weekends: an inference, see docs/law.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from law.calendar import WorkingCalendar
from law.clock_rows import Unit
from law.due import Due, Extension, Pause, Refusal, Restart, Step
from law.errors import BadActTime, BadPeriod, BeyondCalendar
from law.local_time import MIDNIGHT, ONE_DAY, end_of, local, local_day
from law.terms import Terms

PAUSES_MAX = 200
EXTENSIONS_MAX = 20
RESTARTS_MAX = 20
MONTHS_PER_YEAR = 12


def derive(
    terms: Terms,
    calendar: WorkingCalendar,
    started_on: date | datetime,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
    restarts: Sequence[Restart] = (),
    in_custody: bool = False,
) -> Due:
    """When a clock under `terms` ends that an act of `started_on` started.

    After a restart only the latest period counts: `extensions` are those of that period.
    Raises BadActTime when hours are counted from a bare date, a time lacks its zone, or no act is
    of that year, and
    BadPeriod for a restart of before the start, or more than PAUSES_MAX pauses, EXTENSIONS_MAX
    extensions or RESTARTS_MAX restarts.
    """
    _limited(pauses, extensions, restarts)
    granted, refused_extensions = _admit_extensions(terms, extensions)
    admitted, refused_pauses = _admit_pauses(terms, pauses)
    anew, refused_restarts = _admit_restarts(terms, restarts)
    refused = (*refused_pauses, *refused_extensions, *refused_restarts)
    if terms.unit == "hour":
        return _hours(terms, started_on, refused)
    began = local_day(started_on)
    if anew and anew[0].on < began:
        raise BadPeriod(
            f"重新计算之日 {anew[0].on} 早于起算日 {began} / a restart of before the start"
        )
    rolls_by = terms.rolls_by if terms.rolls_in_custody or not in_custody else None
    return _Run(
        terms, calendar, began, rolls_by, merged(admitted), tuple(granted), anew, refused
    ).due()


def _limited(
    pauses: Sequence[Pause], extensions: Sequence[Extension], restarts: Sequence[Restart]
) -> None:
    if len(pauses) > PAUSES_MAX or len(extensions) > EXTENSIONS_MAX or len(restarts) > RESTARTS_MAX:
        raise BadPeriod(
            f"扣除至多 {PAUSES_MAX} 段，延长至多 {EXTENSIONS_MAX} 次，"
            f"重新计算至多 {RESTARTS_MAX} 次 / too many pauses, extensions or restarts"
        )


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or that month's last day (民法典 第202条)."""
    index = day.year * MONTHS_PER_YEAR + day.month - 1 + months
    year, month = divmod(index, MONTHS_PER_YEAR)
    next_first = date(year + (month + 1) // MONTHS_PER_YEAR, (month + 1) % MONTHS_PER_YEAR + 1, 1)
    return date(year, month + 1, min(day.day, (next_first - ONE_DAY).day))


def merged(pauses: Sequence[Pause]) -> tuple[Pause, ...]:
    """The same days as spans that neither overlap nor touch, in order of time."""
    spans: list[Pause] = []
    for pause in sorted(pauses, key=lambda pause: (pause.first, pause.last)):
        if spans and pause.first <= spans[-1].last + ONE_DAY:
            spans[-1] = _joined(spans[-1], pause)
        else:
            spans.append(pause)
    return tuple(spans)


def _joined(one: Pause, other: Pause) -> Pause:
    grounds = [*(one.ground or "").split("+"), *(other.ground or "").split("+")]
    ground = "+".join(dict.fromkeys(ground for ground in grounds if ground)) or None
    return Pause(one.first, max(one.last, other.last), ground)


@dataclass(slots=True)
class _Run:
    """One derivation over merged `spans` and the `granted` extensions; it gathers the steps."""

    terms: Terms
    calendar: WorkingCalendar
    started: date
    rolls_by: str | None
    spans: tuple[Pause, ...]
    granted: tuple[Extension, ...]
    anew: tuple[Restart, ...]
    refused: tuple[Refusal, ...]
    steps: list[Step] = field(default_factory=list)

    def due(self) -> Due:
        try:
            end = self._last_day()
        except BeyondCalendar as beyond:
            last = self.calendar.last
            later = last + ONE_DAY if beyond.day > last >= self.started else None
            return self._unknown(str(beyond), not_before=later)
        if any(self._size(extension) is None for extension in self.granted):
            return self._unknown(
                "已准许延长，但延长多久未写明 / extended by how much?", not_before=end
            )
        try:
            on = self.calendar.on_or_after(end) if self.rolls_by else end
        except BeyondCalendar as beyond:
            return self._unknown(f"最后一日 {end} 是否顺延未知：{beyond}", not_before=end)
        if on != end:
            why = self.rolls_by or ""
            self.steps.append(Step("roll", end, on, (on - end).days, "day", on, why, why))
        return Due(
            on, end_of(on), self._warnings(), tuple(self.steps), self.refused,
            rolled=on != end, extended=bool(self.granted),
        )  # fmt: skip

    def _unknown(self, why: str, *, not_before: date | None) -> Due:
        return Due(
            None, None, self._warnings(), tuple(self.steps), self.refused,
            unknown=why, not_before=not_before, extended=bool(self.granted),
        )  # fmt: skip

    def _last_day(self) -> date:
        terms, steps = self.terms, self.steps
        end = self._begin("start", (terms.start_act_zh, terms.start_act_en))
        for restart in self.anew:
            self.started = restart.on
            end = self._begin("restart", _names(terms.restart_grounds, restart.ground))
        end, met = self._exclude(end, 0, steps)
        for extension in self.granted:
            size, limit = self._size(extension), terms.extension
            if size is None or limit is None:
                continue
            before, end = end, self._advance(end, size, limit.unit)
            by_zh, by_en = f"经{limit.by_zh}", f"granted by {limit.by_en}"
            steps.append(Step("extend", before, end, size, limit.unit, end, by_zh, by_en))
            end, met = self._exclude(end, met, steps)
        return end

    def _begin(self, kind: Literal["start", "restart"], act: tuple[str, str]) -> date:
        budget, unit = self.terms.budget, self.terms.unit
        end = self._advance(self.started, budget, unit)
        self.steps.append(Step(kind, self.started, end, budget, unit, end, *act))
        return end

    def _exclude(self, end: date, met: int, steps: list[Step] | None = None) -> tuple[date, int]:
        """Past the spans that begin by `end`, from the `met`-th on; told in `steps`, if any."""
        unit: Unit = "working_day" if self.terms.unit == "working_day" else "day"
        while met < len(self.spans) and self.spans[met].first <= end:
            span = self.spans[met]
            met += 1
            first = max(span.first, self.started + ONE_DAY)
            if span.last < first:
                continue
            counted = self._counted(first, span.last, unit)
            if counted:
                end = self._advance(end, counted, unit)
            if counted and steps is not None:
                zh, en = _names(self.terms.pause_grounds, span.ground)
                steps.append(Step("exclude", first, span.last, counted, unit, end, zh, en))
        return end, met

    def _counted(self, first: date, last: date, unit: Unit) -> int:
        if unit == "working_day":
            return self.calendar.between(first, last)
        return (last - first).days + 1

    def _advance(self, day: date, amount: int, unit: Unit) -> date:
        if unit == "working_day":
            return self.calendar.add(day, amount)
        if unit == "month":
            return add_months(day, amount)
        return day + timedelta(days=amount)

    def _warnings(self) -> tuple[datetime, ...]:
        """A warning keeps its distance from the end: extensions and pauses move it along."""
        unit: Unit = "working_day" if self.terms.unit == "working_day" else "day"
        moved = sum(self._size(extension) or 0 for extension in self.granted)
        days: list[datetime] = []
        for point in self.terms.warn_after:
            try:
                day, _ = self._exclude(self._advance(self.started, point + moved, unit), 0)
            except BeyondCalendar:
                break
            days.append(datetime.combine(day, MIDNIGHT))
        return tuple(days)

    def _size(self, extension: Extension) -> int | None:
        standard = self.terms.extension.amount if self.terms.extension else None
        return extension.amount if extension.amount is not None else standard


def _names(known: Mapping[str, tuple[str, str]], grounds: str | None) -> tuple[str, str]:
    """What `grounds` (joined by +) are called; where none was given, whatever the rule allows."""
    given = [ground for ground in (grounds or "").split("+") if ground in known]
    names = [known[ground] for ground in given or (known if len(known) == 1 else ())]
    return "、".join(zh for zh, _ in names), ", ".join(en for _, en in names) or "no ground given"


def _hours(terms: Terms, started: date | datetime, refused: tuple[Refusal, ...]) -> Due:
    if not isinstance(started, datetime):
        raise BadActTime(
            "按小时计算的期限要写明时刻，请写作 2026-03-02T15:30"
            " / hours are counted from a time of day"
        )
    begins = local(started)
    ends = begins + timedelta(hours=terms.budget)
    act_zh, act_en = terms.start_act_zh, terms.start_act_en
    on = ends.date()
    start = Step(
        "start", begins.date(), on, terms.budget, "hour", on, act_zh, act_en, (begins, ends)
    )
    warn_at = tuple(begins + timedelta(hours=point) for point in terms.warn_after)
    return Due(on, ends, warn_at, (start,), refused)


def _admit_pauses(terms: Terms, pauses: Sequence[Pause]) -> tuple[list[Pause], tuple[Refusal, ...]]:
    grounds = terms.pause_grounds
    admitted: list[Pause] = []
    refused: list[Refusal] = []
    for pause in pauses:
        if grounds and (pause.ground is None or pause.ground in grounds):
            admitted.append(pause)
        else:
            refused.append(Refusal("pause_refused", pause, *_only_these_pause(grounds)))
    return admitted, tuple(refused)


def _only_these_pause(grounds: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    if not grounds:
        return "本条没有规定扣除期间", "nothing pauses this clock"
    allowed_zh = "、".join(zh for zh, _ in grounds.values())
    allowed_en = ", ".join(en for _, en in grounds.values())
    return f"只扣除：{allowed_zh}", f"only these pause it: {allowed_en}"


def _admit_restarts(
    terms: Terms, restarts: Sequence[Restart]
) -> tuple[tuple[Restart, ...], tuple[Refusal, ...]]:
    """Those that the rule knows, in order of time."""
    grounds = terms.restart_grounds
    admitted: list[Restart] = []
    refused: list[Refusal] = []
    for restart in sorted(restarts, key=lambda restart: restart.on):
        if grounds and (restart.ground is None or restart.ground in grounds):
            admitted.append(restart)
        else:
            zh, en = "本条没有规定重新计算", "this clock does not start anew"
            refused.append(Refusal("restart_refused", restart, zh, en))
    return tuple(admitted), tuple(refused)


def _admit_extensions(
    terms: Terms, extensions: Sequence[Extension]
) -> tuple[list[Extension], tuple[Refusal, ...]]:
    admitted: list[Extension] = []
    refused: list[Refusal] = []
    for extension in extensions:
        reason = _why_not_extended(terms, extension, len(admitted))
        if reason is None:
            admitted.append(extension)
        else:
            refused.append(Refusal("extension_refused", extension, *reason))
    return admitted, tuple(refused)


def _why_not_extended(terms: Terms, extension: Extension, already: int) -> tuple[str, str] | None:
    limit = terms.extension
    if limit is None:
        return "本条没有规定延长", "this clock is not extended"
    if extension.granted_by not in (None, limit.granted_by):
        return f"只能由{limit.by_zh}延长", f"only {limit.by_en} may extend it"
    if limit.count_max is not None and already >= limit.count_max:
        return f"延长以 {limit.count_max} 次为限", f"extended at most {limit.count_max} time(s)"
    if limit.amount is not None and (extension.amount or 0) > limit.amount:
        return f"每次至多延长 {limit.amount}", f"at most {limit.amount} each time"
    return None
