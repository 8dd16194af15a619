"""From SQLSTATE to what it means for us: try again, bisect, or somebody else was first."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from exchange.chassis.failures import (
    BadData,
    IndexTaken,
    LockTimeout,
    ReplyStored,
    StoreError,
    Transient,
)

TRANSIENT_CLASSES = frozenset({"08", "40", "53", "55", "57", "25"})
"""Connection, rollback, resources, lock not available, operator; 25: killed when idle in mid-
transaction (25P03) or past its time (25P04)."""

DATA_CLASSES = frozenset({"22", "23", "54"})
"""Data exception, constraint violation; 54: a value longer than an index can hold."""

FROM_BELOW = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""All that a call of asyncpg raises; InternalClientError is what a connection that was cut in
mid-answer says when it is used once more."""

UNIQUE = {
    "index_rows_exclusive": IndexTaken,
    "replies_pkey": ReplyStored,
    "replies_nonce": ReplyStored,
}


def named(error: BaseException) -> StoreError | None:
    """What an error of asyncpg means; None where it is a defect of ours."""
    if isinstance(error, asyncpg.UniqueViolationError):
        kind = UNIQUE.get(error.constraint_name or "")
        if kind is not None:
            return kind(error.constraint_name)
    if isinstance(error, asyncpg.PostgresError):
        sqlstate = error.sqlstate or ""
        if isinstance(error, asyncpg.LockNotAvailableError):
            return LockTimeout(f"{sqlstate} {type(error).__name__}")
        if sqlstate[:2] in TRANSIENT_CLASSES:
            return Transient(f"{sqlstate} {type(error).__name__}")
        if sqlstate[:2] in DATA_CLASSES:
            return BadData(f"{sqlstate} {type(error).__name__}")
        return None
    if isinstance(error, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return Transient(type(error).__name__)
    if isinstance(error, (OSError, TimeoutError)):
        return Transient(type(error).__name__)
    return None


@contextmanager
def translated() -> Iterator[None]:
    """Raise what is meant instead of what asyncpg says. A message never carries a row's values."""
    try:
        yield
    except FROM_BELOW as error:
        meant = named(error)
        if meant is None:
            raise
        raise meant from error
