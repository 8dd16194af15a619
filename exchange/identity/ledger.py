"""The hash of a ledger entry, from which one dispute's chain is made.

    hash = SHA-256( LP("fengqiao-ledger-v1:sha-256")
                    || prev                          32 bytes; GENESIS before the first entry
                    || LP(id) || LP(type) || LP(subject) || LP(sequence) || LP(time)
                    || LP(value) )

    LP(x) = length of x in bytes, 4 bytes big-endian, then x

Texts are UTF-8: `id`, `type`, `subject` (the dispute code) and `time` exactly as in the `ce_id`,
`ce_type`, `ce_subject` and `ce_time` headers, `sequence` in decimal without leading zeros,
`value` the event's bytes as published. The prefix names layout and algorithm: a change of either
is a new prefix.
"""

import hashlib
from typing import TypedDict, Unpack

LAYOUT = b"fengqiao-ledger-v1:sha-256"
HASH_BYTES = 32
GENESIS = bytes(HASH_BYTES)


class EntryFields(TypedDict):
    """What is hashed of an entry beside the hash before it."""

    id: str
    type: str
    subject: str
    sequence: int
    time: str
    value: bytes


def entry_hash(prev: bytes, **entry: Unpack[EntryFields]) -> bytes:
    """The 32-byte hash of an entry after `prev`. Raises ValueError when `prev` is no hash."""
    if len(prev) != HASH_BYTES:
        raise ValueError(f"prev has {len(prev)} bytes, a SHA-256 has {HASH_BYTES}")
    parts = (
        entry["id"].encode(),
        entry["type"].encode(),
        entry["subject"].encode(),
        b"%d" % entry["sequence"],
        entry["time"].encode(),
        entry["value"],
    )
    hashed = [length_prefixed(LAYOUT), prev]
    for part in parts:
        hashed += (len(part).to_bytes(4, "big"), part)
    return hashlib.sha256(b"".join(hashed)).digest()


def length_prefixed(part: bytes) -> bytes:
    """LP of the layout above."""
    return len(part).to_bytes(4, "big") + part
