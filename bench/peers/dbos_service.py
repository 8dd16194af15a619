"""The bare spine's job as DBOS workflows: one lane (a partition of its queue) per dispute.

Each event is a workflow of two recorded steps: a transaction (row lock, state) and an awaited send.
It is enqueued under the event's id, which is its inbox.
"""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, SQLAlchemyDatasource
from sqlalchemy import text

QUEUE = "disputes"
POLLING_S = 0.05
AT_ONCE_MAX = 32
SEND_TIMEOUT_S = 30.0

MAKE = text("INSERT INTO disputes (code) VALUES (:code) ON CONFLICT DO NOTHING")
LOCK = text("SELECT seen FROM disputes WHERE code = :code FOR UPDATE")
MOVE = text("UPDATE disputes SET seen = :seen, state = :state WHERE code = :code")
STATE = b"x" * 1_200


Enqueue = Callable[[str, str, dict[str, Any]], None]


def lanes(
    datasource: SQLAlchemyDatasource, producer: AIOKafkaProducer, loop: asyncio.AbstractEventLoop
) -> Enqueue:
    """Declares the workflow, whose steps threads run and whose sends the loop does; how an event
    (its dispute, its id, its body) gets into its lane."""

    def decide(code: str) -> None:
        session = datasource.sql_session()
        session.execute(MAKE, {"code": code})
        seen = session.execute(LOCK, {"code": code}).scalar_one()
        session.execute(MOVE, {"code": code, "seen": seen + 1, "state": STATE})

    def send(code: str, body: dict[str, Any]) -> None:
        sending = producer.send_and_wait(
            os.environ["PEERS_RESULTS"], json.dumps(body).encode(), key=code.encode()
        )
        asyncio.run_coroutine_threadsafe(sending, loop).result(SEND_TIMEOUT_S)

    send_step = DBOS.step(name="send")(send)

    def handle(code: str, body: dict[str, Any]) -> None:
        datasource.run_tx_step(None, decide, code)
        send_step(code, body)

    workflow = DBOS.workflow(name="handle")(handle)

    def enqueue(code: str, event_id: str, body: dict[str, Any]) -> None:
        with SetWorkflowID(event_id), SetEnqueueOptions(queue_partition_key=code):
            DBOS.enqueue_workflow(QUEUE, workflow, code, body)

    return enqueue


async def main() -> None:
    """Until it is stopped: from Kafka into the queue, message by message."""
    postgres = os.environ["PEERS_POSTGRES"]
    DBOS(config={"name": "peers", "system_database_url": postgres, "log_level": "WARNING"})
    access = {
        "bootstrap_servers": os.environ["PEERS_KAFKA"],
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": os.environ["PEERS_KAFKA_USER"],
        "sasl_plain_password": os.environ["PEERS_KAFKA_PASSWORD"],
    }
    producer = AIOKafkaProducer(**access, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        os.environ["PEERS_EVENTS"],
        **access,
        group_id="dbos",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await producer.start()
    await consumer.start()
    url = postgres.replace("postgresql://", "postgresql+psycopg://", 1)
    datasource = await asyncio.to_thread(SQLAlchemyDatasource.create, url)
    enqueue = lanes(datasource, producer, asyncio.get_running_loop())
    await asyncio.to_thread(_launched)
    async for message in consumer:
        event_id = dict(message.headers)["ce_id"].decode()
        body = json.loads(message.value)
        await asyncio.to_thread(enqueue, message.key.decode(), event_id, body)
        await consumer.commit()


def _launched() -> None:
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        partition_concurrency=1,
        worker_concurrency=AT_ONCE_MAX,
        polling_interval_sec=POLLING_S,
    )


if __name__ == "__main__":
    asyncio.run(main())
