"""Everything that the declared services and topics need, on Kafka and Postgres at once.

`fengqiao up` runs it on the embedded engines, `fengqiao migrate` and `fengqiao topics` on a real
cluster: the same functions, given the addresses and an administrator's credentials.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from exchange.local.declarations import ServiceSpec, TopicSpec
from exchange.local.kafka_node import KafkaAccess
from exchange.local.kafka_provision import provision_kafka
from exchange.local.postgres_provision import provision_postgres
from exchange.local.together import together


async def provision(
    kafka: KafkaAccess,
    postgres_admin_dsn: str,
    services: Sequence[ServiceSpec],
    topics: Sequence[TopicSpec],
    *,
    kafka_password_of: Callable[[str], str],
    postgres_password_of: Callable[[str], str],
    replication: int = 1,
) -> dict[str, tuple[str, ...]]:
    """Create what is missing on both; the migrations applied now, by service. Idempotent.

    Raises what `provision_kafka` and `provision_postgres` raise.
    """
    kafka_ready = asyncio.to_thread(
        provision_kafka, kafka, services, topics, kafka_password_of, replication=replication
    )
    migrated = provision_postgres(postgres_admin_dsn, services, postgres_password_of)
    applied: dict[str, tuple[str, ...]]
    _, applied = await together(kafka_ready, migrated)
    return applied
