"""Roles, databases and migrations on Postgres: the embedded server or a real one.

For a service `s`: the database `s`, owned by the role `s_owner` that cannot log in and under
which the migrations run; and the login role `s`, which may read and write rows there and nothing
else: no DDL, no other service's database.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from exchange.local.declarations import ServiceSpec
from exchange.local.migrations import migrate
from exchange.local.together import together

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncpg import Connection, Record

CONNECT_TIMEOUT_S = 10.0
SCRAM_ITERATIONS = 4096  # PostgreSQL's own default
SCRAM_SALT_BYTES = 16
LOCK_KEY = 0x66_71_70_72_6F  # 'fqpro': one provisioner of a server at a time
LOCK_TIMEOUT = "30s"
DATABASES_AT_ONCE = 4

LIMITS = {
    # a process frozen in mid-transaction lets go of its lease's row
    "idle_in_transaction_session_timeout": "2s",
    "transaction_timeout": "5s",
}


async def provision_postgres(
    admin_dsn: str, services: Sequence[ServiceSpec], password_of: Callable[[str], str]
) -> dict[str, tuple[str, ...]]:
    """Create what is missing and migrate; the migrations applied now, by service. Idempotent.

    The admin needs CREATEROLE and CREATEDB, no more. Raises MigrationRefused, MigrationFailed,
    or asyncpg.PostgresError.
    """
    async with _connected(admin_dsn) as admin:
        await admin.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        await admin.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        for service in services:
            await _ensure_roles(admin, service.name, password_of(service.name))
            await _ensure_database(admin, service.name)
        at_once = asyncio.Semaphore(DATABASES_AT_ONCE)
        applied = await together(
            *(_prepare_database(admin_dsn, service, at_once) for service in services)
        )
    return {service.name: names for service, names in zip(services, applied, strict=True)}


def scram_verifier(password: str, salt: bytes, iterations: int = SCRAM_ITERATIONS) -> str:
    """What PostgreSQL stores for a password, so that the password itself is never sent or logged.

    RFC 5802 §3 with SHA-256 (RFC 7677), in PostgreSQL's notation. ASCII only, because others
    would need SASLprep; raises UnicodeEncodeError.
    """
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (
        base64.b64encode(part).decode() for part in (salt, stored_key, server_key)
    )
    return f"SCRAM-SHA-256${iterations}:{salt64}${stored64}:{server64}"


def database_dsn(dsn: str, database: str) -> str:
    """The same DSN for another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


async def _ensure_roles(admin: Connection[Record], name: str, password: str) -> None:
    present = {
        row["rolname"]
        for row in await admin.fetch(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", [name, f"{name}_owner"]
        )
    }
    if f"{name}_owner" not in present:
        await admin.execute(f"CREATE ROLE {name}_owner NOLOGIN")
        await admin.execute(f"GRANT {name}_owner TO CURRENT_USER")
    if name not in present:
        await admin.execute(f"CREATE ROLE {name} LOGIN")
    verifier = scram_verifier(password, secrets.token_bytes(SCRAM_SALT_BYTES))
    await admin.execute(f"ALTER ROLE {name} PASSWORD '{verifier}'")
    for setting, value in LIMITS.items():
        await admin.execute(f"ALTER ROLE {name} SET {setting} = '{value}'")


async def _ensure_database(admin: Connection[Record], name: str) -> None:
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        await admin.execute(
            f"CREATE DATABASE {name} OWNER {name}_owner"
            " TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        )


async def _prepare_database(
    admin_dsn: str, service: ServiceSpec, at_once: asyncio.Semaphore
) -> tuple[str, ...]:
    name = service.name
    async with at_once, _connected(database_dsn(admin_dsn, name)) as owner:
        await owner.execute(f"SET ROLE {name}_owner")
        await owner.execute(
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
            f"GRANT CONNECT ON DATABASE {name} TO {name};"
            f"ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name};"
            f"ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {name};"
            f"ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {name}"
        )
        applied = await migrate(owner, service.migrations)
        await owner.execute(f"REVOKE INSERT, UPDATE, DELETE ON migrations FROM {name}")
    return applied


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Connection[Record]]:
    connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
    try:
        yield connection
    finally:
        await connection.close()
