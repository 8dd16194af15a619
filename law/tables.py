"""Reading table files: which folder holds rows of which shape, and where each row stands.

A file of `instruments/`, `clocks/`, `gates/` or `levels/` is a mapping of `rows` and, where many
rows share them, `defaults`. A file of `calendars/` is one year. Nothing is raised here: every fault
of every file is collected.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from law.clock_rows import ClockRow
from law.errors import TableFault
from law.lined_yaml import Lined, parse
from law.notice import CalendarYear
from law.rows import GateRow, Instrument, LevelsRow, LocalRow
from law.shape import Flaw, Shape, read

FILE_BYTES_MAX = 1_000_000
FILES_MAX = 2_000
PACKAGED = Path(__file__).parent / "tables"
FOLDERS = (
    "instruments", "clocks", "gates", "levels", "calendars", "taxonomy", "divisions", "numbers"
)  # fmt: skip
WHOLE_FILES = ("calendars", "taxonomy")
"""A file of these folders is one row."""

ShapeT = TypeVar("ShapeT", bound=Shape)


@dataclass(frozen=True, slots=True)
class Placed(Generic[ShapeT]):
    """A row and where it stands."""

    row: ShapeT
    file: str
    line: int

    def fault(self, message: str) -> TableFault:
        """Something that is wrong with this row."""
        return TableFault(self.file, self.line, message)


@dataclass(slots=True)
class Tables:
    """Every row that has a valid shape, and every fault met on the way."""

    instruments: list[Placed[Instrument]] = field(default_factory=list)
    calendars: list[Placed[CalendarYear]] = field(default_factory=list)
    clocks: list[Placed[ClockRow]] = field(default_factory=list)
    gates: list[Placed[GateRow]] = field(default_factory=list)
    levels: list[Placed[LevelsRow]] = field(default_factory=list)
    local: list[Placed[LocalRow]] = field(default_factory=list)
    faults: list[TableFault] = field(default_factory=list)


def read_tables(folders: Sequence[Path]) -> Tables:
    """All rows of the folders, each laid out like law/tables/."""
    tables = Tables()
    for folder in folders:
        _require_tables(folder, tables.faults)
        _read_folder(folder, tables)
    return tables


def _require_tables(folder: Path, faults: list[TableFault]) -> None:
    """A fault for what would be left unread: a folder that is none of ours, or no table at all."""
    inside = _listed(folder, str(folder), faults)
    found = [one.name for one in inside if one.is_dir() and one.name[0] not in "._"]
    known = "、".join(FOLDERS)
    for name in sorted(set(found) - set(FOLDERS)):
        why = f"不认识的文件夹；应为 {known} / unknown folder"
        faults.append(TableFault(f"{folder}/{name}", 1, why))
    if not found:
        why = f"没有这个文件夹，或者里面没有规则表；应有 {known} 之一 / no tables"
        faults.append(TableFault(str(folder), 1, why))


def rows_of(
    folder: Path, kind: str, shape: type[ShapeT], faults: list[TableFault]
) -> list[Placed[ShapeT]]:
    """The rows of one kind in a folder that is laid out like law/tables/; faults are added."""
    raw_rows = _raw_rows(folder, kind, faults)
    return [placed for name, raw in raw_rows for placed in _placed(shape, name, raw, faults)]


def _read_folder(folder: Path, tables: Tables) -> None:
    faults = tables.faults
    for name, raw in _raw_rows(folder, "instruments", faults):
        tables.instruments += _placed(Instrument, name, raw, faults)
    for name, raw in _raw_rows(folder, "calendars", faults):
        tables.calendars += _placed(CalendarYear, name, raw, faults)
    for name, raw in _raw_rows(folder, "clocks", faults):
        tables.clocks += _placed(ClockRow, name, raw, faults)
    for name, raw in _raw_rows(folder, "gates", faults):
        tables.gates += _placed(GateRow, name, raw, faults)
    for name, raw in _raw_rows(folder, "levels", faults):
        if "topic" in raw:
            tables.local += _placed(LocalRow, name, raw, faults)
        else:
            tables.levels += _placed(LevelsRow, name, raw, faults)


def _raw_rows(folder: Path, kind: str, faults: list[TableFault]) -> Iterator[tuple[str, Lined]]:
    for name, text in _files(folder / kind, kind, faults):
        document = parse(name, text, faults)
        if document is not None:
            yield from ((name, raw) for raw in _rows_of(document, kind, name, faults))


def _placed(
    shape: type[ShapeT], name: str, raw: Lined, faults: list[TableFault]
) -> Iterator[Placed[ShapeT]]:
    row, flaws = read(shape, raw)
    faults += [_fault(name, raw, flaw) for flaw in flaws]
    if row is not None:
        yield Placed(row, name, raw.line)


def _files(folder: Path, kind: str, faults: list[TableFault]) -> Iterator[tuple[str, str]]:
    found = _listed(folder, kind, faults)
    faults += [
        TableFault(f"{kind}/{file.name}", 1, "文件名须以 .yaml 结尾 / must end in .yaml")
        for file in found
        if file.name.lower().endswith((".yml", ".yaml", ".yaml.txt")) and file.suffix != ".yaml"
    ]
    files = [file for file in found if file.name.endswith(".yaml")]
    if len(files) > FILES_MAX:
        faults.append(TableFault(kind, 1, f"文件多于 {FILES_MAX} 个 / too many files"))
        return
    for file in files:
        name = f"{kind}/{file.name}"
        try:
            content = file.read_bytes()
            if len(content) <= FILE_BYTES_MAX:
                yield name, content.decode()
            else:
                why = f"文件大于 {FILE_BYTES_MAX} 字节 / file too large"
                faults.append(TableFault(name, 1, why))
        except OSError as error:
            faults.append(TableFault(name, 1, f"不能读：{error.strerror} / cannot read"))
        except UnicodeDecodeError as error:
            faults.append(TableFault(name, 1, f"不是 UTF-8 文本 / not UTF-8: {error.reason}"))


def _listed(folder: Path, name: str, faults: list[TableFault]) -> list[Path]:
    """What a folder holds: nothing where there is none; a fault where it cannot be read."""
    try:
        return sorted(folder.iterdir(), key=str)
    except FileNotFoundError:
        return []
    except OSError as error:
        faults.append(TableFault(name, 1, f"不能读：{error.strerror} / cannot read"))
        return []


def _rows_of(document: Lined, kind: str, name: str, faults: list[TableFault]) -> Iterator[Lined]:
    if kind in WHOLE_FILES:
        yield document
        return
    faults += [
        TableFault(name, document.lines[key], f"{key}：没有这一项 / unknown key")
        for key in set(document) - {"rows", "defaults"}
    ]
    defaults, rows = document.get("defaults") or {}, document.get("rows")
    if not isinstance(rows, list) or not isinstance(defaults, dict):
        faults.append(TableFault(name, 1, "rows 应为一列规则 / rows must be a list"))
        return
    for raw in rows:
        if not isinstance(raw, Lined):
            faults.append(TableFault(name, document.lines["rows"], f"不是一条规则：{raw!r}"))
            continue
        whole = Lined({**defaults, **raw})
        whole.line, whole.lines = raw.line, raw.lines
        yield whole


def _fault(name: str, raw: Lined, flaw: Flaw) -> TableFault:
    line: int = raw.line
    at: Any = raw
    for part in flaw.path:
        if isinstance(at, Lined):
            line = at.lines.get(part, at.line)
            at = at.get(part)
        elif isinstance(at, list) and isinstance(part, int) and part < len(at):
            at = at[part]
    rule = raw.get("id") or raw.get("name") or raw.get("year")
    where = ".".join(map(str, flaw.path))
    return TableFault(name, line, f"{rule}: {where}: {flaw.problem}")
