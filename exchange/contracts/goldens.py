"""Golden JSON Schemas: each event type as it was agreed, kept in git and reviewed as a diff.

`schemas/<type>/v<N>.json` is the schema (draft 2020-12), `schemas/<type>/v<N>.example.json` one
record's value that must decode for ever. `schemas/RELEASED` names the releases that carried them,
one a line: from the first on, a golden only grows (`compatibility`).
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exchange.contracts.envelope import SOURCE_PREFIX
from exchange.contracts.events import CATALOGUE
from exchange.contracts.events.base import Event

SCHEMAS = Path(__file__).parent / "schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"

Key = tuple[str, int]
"""An event type and its version."""

Schema = dict[str, Any]

_VERSION = re.compile(r"v([1-9][0-9]*)")


class BadGolden(ValueError):
    """A file under schemas/ that is no golden: its path and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


def current() -> dict[Key, Schema]:
    """The schema of every event of the catalogue, as its readers understand it now."""
    return {key: schema_of(event) for key, event in CATALOGUE.items()}


def schema_of(event: type[Event]) -> Schema:
    """One event's schema; its `$id` is the `ce_dataschema` of its records."""
    return {
        "$schema": DRAFT,
        "$id": f"{SOURCE_PREFIX}schemas/{event.type}/v{event.version}",
        **event.model_json_schema(),
    }


def kept(folder: Path = SCHEMAS) -> dict[Key, Schema]:
    """Every golden schema of the folder, older versions included. Raises BadGolden."""
    return {
        _key_of(path): _read(path)
        for path in sorted(folder.glob("*/*.json"))
        if not path.name.endswith(".example.json")
    }


def examples(folder: Path = SCHEMAS) -> dict[Key, Schema]:
    """The example of each type and version. Raises BadGolden."""
    return {
        _key_of(path, ".example.json"): _read(path)
        for path in sorted(folder.glob("*/*.example.json"))
    }


def texts(schemas: Mapping[Key, Schema]) -> dict[str, str]:
    """The text of each golden file by its path inside the folder."""
    return {f"{name}/v{version}.json": text_of(s) for (name, version), s in schemas.items()}


def text_of(value: Any) -> str:
    """JSON as it is kept in git: two spaces, Chinese readable, keys in the model's order."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def releases(folder: Path = SCHEMAS) -> tuple[str, ...]:
    """The releases whose records exist somewhere; none yet: nothing needs to be kept."""
    file = folder / "RELEASED"
    return tuple(file.read_text(encoding="utf-8").split()) if file.exists() else ()


def _key_of(path: Path, suffix: str = ".json") -> Key:
    version = _VERSION.fullmatch(path.name.removesuffix(suffix))
    if version is None:
        raise BadGolden(path, "named neither v<N>.json nor v<N>.example.json")
    return path.parent.name, int(version[1])


def _read(path: Path) -> Schema:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadGolden(path, f"no JSON ({error})") from error
    if not isinstance(value, dict):
        raise BadGolden(path, "no JSON object")
    return value
