"""Forward-only migrations: numbered SQL files, each applied once in a transaction of its own.

`migrations(name, sha256, applied_at)` remembers them; a name is `<owner>/<file>`, the owner being
the folder above the `migrations` folder. An applied file may never change, vanish, or be
preceded by a new one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from asyncpg import Connection, Record

FILE_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
LOCK_TIMEOUT = "30s"
LOCK_KEY = 0x66_71_6D_69_67  # 'fqmig': one migrator of a database at a time


class MigrationRefused(RuntimeError):
    """A migration file breaks a rule; nothing of it was applied."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{name}: {reason}")


class MigrationFailed(RuntimeError):
    """Postgres refused a migration; its transaction was rolled back."""

    def __init__(self, name: str, sqlstate: str, message: str) -> None:
        self.name, self.sqlstate, self.message = name, sqlstate, message
        super().__init__(f"{name}: {message} (SQLSTATE {sqlstate})")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def owner(self) -> str:
        return self.name.partition("/")[0]


async def migrate(connection: Connection[Record], folders: Sequence[Path]) -> tuple[str, ...]:
    """Apply what is new, in order; the names applied now. Raises MigrationRefused or -Failed."""
    await connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
    try:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, sha256 text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
        rows = await connection.fetch("SELECT name, sha256 FROM migrations")
        new = pending(read_folders(folders), {row["name"]: row["sha256"] for row in rows})
        for migration in new:
            await _apply(connection, migration)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK_KEY)
    return tuple(migration.name for migration in new)


def read_folders(folders: Sequence[Path]) -> tuple[Migration, ...]:
    """The files of each folder in the order of their numbers, folder by folder.

    Raises MigrationRefused for a file that is not named `NNNN_name.sql` or shares its number.
    """
    found: dict[str, Migration] = {}
    for folder in folders:
        numbers: set[str] = set()
        for path in sorted(folder.glob("*.sql")):
            name = f"{folder.parent.name}/{path.name}"
            if not FILE_NAME.fullmatch(path.name):
                raise MigrationRefused(name, "a migration is named NNNN_name.sql")
            if path.name[:4] in numbers or name in found:
                raise MigrationRefused(name, "its number is taken")
            numbers.add(path.name[:4])
            found[name] = Migration(name, path.read_text())
    return tuple(found.values())


def pending(migrations: Sequence[Migration], applied: Mapping[str, str]) -> tuple[Migration, ...]:
    """The migrations to apply, given name → sha256 of those applied. Raises MigrationRefused."""
    names = {migration.name for migration in migrations}
    for name in sorted(set(applied) - names):
        raise MigrationRefused(name, "applied to this database, but its file is gone")
    new: list[Migration] = []
    for migration in migrations:
        if migration.name not in applied:
            new.append(migration)
        elif migration.sha256 != applied[migration.name]:
            raise MigrationRefused(migration.name, "changed after it was applied: write a new one")
        elif any(earlier.owner == migration.owner for earlier in new):
            raise MigrationRefused(new[-1].name, f"comes before {migration.name}, already applied")
    return tuple(new)


async def _apply(connection: Connection[Record], migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO migrations (name, sha256) VALUES ($1, $2)",
                migration.name,
                migration.sha256,
            )
    except asyncpg.PostgresError as error:
        message = str(error).partition("\n")[0]  # without DETAIL, which may quote rows
        raise MigrationFailed(migration.name, error.sqlstate or "", message) from error
