"""Shapes: frozen dataclasses that are read from a table's plain values, every flaw told at once.

A field says its rules in its type: `Annotated[int, at_least(1)]`. A shape says what its fields must
be to each other in `flaws()`. Nothing is converted: a date is written as a date, a number as a
number. Plain dataclasses, because a clerk's command must answer before a validation library is
imported (measured: 0.2 s).
"""

import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from typing import get_type_hints as hints_of

ShapeT = TypeVar("ShapeT", bound="Shape")
Path = tuple[str | int, ...]
Rule = Callable[[Any], str | None]
Reader = Callable[[Any, Path, list["Flaw"]], Any]

MISSING_ZH = "缺少这一项 / missing"
UNKNOWN_ZH = "没有这一项 / no such field"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with one field, `path` being the way to it from the row."""

    path: Path
    problem: str


@dataclass(frozen=True, slots=True)
class Written:
    """How a field is written in the table where that is no name in Python, e.g. `from`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A value of a table. Its subclasses are frozen, keyword-only dataclasses."""

    def flaws(self) -> Iterable[str]:
        """What the fields are wrong in to each other."""
        return ()


def read(shape: type[ShapeT], raw: Mapping[str, Any]) -> tuple[ShapeT | None, list[Flaw]]:
    """The value that `raw` writes, or None and every flaw of it."""
    flaws: list[Flaw] = []
    value = _read_shape(shape, raw, (), flaws)
    return (None if flaws else value), flaws


def plain(value: Any, *, without: frozenset[str] = frozenset(), defaults: bool = True) -> Any:
    """The same as JSON has it: fields as they are written, dates in ISO form.

    `without` leaves fields of the outermost shape out; `defaults=False` those that say nothing.
    """
    if isinstance(value, Shape):
        kind: Any = type(value)
        shown: dict[str, Any] = {}
        for each in fields(value):
            inner = getattr(value, each.name)
            if each.name not in without and (defaults or inner != each.default):
                shown[_written(kind)[each.name]] = plain(inner, defaults=defaults)
        return shown
    if isinstance(value, tuple):
        return [plain(inner, defaults=defaults) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


# Rules for a field: None, or what is wrong with the value


def at_least(least: int) -> Rule:
    """A number of at least `least`; a list of at least as many."""

    def rule(value: Any) -> str | None:
        size = value if isinstance(value, int) else len(value)
        return None if size >= least else f"至少 {least} / at least {least}"

    return rule


def at_most(most: int) -> Rule:
    """A number of at most `most`."""
    return lambda value: None if value <= most else f"至多 {most} / at most {most}"


def matches(pattern: str) -> Rule:
    """A text of that form."""
    compiled = re.compile(pattern)
    return lambda text: None if compiled.fullmatch(text) else f"写法不对 / must match {pattern}"


def not_blank(text: str) -> str | None:
    """A text that says something."""
    return None if text.strip() else "不能为空 / empty"


# Readers, one for each kind of field


@cache
def _readers(shape: Any) -> dict[str, tuple[str, Reader, bool]]:
    """Each field as it is written: its name, how it is read, whether it must be there."""
    hints = hints_of(shape, include_extras=True)
    return {
        _written(shape)[each.name]: (
            each.name,
            _reader(hints[each.name]),
            each.default is MISSING,
        )
        for each in fields(shape)
    }


@cache
def _written(shape: Any) -> dict[str, str]:
    names = {}
    for name, hint in hints_of(shape, include_extras=True).items():
        written = [one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Written)]
        names[name] = written[0].name if written else name
    return names


def _read_shape(shape: Any, raw: Any, path: Path, flaws: list[Flaw]) -> Any:
    if not isinstance(raw, Mapping):
        flaws.append(Flaw(path, "应为一组“项: 值” / not a mapping"))
        return None
    readers, before = _readers(shape), len(flaws)
    flaws += [Flaw((*path, key), UNKNOWN_ZH) for key in raw if key not in readers]
    found = {}
    for key, (name, reader, needed) in readers.items():
        if key in raw:
            found[name] = reader(raw[key], (*path, key), flaws)
        elif needed:
            flaws.append(Flaw((*path, key), MISSING_ZH))
    if len(flaws) > before:
        return None
    value = shape(**found)
    flaws += [Flaw(path, problem) for problem in value.flaws()]
    return value


def _reader(hint: Any) -> Reader:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _ruled(_reader(arguments[0]), [rule for rule in arguments[1:] if callable(rule)])
    if origin is Literal:
        return _one_of(arguments)
    if origin in (Union, types.UnionType):
        return _any_of(arguments)
    if origin is tuple:
        return _list_of(_reader(arguments[0]))
    if is_dataclass(hint):
        return lambda raw, path, flaws: _read_shape(hint, raw, path, flaws)
    return _plain_value(hint)


def _ruled(reader: Reader, rules: list[Rule]) -> Reader:
    def ruled(raw: Any, path: Path, flaws: list[Flaw]) -> Any:
        before = len(flaws)
        value = reader(raw, path, flaws)
        if len(flaws) == before and value is not None:
            flaws += [Flaw(path, problem) for rule in rules if (problem := rule(value))]
        return value

    return ruled


def _one_of(allowed: tuple[Any, ...]) -> Reader:
    def one_of(raw: Any, path: Path, flaws: list[Flaw]) -> Any:
        if raw not in allowed:
            words = ", ".join(map(str, allowed))
            flaws.append(Flaw(path, f"不在允许的取值之内 / one of {words}"))
        return raw

    return one_of


def _any_of(hints: tuple[Any, ...]) -> Reader:
    """`X | None`, or one of several plain kinds."""
    kinds = [hint for hint in hints if hint is not types.NoneType]
    some = _reader(kinds[0]) if len(kinds) == 1 else _plain_value(*kinds)
    if len(kinds) == len(hints):
        return some
    return lambda raw, path, flaws: None if raw is None else some(raw, path, flaws)


def _list_of(reader: Reader) -> Reader:
    def list_of(raw: Any, path: Path, flaws: list[Flaw]) -> tuple[Any, ...]:
        if not isinstance(raw, list):
            flaws.append(Flaw(path, "应为一列 / must be a list"))
            return ()
        return tuple(reader(item, (*path, place), flaws) for place, item in enumerate(raw))

    return list_of


_KINDS_ZH: Mapping[type, str] = {
    str: "文字 / a text",
    int: "整数 / a whole number",
    bool: "true 或 false",
    date: "日期，如 2026-03-02 / a date",
    datetime: "时刻，如 2026-03-02T09:00:00+08:00 / a time with its zone",
}


def _plain_value(*kinds: type) -> Reader:
    def plain_value(raw: Any, path: Path, flaws: list[Flaw]) -> Any:
        if type(raw) not in kinds:
            flaws.append(Flaw(path, f"应为{'或'.join(_KINDS_ZH[kind] for kind in kinds)}"))
        return raw

    return plain_value
