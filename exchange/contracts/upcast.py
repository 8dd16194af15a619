"""From an older version of an event to a newer one, step by step.

A change that is not additive makes `V2` and one entry here: `(type, 1)` gives the function from
V1's value to V2's. The bytes that were hashed and signed stay as they are: a reader verifies
first and upcasts after. Each function knows two neighbours only, so a chain never needs rewriting.
"""

from collections.abc import Callable, Mapping
from typing import Any

Value = dict[str, Any]
Upcaster = Callable[[Value], Value]
Upcasters = Mapping[tuple[str, int], Upcaster]

UPCASTERS: Upcasters = {}


class NoUpcaster(ValueError):
    """No chain leads from `version` of the type to `wanted`; it breaks off at `stuck_at`."""

    def __init__(self, event_type: str, version: int, wanted: int, stuck_at: int) -> None:
        super().__init__(
            f"{event_type}: no upcaster from v{stuck_at} on the way from v{version} to v{wanted}"
        )
        self.event_type, self.version = event_type, version
        self.wanted, self.stuck_at = wanted, stuck_at


def upcast(
    event_type: str, version: int, value: Value, *, to: int, upcasters: Upcasters = UPCASTERS
) -> Value:
    """The value of `version`, as `to` has it; as it is where they are the same.

    Raises NoUpcaster where the chain breaks off, and for a version newer than `to`.
    """
    if version > to:
        raise NoUpcaster(event_type, version, to, version)
    for step in range(version, to):
        if (event_type, step) not in upcasters:
            raise NoUpcaster(event_type, version, to, step)
        value = upcasters[event_type, step](value)
    return value


def first_gap(
    event_type: str, version: int, *, to: int, upcasters: Upcasters = UPCASTERS
) -> int | None:
    """The version at which the chain breaks off; None where it is whole."""
    steps = (step for step in range(version, to) if (event_type, step) not in upcasters)
    return next(steps, None)
