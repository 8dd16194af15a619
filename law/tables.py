"""Reading table files: YAML with the line of every field kept, so that a fault can be pointed at.

A file of `instruments/`, `clocks/`, `gates/` or `levels/` is a mapping of `rows` and, where many
rows share them, `defaults`. A file of `calendars/` is one year. Nothing is raised here: every fault
of every file is collected.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from law.errors import TableFault
from law.notice import CalendarYear
from law.rows import ClockRow, GateRow, Instrument, LevelsRow

FILE_BYTES_MAX = 1_000_000
FILES_MAX = 2_000

ShapeT = TypeVar("ShapeT", bound=BaseModel)

_PROBLEMS_ZH = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项",
    "literal_error": "不在允许的取值之内",
    "string_too_short": "不能为空",
}


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
    faults: list[TableFault] = field(default_factory=list)


def read_tables(folders: Sequence[Traversable]) -> Tables:
    """All rows of the folders, each laid out like law/tables/."""
    tables = Tables()
    for folder in folders:
        if not folder.is_dir():
            tables.faults.append(TableFault(str(folder), 1, "没有这个文件夹 / no such folder"))
            continue
        tables.instruments += _read(folder, "instruments", Instrument, tables.faults)
        tables.calendars += _read(folder, "calendars", CalendarYear, tables.faults)
        tables.clocks += _read(folder, "clocks", ClockRow, tables.faults)
        tables.gates += _read(folder, "gates", GateRow, tables.faults)
        tables.levels += _read(folder, "levels", LevelsRow, tables.faults)
    return tables


class _Lined(dict[Any, Any]):
    """A mapping that remembers the line of itself and of each of its keys."""

    line: int
    lines: dict[Any, int]


def _lined_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> _Lined:
    lined = _Lined(loader.construct_mapping(node, deep=True))
    lined.line = node.start_mark.line + 1
    lined.lines = {}
    for key_node, _ in node.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if key in lined.lines:
            raise yaml.constructor.ConstructorError(
                None, None, f"{key} 写了两次 / given twice", key_node.start_mark
            )
        lined.lines[key] = line
    return lined


def _real_date(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> date:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError as error:
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.value} 不是一个日期 / no such date", node.start_mark
        ) from error


class _LinedLoader(yaml.CSafeLoader):
    yaml_constructors = {  # noqa: RUF012  PyYAML's own class attribute, replaced and not mutated
        **yaml.CSafeLoader.yaml_constructors,
        yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG: _lined_mapping,
        "tag:yaml.org,2002:timestamp": _real_date,
    }


def _read(
    folder: Traversable, kind: str, shape: type[ShapeT], faults: list[TableFault]
) -> Iterator[Placed[ShapeT]]:
    for name, text in _files(folder / kind, kind, faults):
        document = _parsed(name, text, faults)
        if document is None:
            continue
        for raw in _rows_of(document, kind, name, faults):
            try:
                row = shape.model_validate(dict(raw))
            except ValidationError as error:
                faults += [_placed_fault(name, raw, detail) for detail in error.errors()]
            else:
                yield Placed(row, name, raw.line)


def _files(folder: Traversable, kind: str, faults: list[TableFault]) -> Iterator[tuple[str, str]]:
    if not folder.is_dir():
        return
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=str)
    if len(files) > FILES_MAX:
        faults.append(TableFault(kind, 1, f"文件多于 {FILES_MAX} 个 / too many files"))
        return
    for file in files:
        name, content = f"{kind}/{file.name}", file.read_bytes()
        if len(content) > FILE_BYTES_MAX:
            faults.append(TableFault(name, 1, f"文件大于 {FILE_BYTES_MAX} 字节 / file too large"))
            continue
        try:
            yield name, content.decode()
        except UnicodeDecodeError as error:
            faults.append(TableFault(name, 1, f"不是 UTF-8 文本 / not UTF-8: {error.reason}"))


def _parsed(name: str, text: str, faults: list[TableFault]) -> _Lined | None:
    loader = _LinedLoader(text)
    try:
        document = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.append(TableFault(name, mark.line + 1 if mark else 1, f"YAML：{error.problem}"))
        return None
    except yaml.YAMLError as error:
        faults.append(TableFault(name, 1, f"YAML：{error}"))
        return None
    finally:
        loader.dispose()
    if not isinstance(document, _Lined):
        faults.append(TableFault(name, 1, "文件应为一组“项: 值” / not a mapping"))
        return None
    return document


def _rows_of(document: _Lined, kind: str, name: str, faults: list[TableFault]) -> Iterator[_Lined]:
    if kind == "calendars":
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
        if not isinstance(raw, _Lined):
            faults.append(TableFault(name, document.lines["rows"], f"不是一条规则：{raw!r}"))
            continue
        whole = _Lined({**defaults, **raw})
        whole.line, whole.lines = raw.line, raw.lines
        yield whole


def _placed_fault(name: str, raw: _Lined, detail: ErrorDetails) -> TableFault:
    line: int = raw.line
    at: Any = raw
    for part in detail["loc"]:
        if isinstance(at, _Lined):
            line = at.lines.get(part, at.line)
            at = at.get(part)
        elif isinstance(at, list) and isinstance(part, int) and part < len(at):
            at = at[part]
    where = ".".join(str(part) for part in detail["loc"])
    problem_zh = _PROBLEMS_ZH.get(detail["type"], "写法不对")
    rule = raw.get("id") or raw.get("name") or raw.get("year")
    return TableFault(name, line, f"{rule}: {where}: {problem_zh} / {detail['msg']}")
