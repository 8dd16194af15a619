"""Deny by default on the real engines: a service has what it declares, and nothing else."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from exchange.chassis.kafka.access import KafkaAccess
from exchange.local.declarations import ServiceSpec, TopicSpec
from exchange.local.kafka_provision import TopicsDiffer, provision_kafka
from exchange.local.migrations import MigrationFailed, MigrationRefused
from exchange.local.postgres_provision import provision_postgres
from exchange.local.stack import LocalStack

ANSWER_TIMEOUT_S = 10.0
DISPUTES = TopicSpec(
    "village.dispute.v1", 3, "village", frozenset({"town"}), {"retention.ms": "604800000"}
)
ANSWERS = TopicSpec("town.answer.v1", 3, "town")


@pytest.fixture
async def provisioned(stack: LocalStack, tmp_path: Path) -> LocalStack:
    """The services `village` (with a table `walls`) and `town`, and their topics."""
    await stack.provision([village(tmp_path), ServiceSpec("town")], [DISPUTES, ANSWERS])
    return stack


async def test_a_service_cannot_write_the_topic_of_another(provisioned: LocalStack) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await produce(provisioned.service_kafka("town"), DISPUTES.name)


async def test_a_service_cannot_read_a_topic_that_it_does_not_declare(
    provisioned: LocalStack,
) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await consume_one(provisioned.service_kafka("village"), ANSWERS.name)


async def test_a_declared_reader_reads_what_the_owner_wrote(provisioned: LocalStack) -> None:
    await produce(provisioned.service_kafka("village"), DISPUTES.name)

    assert await consume_one(provisioned.service_kafka("town"), DISPUTES.name) == b"a wall"


async def test_a_right_that_is_no_longer_declared_is_revoked(provisioned: LocalStack) -> None:
    for_nobody = dataclasses.replace(DISPUTES, readers=frozenset())
    services = [ServiceSpec("village"), ServiceSpec("town")]
    await asyncio.to_thread(
        provision_kafka,
        provisioned.kafka_admin,
        services,
        [for_nobody, ANSWERS],
        provisioned.service_kafka_password,
    )

    with pytest.raises(TopicAuthorizationFailedError):
        await consume_one(provisioned.service_kafka("town"), DISPUTES.name)


async def test_topics_that_differ_are_all_named_and_none_is_altered(
    provisioned: LocalStack, tmp_path: Path
) -> None:
    more = dataclasses.replace(DISPUTES, partitions=6, config={"retention.ms": "1000"})

    with pytest.raises(TopicsDiffer) as refused:
        await provisioned.provision([village(tmp_path), ServiceSpec("town")], [more, ANSWERS])

    assert refused.value.differences == (
        "village.dispute.v1: 3 partitions, declared 6",
        "village.dispute.v1: retention.ms=604800000, declared 1000",
    )
    metadata = provisioned.kafka_admin.admin_client().list_topics(DISPUTES.name, timeout=10)
    assert len(metadata.topics[DISPUTES.name].partitions) == 3


async def test_a_service_role_has_rows_but_no_ddl(provisioned: LocalStack) -> None:
    connection = await asyncpg.connect(provisioned.service_dsn("village"))

    await connection.execute("INSERT INTO walls VALUES (1)")
    for refused in (
        "CREATE TABLE more ()",
        "DROP TABLE walls",
        "TRUNCATE walls",
        "CREATE SCHEMA own",
        "CREATE TEMP TABLE scratch ()",
        "DELETE FROM migrations",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(refused)
    await connection.close()


async def test_a_service_role_cannot_enter_the_database_of_another(
    provisioned: LocalStack,
) -> None:
    password = provisioned.service_postgres_password("town")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(provisioned.postgres.dsn("town", password, "village"))


async def test_a_wrong_password_is_refused(provisioned: LocalStack) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(provisioned.postgres.dsn("village", "guessed", "village"))


async def test_a_frozen_transaction_of_a_service_is_ended(provisioned: LocalStack) -> None:
    connection = await asyncpg.connect(provisioned.service_dsn("village"))

    assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "2s"
    assert await connection.fetchval("SHOW transaction_timeout") == "5s"
    await connection.close()


async def test_a_migration_that_changed_is_refused_by_name(
    provisioned: LocalStack, tmp_path: Path
) -> None:
    service = village(tmp_path)
    (tmp_path / "village" / "migrations" / "0001_walls.sql").write_text("CREATE TABLE walls ()")

    with pytest.raises(MigrationRefused, match=r"village/0001_walls\.sql: changed"):
        await provisioned.provision([service, ServiceSpec("town")], [DISPUTES, ANSWERS])


async def test_a_migration_that_fails_leaves_nothing_behind(
    stack: LocalStack, tmp_path: Path
) -> None:
    service = ServiceSpec("hamlet", [folder(tmp_path, "hamlet")])
    script = tmp_path / "hamlet" / "migrations" / "0001_half.sql"
    script.write_text("CREATE TABLE half (n int); SELECT no_such_function();")

    with pytest.raises(MigrationFailed, match=r"hamlet/0001_half\.sql.*42883"):
        await stack.provision([service])

    connection = await asyncpg.connect(stack.service_dsn("hamlet"))
    assert await connection.fetchval("SELECT to_regclass('half')") is None
    await connection.close()


async def test_an_external_administrator_needs_only_createrole_and_createdb(
    stack: LocalStack, tmp_path: Path
) -> None:
    admin = await asyncpg.connect(stack.postgres_admin_dsn)
    await admin.execute("CREATE ROLE dba LOGIN CREATEROLE CREATEDB PASSWORD 'not-a-super-user'")
    await admin.close()
    dsn = stack.postgres.dsn("dba", "not-a-super-user", "postgres")
    service = ServiceSpec("county", [folder(tmp_path, "county")])
    (tmp_path / "county" / "migrations" / "0001_walls.sql").write_text("CREATE TABLE walls ()")

    first = await provision_postgres(dsn, [service], stack.service_postgres_password)
    second = await provision_postgres(dsn, [service], stack.service_postgres_password)

    assert first == {"county": ("county/0001_walls.sql",)}
    assert second == {"county": ()}


def village(parent: Path) -> ServiceSpec:
    migrations = folder(parent, "village")
    (migrations / "0001_walls.sql").write_text("CREATE TABLE walls (n int)")
    return ServiceSpec("village", [migrations])


def folder(parent: Path, owner: str) -> Path:
    migrations = parent / owner / "migrations"
    migrations.mkdir(parents=True, exist_ok=True)
    return migrations


async def produce(access: KafkaAccess, topic: str) -> None:
    producer = AIOKafkaProducer(
        **access.for_aiokafka(), acks="all", enable_idempotence=True, request_timeout_ms=10_000
    )
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"a wall", partition=0)
    finally:
        await producer.stop()


async def consume_one(access: KafkaAccess, topic: str) -> bytes:
    """The first record of a topic, read without a group as every service does."""
    consumer = AIOKafkaConsumer(topic, **access.for_aiokafka(), auto_offset_reset="earliest")
    try:
        await consumer.start()
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            record = await consumer.getone()
    finally:
        await consumer.stop()
    return bytes(record.value)
