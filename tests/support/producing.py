"""Events laid on a topic as its own writer would: what tests of the chassis and benches consume."""

from collections.abc import Sequence

from exchange.chassis.kafka.access import KafkaAccess
from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.partitioning import partition_of
from exchange.chassis.rows import OutboxRow
from exchange.contracts.envelope import Envelope
from exchange.contracts.topics import Topic
from exchange.local.stack import LocalStack

SEND_ROWS_MAX = 1_000


class NotProduced(Exception):
    """Kafka did not take some of the events."""


async def produce(stack: LocalStack, topic: Topic, envelopes: Sequence[Envelope]) -> None:
    """Write events through the Kafka user of the topic's writer. Raises NotProduced."""
    access = stack.service_kafka(topic.writer)
    await produce_as(access, topic.name, topic.partitions, envelopes)


async def produce_as(
    access: KafkaAccess, topic: str, partitions: int, envelopes: Sequence[Envelope]
) -> None:
    """The same on a topic that the contracts do not know."""
    rows = [
        OutboxRow(
            id=number,
            partition=partition_of(e.subject, partitions),
            topic=topic,
            code=e.subject,
            event_id=e.id,
            headers=e.headers(),
            value=e.value,
        )
        for number, e in enumerate(envelopes)
    ]
    producer = await KafkaBroker(access).producer()
    try:
        for first in range(0, len(rows), SEND_ROWS_MAX):
            if None in await producer.send(rows[first : first + SEND_ROWS_MAX]):
                raise NotProduced(topic)
    finally:
        await producer.close()
