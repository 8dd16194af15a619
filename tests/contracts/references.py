"""Where a generated document points."""

from collections.abc import Iterator
from typing import Any


def references(document: Any) -> Iterator[str]:
    """Every `$ref` of a document."""
    if isinstance(document, dict):
        if isinstance(document.get("$ref"), str):
            yield document["$ref"]
        for value in document.values():
            yield from references(value)
    elif isinstance(document, list):
        for value in document:
            yield from references(value)
