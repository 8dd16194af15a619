"""Which partition a key belongs to: murmur2 as in Kafka's own clients, load tools included."""

from aiokafka.partitioner import murmur2


def partition_of(key: str, partitions: int) -> int:
    """The partition number of a key, 0 ≤ n < `partitions`."""
    number: int = murmur2(key.encode()) & 0x7FFFFFFF
    return number % partitions
