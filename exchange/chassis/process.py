"""One service, one process: composed from its declaration and its settings, stopped in order."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI

from exchange.chassis.answers import Answers
from exchange.chassis.checkpoints import Checkpointer
from exchange.chassis.clocks import ClockWorker
from exchange.chassis.commands import Commands
from exchange.chassis.consumer import PartitionReader
from exchange.chassis.crew import PartitionCrew
from exchange.chassis.door import Door
from exchange.chassis.failures import Unreachable
from exchange.chassis.handoffs import HandoffWorker
from exchange.chassis.kafka.access import KafkaAccess
from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.leases import LeaseKeeper
from exchange.chassis.ledger_failures import ForkDanger
from exchange.chassis.mailbox import mailbox_router
from exchange.chassis.metrics import Metrics
from exchange.chassis.operations import operations_router
from exchange.chassis.parking import Parking
from exchange.chassis.ports import Broker, Consumer, Store
from exchange.chassis.postgres.store import PostgresStore
from exchange.chassis.pruning import Pruner
from exchange.chassis.readiness import Readiness
from exchange.chassis.recovery import refuse_fork
from exchange.chassis.relay import Relay
from exchange.chassis.rows import Lease, Part
from exchange.chassis.server import Server
from exchange.chassis.service import AnyService
from exchange.chassis.settings import Settings, read_secret
from exchange.chassis.telemetry import Trace, open_tracing
from exchange.chassis.topic_check import TopicsAstray, require_topics
from exchange.chassis.wake import Wake
from exchange.chassis.watchdog import Watchdog
from exchange.chassis.web import create_app
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.contracts.topics import REFERRALS
from exchange.identity.keys import SigningKey

log = logging.getLogger(__name__)

PUSH_CONNECTIONS_MAX = 64
DRAIN_TIMEOUT_S = 10
KEEP_ALIVE_S = 75
"""Longer than callers and proxies keep an idle connection: theirs close first, so that no request
meets a connection that we are just closing."""

KAFKA_RETRY_S = 1.0
OBJECTS_PER_EVENT = 250
"""More than one event of a batch keeps until it is written (about 100)."""


@dataclass(slots=True)
class Parts:
    """What a process is made of; the memory world builds the same from other ports."""

    service: AnyService
    settings: Settings
    store: Store
    broker: Broker
    workshop: Workshop
    trace: Trace
    metrics: Metrics
    wake: Wake
    client: httpx.AsyncClient

    def app(self, readiness: Readiness) -> FastAPI:
        """The HTTP application: the service's door, the mailbox it keeps, operations."""
        commands = Commands(self.service, self.store, self.workshop, self.trace, self.wake)
        door = Door(self.store, commands, self.workshop)
        parking = Parking(self.service, self.store, self.workshop, self.trace, self.wake)
        routers = [self.service.router(door), operations_router(door, parking)]
        if self.service.serves:
            answers = Answers(self.service, self.store, self.trace)
            routers.append(mailbox_router(door, answers, self.wake))
        return create_app(
            f"fengqiao {self.service.name}",
            routers,
            readiness=readiness,
            trace=self.trace,
            metrics=self.metrics,
        )

    def keeper(self, readers: "Readers") -> LeaseKeeper:
        keeper = LeaseKeeper(
            self.store,
            f"{self.service.name}-{self.settings.instance}-{self.workshop.chance.randbytes(4).hex()}",
            lambda lease: self._hire(lease, readers, keeper),
            self.metrics,
            self.settings.beat_s,
            self.settings.lease_s,
            self.workshop.chance,
        )
        return keeper

    async def _hire(self, lease: Lease, readers: "Readers", keeper: LeaseKeeper) -> PartitionCrew:
        reader = PartitionReader(
            service=self.service,
            store=self.store,
            consumer=readers.consumer,
            workshop=self.workshop,
            lease=lease,
            trace=self.trace,
            wake=self.wake,
            metrics=self.metrics,
            batch_max=self.settings.batch_events_max,
            caution=readers.caution,
        )
        await readers.join(reader)
        return PartitionCrew(
            reader=reader,
            relay=Relay(
                self.store,
                self.broker,
                lease,
                self.wake,
                self.metrics,
                alone=lambda: keeper.alone,
            ),
            clocks=ClockWorker(reader),
            handoffs=HandoffWorker(reader, self.client),
            watchdog=Watchdog(reader, self.settings.stalled_after_s),
            pruner=Pruner(self.store) if lease.partition == 0 else None,
            checkpointer=self._checkpointer(lease),
            may_begin=lambda: self._may_begin(lease),
        )

    def _checkpointer(self, lease: Lease) -> Checkpointer | None:
        if not self.service.ledger or lease.partition != 0:
            return None
        return Checkpointer(
            self.store, lease, self.workshop.signing, self.settings.checkpoint_every_s
        )

    async def _may_begin(self, lease: Lease) -> None:
        if self.service.ledger:
            await refuse_fork(self.store, self.broker, lease)


class Readers:
    """One consumer for all leased partitions; every assignment seeks every part anew."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer
        self.caution = asyncio.Lock()
        self._readers: dict[int, PartitionReader] = {}
        self._lock = asyncio.Lock()

    async def join(self, reader: PartitionReader) -> None:
        """Assign the new reader's parts beside those that are still read."""
        async with self._lock:
            self._readers[reader.lease.partition] = reader
            positions = dict(await reader.load_positions())
            for other in self._readers.values():
                if other is not reader and not other.stopping:
                    positions |= _parts(other)
            await self.consumer.assign(positions)


def _parts(reader: PartitionReader) -> dict[Part, int]:
    return {(topic, reader.lease.partition): at for topic, at in reader.next.items()}


@asynccontextmanager
async def opened(service: AnyService, settings: Settings) -> AsyncIterator[Parts]:
    """The parts of a real process: its keys first, then Postgres and Kafka from the settings."""
    workshop = Workshop(
        settings,
        SigningKey.read_pem(EXCHANGE, settings.signing_key_file),
        service.keys(settings),
    )
    async with AsyncExitStack() as stack:
        store = await PostgresStore.open(
            settings.postgres_dsn,
            read_secret(settings.postgres_password_file),
            partitions=service.partitions,
            ledger_topic=REFERRALS.name,
            connections_max=settings.postgres_pool_max,
        )
        stack.push_async_callback(store.close)
        trace, provider = open_tracing(
            service.name,
            endpoint=settings.otlp_endpoint,
            file=settings.spans_file,
            ratio=settings.trace_ratio,
        )
        stack.callback(provider.shutdown)
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                limits=httpx.Limits(max_connections=PUSH_CONNECTIONS_MAX), trust_env=False
            )
        )
        yield Parts(
            service=service,
            settings=settings,
            store=store,
            broker=KafkaBroker(KafkaAccess.of(settings), f"{service.name}-{settings.instance}"),
            workshop=workshop,
            trace=trace,
            metrics=Metrics(service.name),
            wake=Wake(),
            client=client,
        )


async def run_service(service: AnyService, settings: Settings) -> None:
    """Run until SIGTERM or SIGINT: requests end first, then batches, then the relay.

    Exits with a plain sentence where going on would fork the ledger or break a dispute's order.
    """
    try:
        await _run(service, settings)
    except (ForkDanger, TopicsAstray) as danger:
        raise SystemExit(str(danger)) from danger
    log.info("process.stopped", extra={"pid": os.getpid()})


async def _run(service: AnyService, settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with opened(service, settings) as parts:
        _spare_the_garbage_collector(settings.batch_events_max)
        readiness, draining = Readiness(parts.store), asyncio.Event()
        server = _server(parts.app(readiness), settings)
        serving = asyncio.create_task(server.serve())
        working = asyncio.create_task(work(parts, readiness, draining))
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({serving, working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        readiness.stopping = server.should_exit = True
        await serving
        draining.set()
        await working


def _spare_the_garbage_collector(events_max: int) -> None:
    """What is loaded by now is never garbage, and what a batch makes is freed without cycles:
    looking through all of it every 700 objects took a quarter of the time. A whole batch fits below
    the threshold, so that it is not looked through either."""
    gc.freeze()
    gc.set_threshold(OBJECTS_PER_EVENT * events_max, 20, 50)


async def work(parts: Parts, readiness: Readiness, draining: asyncio.Event) -> None:
    """Consume, relay, fire and deliver, from the moment that Kafka answers."""
    consumer = await _consumer(parts, readiness, draining)
    if consumer is None:
        return
    keeper = parts.keeper(Readers(consumer))
    readiness.work = keeper.began
    running = asyncio.create_task(keeper.run())
    waiting = asyncio.create_task(draining.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await (keeper.abandon() if running.done() else keeper.stop())
    await consumer.close()
    try:
        await running
    except ExceptionGroup as failed:
        raise _first(failed) from failed


def _first(failed: ExceptionGroup[Exception]) -> Exception:
    """What went wrong first, without the groups around it."""
    error: Exception = failed
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _consumer(parts: Parts, readiness: Readiness, draining: asyncio.Event) -> Consumer | None:
    """A consumer, as soon as Kafka is there. Requests are accepted without it.

    Raises TopicsAstray.
    """
    while not draining.is_set():
        try:
            await require_topics(parts.service, parts.broker)
            return await parts.broker.consumer()
        except Unreachable as error:
            readiness.work.set()
            log.warning("kafka.unreachable", extra={"cause": str(error)})
            await asyncio.sleep(KAFKA_RETRY_S)
    return None


def _server(app: FastAPI, settings: Settings) -> Server:
    return Server(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=DRAIN_TIMEOUT_S,
            timeout_keep_alive=KEEP_ALIVE_S,
            server_header=False,
        )
    )
