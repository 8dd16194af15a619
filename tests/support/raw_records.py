"""Records written exactly so, whatever they are, with the credentials of a topic's own writer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from exchange.contracts.topics import DISPUTES, Topic
from exchange.local.stack import LocalStack

Headers = list[tuple[str, bytes]]

BYTES_MAX = 16 << 20
"""More than the broker takes: it is the broker that has to refuse."""


@asynccontextmanager
async def raw_writer(stack: LocalStack, writer: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer under that service's Kafka user."""
    options = stack.service_kafka(writer).for_aiokafka()
    client = AIOKafkaProducer(**options, max_request_size=BYTES_MAX)
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def write_raw(
    stack: LocalStack,
    key: bytes | None,
    value: bytes | None,
    headers: Headers,
    *,
    partition: int,
    topic: Topic = DISPUTES,
) -> int:
    """A record exactly so; its offset."""
    async with raw_writer(stack, topic.writer) as client:
        sent = await client.send_and_wait(
            topic.name, value, key=key, partition=partition, headers=headers
        )
    return int(sent.offset)
