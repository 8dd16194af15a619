"""Kafka's client library is closed in time and never ends its caller."""

import asyncio
from pathlib import Path

from exchange.chassis.kafka.broker import KafkaConsumer
from exchange.local.stack import LocalStack
from tests.support.running import parts_of
from tests.support.toy import TOY


async def test_a_request_that_the_library_cancels_itself_does_not_cancel_who_closes_it(
    engines: LocalStack, tmp_path: Path
) -> None:
    async with parts_of(TOY, engines, tmp_path) as parts:
        consumer = await parts.broker.consumer()
        assert isinstance(consumer, KafkaConsumer)
        fetching = asyncio.create_task(asyncio.Event().wait())
        consumer._consumer._fetcher._pending_tasks.add(fetching)

        await consumer.close()

        assert fetching.cancelled()
        assert consumer._consumer._client._sync_task is None
