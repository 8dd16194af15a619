"""One JSON value, one byte string: what is hashed and signed as JSON.

The form is RFC 8785 for the values that we use: keys sorted, no spaces, UTF-8, only strings,
integers, booleans, null, lists and objects with ASCII keys.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"


def canonical_bytes(value: Json) -> bytes:
    """Raises TypeError for a value that is no JSON, ValueError for NaN and infinities."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()
