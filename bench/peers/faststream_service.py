"""The bare spine's job as a FastStream service is written: message by message.

Each message is one transaction (inbox, row lock, state), one awaited send and one commit of its
offset. A crash between the commit and the send loses the send: the inbox has seen the message.
"""

import asyncio
import os
from typing import Any

import asyncpg
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.security import SASLScram512

SEE = "INSERT INTO inbox (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id"
MAKE = "INSERT INTO disputes (code, state) VALUES ($1, $2) ON CONFLICT DO NOTHING"
LOCK = "SELECT seen FROM disputes WHERE code = $1 FOR UPDATE"
MOVE = "UPDATE disputes SET seen = $2, state = $3 WHERE code = $1"
STATE = b"x" * 1_200


async def main() -> None:
    """Until it is stopped."""
    pool = await asyncpg.create_pool(os.environ["PEERS_POSTGRES"])
    user, password = os.environ["PEERS_KAFKA_USER"], os.environ["PEERS_KAFKA_PASSWORD"]
    broker = KafkaBroker(
        os.environ["PEERS_KAFKA"],
        security=SASLScram512(user, password),
        acks="all",
        enable_idempotence=True,
    )

    async def handle(body: dict[str, Any], message: KafkaMessage) -> None:
        code, event_id = message.headers["ce_subject"], message.headers["ce_id"]
        async with pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(SEE, event_id) is None:
                return
            await connection.execute(MAKE, code, STATE)
            seen = await connection.fetchval(LOCK, code)
            await connection.execute(MOVE, code, seen + 1, STATE)
        await broker.publish(
            body, os.environ["PEERS_RESULTS"], key=code.encode(), headers={"ce_subject": code}
        )

    subscribe = broker.subscriber(
        os.environ["PEERS_EVENTS"],
        group_id="faststream",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    subscribe(handle)
    async with broker:
        await broker.start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
