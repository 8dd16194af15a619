"""Which partition a key belongs to: murmur2 as in Kafka's own clients, load tools included."""

from functools import lru_cache

from aiokafka.partitioner import murmur2

KEYS_REMEMBERED_MAX = 65_536
"""A dispute is looked up at every hop, and its hash is worked out in Python."""


@lru_cache(maxsize=KEYS_REMEMBERED_MAX)
def partition_of(key: str, partitions: int) -> int:
    """The partition number of a key, 0 ≤ n < `partitions`."""
    number: int = murmur2(key.encode()) & 0x7FFFFFFF
    return number % partitions
