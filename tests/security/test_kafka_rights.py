"""Each service may write and read exactly the topics that `topics.py` declares, no others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its stubs re-export nothing
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from exchange.chassis.kafka.access import KafkaAccess
from exchange.contracts.topics import TOPICS
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.town_home import RunningTown

ANSWER_TIMEOUT_S = 15.0
ADMIN_TIMEOUT_S = 10.0

WRITES = {(t.writer, t.name) for t in TOPICS.values()}
READS = {(reader, t.name) for t in TOPICS.values() for reader in t.readers}
READS |= {(t.writer, t.name) for t in TOPICS.values() if t.sequenced}
"""The writer of a ledger reads its topic too, to see that its ledger lacks nothing of it."""


async def test_the_cluster_s_rights_are_those_that_are_declared(running: RunningTown) -> None:
    granted = await asyncio.to_thread(_granted, running.exchange.stack.kafka_admin)
    declared = {(service, "WRITE", topic) for service, topic in WRITES}
    declared |= {(service, "READ", topic) for service, topic in READS}
    assert granted == declared


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_writes_no_topic_but_its_own(running: RunningTown, service: str) -> None:
    forbidden = [topic for topic in TOPICS if (service, topic) not in WRITES]
    async with _producer(running.exchange.stack.service_kafka(service)) as producer:
        for topic in forbidden:
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(topic, b"{}", partition=0)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_no_topic_that_is_not_declared_its(
    running: RunningTown, service: str
) -> None:
    forbidden = [topic for topic in TOPICS if (service, topic) not in READS]
    access = running.exchange.stack.service_kafka(service)
    outcomes = await asyncio.gather(*(_first_record(access, topic) for topic in forbidden))
    assert dict(zip(forbidden, outcomes, strict=True)) == dict.fromkeys(
        forbidden, "TopicAuthorizationFailedError"
    )


async def test_a_reader_reads(running: RunningTown) -> None:
    """Or the refusals above would say nothing."""
    access = running.exchange.stack.service_kafka("mediation")
    assert await _first_record(access, "directory.agency.v1") == "read"


async def test_no_service_has_a_group_or_makes_a_topic(running: RunningTown) -> None:
    access = running.exchange.stack.service_kafka("mediation")
    consumer = AIOKafkaConsumer("directory.agency.v1", group_id="another", **access.for_aiokafka())
    try:
        with pytest.raises(GroupAuthorizationFailedError):
            await asyncio.wait_for(consumer.start(), ANSWER_TIMEOUT_S)
    finally:
        await consumer.stop()

    async with _producer(access) as producer:
        sending = producer.send_and_wait("mediation.secret.v1", b"{}", partition=0)
        with pytest.raises(KafkaError):
            await asyncio.wait_for(sending, ANSWER_TIMEOUT_S)
    admin = running.exchange.stack.kafka_admin.admin_client()
    topics = await asyncio.to_thread(admin.list_topics, timeout=ADMIN_TIMEOUT_S)
    assert "mediation.secret.v1" not in topics.topics


@pytest.mark.parametrize(
    "changed",
    [
        {"security_protocol": "PLAINTEXT"},
        {"sasl_plain_password": "guessed"},
        {"sasl_plain_username": "nobody"},
        {"sasl_plain_username": "ANONYMOUS", "sasl_plain_password": ""},
    ],
    ids=str,
)
async def test_who_does_not_prove_who_it_is_gets_no_connection(
    running: RunningTown, changed: dict[str, str]
) -> None:
    access = running.exchange.stack.service_kafka("routing")
    options = {**access.for_aiokafka(), **changed, "request_timeout_ms": 5_000}
    consumer = AIOKafkaConsumer("routing.referral.v1", **options)
    try:
        with pytest.raises(KafkaError):
            await asyncio.wait_for(consumer.start(), ANSWER_TIMEOUT_S)
    finally:
        await consumer.stop()


def _granted(access: KafkaAccess) -> set[tuple[str, str, str]]:
    """Every right of every service on anything: (service, operation, topic)."""
    anything: Any = None  # the stubs ask for a str
    everything = AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        anything,
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    admin = access.admin_client()
    rights = admin.describe_acls(everything).result(ADMIN_TIMEOUT_S)
    assert all(right.permission_type == AclPermissionType.ALLOW for right in rights)
    return {
        (right.principal.removeprefix("User:"), right.operation.name, right.name)
        for right in rights
    }


@asynccontextmanager
async def _producer(access: KafkaAccess) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(acks="all", request_timeout_ms=10_000, **access.for_aiokafka())
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _first_record(access: KafkaAccess, topic: str) -> str:
    """Without a group, as every service reads; what came of it."""
    consumer = AIOKafkaConsumer(topic, auto_offset_reset="earliest", **access.for_aiokafka())
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await consumer.start()
            await consumer.getone()
    except KafkaError as error:
        return type(error).__name__
    finally:
        await consumer.stop()
    return "read"
