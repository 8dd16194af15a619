"""The keys that one process holds, for the work that is impure but needs no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.chassis.settings import Settings
from exchange.identity.keys import SigningKey


@dataclass(frozen=True, slots=True)
class Workshop:
    """`signing` is the exchange's own key; `keys` what a service needs besides, by name."""

    settings: Settings
    signing: SigningKey
    keys: Mapping[str, Any] = field(default_factory=dict)
