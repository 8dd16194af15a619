"""Loading: read every table once, check the whole, and refuse it whole."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from law.calendar import WorkingCalendar, build
from law.clock_rows import ClockRow
from law.clocks import ClockRule
from law.errors import LawTableError, TableFault
from law.gates import Gate
from law.levels import LevelPath, LocalPractice
from law.lookup import Law, index_of
from law.notice import CalendarYear, faults_between_years, faults_of_year
from law.rows import GateRow, Instrument, LevelsRow, LocalRow, Row
from law.rule import source_of, version_of
from law.tables import PACKAGED, Placed, Tables, read_tables
from law.terms import terms_of

LAWS_KEPT = 16

PlacedRule = Placed[ClockRow] | Placed[GateRow] | Placed[LevelsRow] | Placed[LocalRow]


@lru_cache(maxsize=LAWS_KEPT)
def load(*folders: Path) -> Law:
    """The packaged tables together with an operator's own `folders`, laid out like law/tables/.

    Read once and kept. Raises LawTableError with every fault of every file.
    """
    return law_of(read_tables((PACKAGED, *folders)))


def law_of(tables: Tables) -> Law:
    """Tables without a fault become the law; otherwise LawTableError."""
    rules: list[PlacedRule] = [
        *tables.clocks, *tables.gates, *tables.levels, *tables.local
    ]  # fmt: skip
    faults = [
        *tables.faults,
        *_faults_of_calendars(tables.calendars),
        *_faults_of_instruments(tables.instruments, rules),
        *_overlaps(rules),
    ]
    if faults:
        raise LawTableError(faults)
    calendar = build([placed.row for placed in tables.calendars])
    known = {placed.row.name: placed.row for placed in tables.instruments}
    clocks = tuple(_clock(placed.row, known, calendar) for placed in tables.clocks)
    gates = tuple(Gate(placed.row, source_of(placed.row, known)) for placed in tables.gates)
    paths = tuple(LevelPath(placed.row, source_of(placed.row, known)) for placed in tables.levels)
    practices = tuple(
        LocalPractice(placed.row, source_of(placed.row, known)) for placed in tables.local
    )
    return Law(
        calendar, tuple(known.values()), clocks, gates, paths, practices,
        index_of(clocks), index_of(gates), index_of(paths), index_of(practices),
    )  # fmt: skip


def _clock(
    row: ClockRow, instruments: dict[str, Instrument], calendar: WorkingCalendar
) -> ClockRule:
    return ClockRule(row, source_of(row, instruments), terms_of(row), calendar)


def _faults_of_calendars(calendars: Sequence[Placed[CalendarYear]]) -> list[TableFault]:
    faults = [placed.fault(why) for placed in calendars for why in faults_of_year(placed.row)]
    faults += [
        TableFault("calendars", 1, why)
        for why in faults_between_years(placed.row.year for placed in calendars)
    ]
    if not calendars:
        faults.append(TableFault("calendars", 1, "没有工作日历 / there is no calendar"))
    return faults


def _faults_of_instruments(
    instruments: Sequence[Placed[Instrument]], rules: Iterable[PlacedRule]
) -> list[TableFault]:
    known: dict[str, Instrument] = {}
    faults = []
    for placed in instruments:
        if placed.row.name in known:
            faults.append(placed.fault(f"{placed.row.name} 写了两次 / instrument given twice"))
        known[placed.row.name] = placed.row
    return [*faults, *(rule.fault(why) for rule in rules for why in _citations(rule.row, known))]


def _citations(row: Row, known: Mapping[str, Instrument]) -> Iterator[str]:
    """What is wrong with a row's sources; value, pauses, roll and extension rest on them alone.

    A source that came later than the row is a reason to split it: before, the value was another's.
    """
    for name in (row.instrument, *(one.instrument for one in row.also)):
        if name not in known:
            yield f"{row.id}: instruments/ 里没有“{name}” / unknown instrument"
        elif row.valid_from < known[name].in_force_from:
            yield (
                f"{row.id}: valid_from 早于{known[name].cite_zh}施行日"
                f" {known[name].in_force_from}，请分成两个版本"
                " / valid before its instrument is in force"
            )
    if isinstance(row, ClockRow) and row.rolls_by and not _is_cited(row, row.rolls_by):
        yield (
            f"{row.id}: rolls_by 的规范没有写在 instrument 或 also 里"
            " / the source of the roll is not cited"
        )


def _is_cited(row: Row, source: str) -> bool:
    """Whether `source`, e.g. 民事诉讼法第85条, names an instrument that the row cites."""
    cited = (row.instrument, *(one.instrument for one in row.also))
    return any(source.startswith(name.partition("（")[0]) for name in cited)


def _overlaps(rules: Iterable[PlacedRule]) -> list[TableFault]:
    same: dict[tuple[str, str, str | None], list[PlacedRule]] = defaultdict(list)
    for rule in rules:
        same[rule.row.id, rule.row.region, _variant(rule.row)].append(rule)
    faults = []
    for versions in same.values():
        versions.sort(key=lambda rule: rule.row.valid_from)
        for earlier, later in pairwise(versions):
            if later.row.valid_from <= (earlier.row.valid_to or date.max):
                faults.append(
                    later.fault(
                        f"{_version(later.row)} 与 {_version(earlier.row)}"
                        f"（{earlier.file}:{earlier.line}）有效期重叠 / overlapping validity"
                    )
                )
    return faults


def _variant(row: Row) -> str | None:
    return row.variant if isinstance(row, ClockRow) else None


def _version(row: Row) -> str:
    return version_of(row, _variant(row))
