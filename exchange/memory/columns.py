"""What PostgreSQL makes of a value: instants come back in UTC, a text is UTF-8 without a NUL."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from exchange.chassis.failures import BadData
from exchange.contracts.envelope import Headers

HALF_PAIR = re.compile("[\ud800-\udfff]")


def storable(rows: Iterable[Any]) -> None:
    """Raise BadData for a row (a dataclass, a tuple or one text) with a NUL or half a surrogate
    pair in a text."""
    for row in rows:
        for value in _columns(row):
            if isinstance(value, str):
                if "\0" in value:
                    raise BadData("22021 CharacterNotInRepertoireError")
                if not value.isascii() and HALF_PAIR.search(value):
                    raise BadData("22000 DataError")


def timestamptz(at: datetime) -> datetime:
    """The same instant, in UTC."""
    return at.astimezone(UTC)


def as_stored(headers: Headers) -> Headers:
    """The headers as a list of their own, in their order, repeated names included."""
    return list(headers)


def _columns(row: Any) -> Iterable[object]:
    if isinstance(row, str):
        return (row,)
    if isinstance(row, tuple):
        return row
    return (getattr(row, name) for name in row.__slots__)
