"""Ids that a rerun gives again: 48 bits of milliseconds, then a hash of cause and position."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

VARIANT = {digit: f"{int(digit, 16) & 0b11 | 0b1000:x}" for digit in "0123456789abcdef"}
"""A hex digit as it stands where RFC 9562 keeps two bits for the variant, 0b10."""


def derived_id(at: datetime, cause: str, position: str) -> str:
    """A UUID (version 8, RFC 9562) that depends on its three arguments alone."""
    millis = int(at.timestamp() * 1000) & (2**48 - 1)
    time = f"{millis:012x}"
    hash_ = hashlib.sha256(f"{cause}\x00{position}".encode()).hexdigest()
    return f"{time[:8]}-{time[8:]}-8{hash_[1:4]}-{VARIANT[hash_[4]]}{hash_[5:8]}-{hash_[8:20]}"


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one decision, all derived from its cause; `label` keeps them apart."""

    at: datetime
    cause: str

    def new(self, label: str) -> str:
        return derived_id(self.at, self.cause, label)
