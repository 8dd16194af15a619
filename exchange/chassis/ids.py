"""Ids that a rerun gives again: 48 bits of milliseconds, then a hash of cause and position."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime

HASH_BITS = 80


def derived_id(at: datetime, cause: str, position: str) -> str:
    """A UUID (version 8, RFC 9562) that depends on its three arguments alone."""
    millis = int(at.timestamp() * 1000) & (2**48 - 1)
    digest = hashlib.sha256(f"{cause}\x00{position}".encode()).digest()
    value = (millis << HASH_BITS) | int.from_bytes(digest[: HASH_BITS // 8], "big")
    value = (value & ~(0xF << 76)) | (0x8 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def time_of(id_text: str) -> int:
    """The milliseconds since 1970 that an id of ours carries."""
    return uuid.UUID(id_text).int >> HASH_BITS


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one decision, all derived from its cause; `label` keeps them apart."""

    at: datetime
    cause: str

    def new(self, label: str) -> str:
        return derived_id(self.at, self.cause, label)
