"""How a long step tells the person who waits what it does: one plain sentence at a time."""

from collections.abc import Callable
from typing import TypeAlias

Say: TypeAlias = Callable[[str], None]


def silently(_sentence: str) -> None:
    """To nobody."""
