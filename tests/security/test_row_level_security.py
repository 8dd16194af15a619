"""The fence behind the policy: what the database itself keeps from whoever has intake's own role.

Each test is somebody who got past the application: a query that went astray, one smuggled in.
"""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import pytest
import pytest_asyncio

from fengqiao.cli.declared import SERVICES
from fengqiao.cli.town_home import RunningTown
from tests.security.scene import Scene
from tests.support.town import Stranger

CIPHERTEXT_OF = "SELECT DISTINCT dispute_code FROM blobs WHERE name <> 'key'"
AGE_THE_LOG = "UPDATE index_rows SET at = at - interval '11 seconds' WHERE kind = 'access'"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest_asyncio.fixture(loop_scope="session")
async def smuggler(running: RunningTown, scene: Scene) -> AsyncIterator[Connection]:
    """A connection with the role of intake's processes, when nobody has read for a while."""
    stack = running.exchange.stack
    admin = await asyncpg.connect(stack.postgres_admin_dsn.rpartition("/")[0] + "/intake")
    await admin.execute(AGE_THE_LOG)
    await admin.close()
    connection = await asyncpg.connect(stack.service_dsn("intake"))
    yield connection
    await connection.close()


async def test_without_a_read_in_the_log_there_is_no_ciphertext_to_see(
    smuggler: Connection, scene: Scene
) -> None:
    assert await smuggler.fetch(CIPHERTEXT_OF) == []
    every = await smuggler.fetch("SELECT name FROM blobs WHERE content IS NOT NULL")
    assert {row["name"] for row in every} == {"key"}
    smuggled = "SELECT (SELECT content FROM blobs WHERE dispute_code = $1 AND name = 'dossier/1')"
    assert await smuggler.fetchval(smuggled, scene.taken.dispute) is None


async def test_a_logged_read_shows_that_dispute_s_ciphertext_and_no_other_s(
    smuggler: Connection, scene: Scene, stranger: Stranger
) -> None:
    target = f"/v1/disputes/{scene.taken.dispute}/dossier?purpose=conduct_mediation"
    answer = await stranger.asks(scene.taken.township, "intake", "GET", target)
    assert answer.status_code == 200
    seen = [row["dispute_code"] for row in await smuggler.fetch(CIPHERTEXT_OF)]
    assert seen == [scene.taken.dispute]


async def test_a_read_that_was_refused_shows_nothing(
    smuggler: Connection, scene: Scene, stranger: Stranger
) -> None:
    for actor, status in (("former", 403), ("other_committee", 404)):
        target = f"/v1/disputes/{scene.taken.dispute}/dossier?purpose=conduct_mediation"
        answer = await stranger.asks(scene.agencies[actor], "intake", "GET", target)
        assert answer.status_code == status
    assert await smuggler.fetch(CIPHERTEXT_OF) == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE blobs DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE blobs NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY read_when_logged ON blobs",
        "CREATE POLICY all_of_it ON blobs USING (true)",
        "CREATE VIEW everything AS SELECT * FROM blobs",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "COPY blobs TO PROGRAM 'cat'",
        "COPY blobs TO '/tmp/blobs'",
        "SELECT pg_read_file('PG_VERSION')",
        "TRUNCATE blobs",
        "SET ROLE intake_owner",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE intake BYPASSRLS",
    ],
)
async def test_the_role_cannot_take_the_fence_down(smuggler: Connection, statement: str) -> None:
    refusals = (
        asyncpg.InsufficientPrivilegeError,
        asyncpg.InvalidParameterValueError,
        asyncpg.UndefinedObjectError,
    )
    with pytest.raises(refusals):
        await smuggler.execute(statement)


async def test_the_role_may_ask_to_see_past_the_fence_and_is_refused(
    smuggler: Connection,
) -> None:
    await smuggler.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await smuggler.fetch("SELECT * FROM blobs")


async def test_no_service_s_role_may_more_than_its_rows(running: RunningTown) -> None:
    admin = await asyncpg.connect(running.exchange.stack.postgres_admin_dsn)
    powers = await admin.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY($1) AND (rolsuper OR rolbypassrls"
        " OR rolcreaterole OR rolcreatedb OR rolreplication)",
        list(SERVICES),
    )
    members = await admin.fetch(
        "SELECT member::regrole::text FROM pg_auth_members WHERE member::regrole::text = ANY($1)",
        list(SERVICES),
    )
    await admin.close()
    assert (powers, members) == ([], [])


@pytest.mark.parametrize("service", SERVICES)
async def test_no_service_enters_the_database_of_another(
    running: RunningTown, service: str
) -> None:
    stack = running.exchange.stack
    password = stack.service_postgres_password(service)
    for other in SERVICES:
        if other != service:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(stack.postgres.dsn(service, password, other))
