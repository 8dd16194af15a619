"""Dataclasses to JSON and back: instants as ISO 8601, bytes as base64, `kind` tells entries apart.

`history.jsonl`, `observation.json` and `verdict.json` of one run lie in one directory.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from tests.checker.history import Delivery, Entry, Invoke, Mark, Observation, Outcome

HISTORY, OBSERVATION = "history.jsonl", "observation.json"

KINDS: Mapping[str, type[Entry]] = {
    "invoke": Invoke,
    "ok": Outcome,
    "fail": Outcome,
    "info": Outcome,
    "delivery": Delivery,
    "mark": Mark,
}


def line(entry: Entry) -> str:
    """The entry as one line, without its end: the same bytes for the same entry."""
    return json.dumps(plain(entry), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def entry(text: str) -> Entry:
    """The inverse of `line`. Raises ValueError and KeyError where it is none."""
    value = json.loads(text)
    return typed(KINDS[value["kind"]], value)


def save(directory: Path, history: Iterable[Entry], observation: Observation) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    text = "".join(line(entry) + "\n" for entry in history)
    (directory / HISTORY).write_text(text, encoding="utf-8")
    (directory / OBSERVATION).write_text(
        json.dumps(plain(observation), ensure_ascii=False, indent=1), encoding="utf-8"
    )


def load(directory: Path) -> tuple[list[Entry], Observation]:
    lines = (directory / HISTORY).read_text(encoding="utf-8").splitlines()
    seen = json.loads((directory / OBSERVATION).read_text(encoding="utf-8"))
    return [entry(text) for text in lines], typed(Observation, seen)


def plain(value: Any) -> Any:
    """The value as JSON has it; fields that are None are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {name: plain(part) for name, part in pairs if part is not None}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    return value


def typed(kind: Any, value: Any) -> Any:
    """The inverse of `plain`, for a value of type `kind`."""
    if value is None or kind is Any:
        return value
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (part for part in get_args(kind) if part is not type(None))
    if is_dataclass(kind):
        return kind(**{name: typed(hint, value.get(name)) for name, hint in _present(kind, value)})
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is bytes:
        return base64.b64decode(value)
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if parts[-1] is Ellipsis:
            return tuple(typed(parts[0], part) for part in value)
        return tuple(typed(k, part) for k, part in zip(parts, value, strict=True))
    return value


def _present(kind: Any, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields that the JSON has, and those that were None and have no other default."""
    for part in fields(kind):
        if part.name in value or part.default is MISSING:
            yield part.name, _hints(kind)[part.name]


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
