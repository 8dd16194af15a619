"""What a store or a broker raises: what went wrong, and whether trying again helps."""

from collections.abc import Mapping


class StoreError(Exception):
    """The root of what a store raises."""


class Transient(StoreError):
    """SQLSTATE classes 08, 40, 53, 55, 57: nothing is wrong with the data, try the whole again."""


class LockTimeout(Transient):
    """SQLSTATE 55P03: another transaction held the row for the whole of `lock_timeout`."""


class OutcomeUnknown(Transient):
    """The connection was lost at COMMIT: the stored position (or reply) says what happened."""


class BadData(StoreError):
    """SQLSTATE classes 22 and 23: one of the rows cannot be written; bisect to find it."""


class Fenced(StoreError):
    """The lease is no longer ours, or its position moved: drop everything and seek."""


class IndexTaken(StoreError):
    """An exclusive index row belongs to another dispute already."""


class ReplyStored(StoreError):
    """Another transaction answered this idempotency key first."""


class Unreachable(Exception):
    """The broker does not answer, or forbids: nothing of ours is lost, the outbox holds it."""


class OutOfRange(Exception):
    """A log does not have the offset asked for: {(topic, partition): offset}. It never will."""

    def __init__(self, positions: Mapping[tuple[str, int], int]) -> None:
        super().__init__(", ".join(f"{t}/{p}/{at}" for (t, p), at in positions.items()))
        self.positions = dict(positions)
