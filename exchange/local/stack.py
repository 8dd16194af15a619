"""Real Kafka and Postgres of one home, provisioned: `async with LocalStack(home) as stack`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Self

from exchange.chassis.kafka.access import KafkaAccess
from exchange.local.child import stop_orphan
from exchange.local.declarations import ServiceSpec, TopicSpec
from exchange.local.home import Home
from exchange.local.jars import cache_directory, fetch_jars, read_lock
from exchange.local.kafka_node import KafkaNode, ports_of
from exchange.local.kafka_provision import provision_kafka
from exchange.local.kafka_warmth import warm_start_options
from exchange.local.postgres_provision import provision_postgres
from exchange.local.postgres_server import PORT as POSTGRES_PORT
from exchange.local.postgres_server import PostgresServer
from exchange.local.saying import Say, silently
from exchange.local.together import together


class LocalStack:
    """The engines of a home. Entering locks the home, starts both in parallel and provisions.

    Raises HomeInUse, JarUnavailable, ChildFailed, DataOfAnotherMajor, and what provisioning
    raises; whatever was started by then is stopped first.
    """

    kafkas: Sequence[KafkaNode]
    postgres: PostgresServer

    def __init__(
        self,
        home: Home,
        *,
        services: Sequence[ServiceSpec] = (),
        topics: Sequence[TopicSpec] = (),
        say: Say = silently,
        offline: bool = False,
    ) -> None:
        self.home = home
        self.migrated: dict[str, tuple[str, ...]] = {}
        self._services, self._topics = services, topics
        self._say, self._offline = say, offline
        self._opened = AsyncExitStack()

    @property
    def kafka(self) -> KafkaNode:
        """The first node, which is the only one unless the home has several."""
        return self.kafkas[0]

    @property
    def kafka_bootstrap(self) -> str:
        return self.kafka.access.bootstrap

    @property
    def kafka_admin(self) -> KafkaAccess:
        return self.kafka.access

    @property
    def postgres_admin_dsn(self) -> str:
        return self.postgres.admin_dsn

    def service_kafka(self, name: str) -> KafkaAccess:
        """The Kafka access of one service."""
        return KafkaAccess(self.kafka_bootstrap, name, self.service_kafka_password(name))

    def service_kafka_password(self, name: str) -> str:
        return self.home.secret(f"kafka-{name}")

    def service_postgres_password(self, name: str) -> str:
        return self.home.secret(f"postgres-{name}")

    def service_dsn(self, name: str) -> str:
        """The DSN of one service's login role on its own database."""
        return self.postgres.dsn(name, self.service_postgres_password(name), name)

    def service_database(self, name: str) -> str:
        """The same DSN without the password, which `secret_file("postgres-<name>")` holds."""
        return f"postgresql://{name}@127.0.0.1:{self.home.port(POSTGRES_PORT)}/{name}"

    async def provision(
        self, services: Sequence[ServiceSpec], topics: Sequence[TopicSpec] = ()
    ) -> None:
        """Create what these declarations need; topic rights of these services become exactly so."""
        await together(self._provision_kafka(services, topics), self._provision_postgres(services))

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            unclean = not self.home.is_locked() and self.home.last_holder()
            opened.enter_context(self.home.locked())
            if unclean:
                self._say(f"上次运行(进程 {unclean})没有正常结束,先清理 / cleaning up after a kill")
            await self._stop_orphans()
            self.home.settle_ports((*ports_of(self.home.brokers), POSTGRES_PORT))
            self.kafkas, self.postgres = await self._kafka_nodes(), PostgresServer(self.home)
            opened.push_async_callback(self._stop_engines)
            self._say("启动 Kafka 与 PostgreSQL / starting both engines")
            await together(self._start_kafka(), self._start_postgres())
            self._opened = opened.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.__aexit__(kind, error, trace)

    async def _kafka_nodes(self) -> Sequence[KafkaNode]:
        cache = cache_directory()
        jars = await asyncio.to_thread(
            fetch_jars,
            cache / "jars",
            read_lock(),
            offline=self._offline,
            mirror=os.environ.get("FENGQIAO_MAVEN_MIRROR"),
            say=self._say,
        )
        options = await asyncio.to_thread(warm_start_options, cache, jars)
        return [
            KafkaNode(self.home, jars, number=number, jvm_options=options)
            for number in range(1, self.home.brokers + 1)
        ]

    async def _start_kafka(self) -> None:
        await together(*(node.start() for node in self.kafkas))
        self._say(f"Kafka 就绪 {self.kafka_bootstrap} / ready")
        await self._provision_kafka(self._services, self._topics)

    async def _start_postgres(self) -> None:
        await self.postgres.start()
        self._say(f"PostgreSQL 就绪 127.0.0.1:{self.home.port(POSTGRES_PORT)} / ready")
        await self._provision_postgres(self._services)

    async def _provision_kafka(
        self, services: Sequence[ServiceSpec], topics: Sequence[TopicSpec]
    ) -> None:
        await asyncio.to_thread(
            partial(provision_kafka, replication=self.home.brokers),
            self.kafka_admin,
            services,
            topics,
            self.service_kafka_password,
        )

    async def _provision_postgres(self, services: Sequence[ServiceSpec]) -> None:
        migrated = await provision_postgres(
            self.postgres_admin_dsn, services, self.service_postgres_password
        )
        self.migrated.update(migrated)

    async def _stop_orphans(self) -> None:
        """End what a killed run left behind: services first, then (as they start) the engines."""
        numbers = range(1, self.home.brokers + 1)
        nodes = [KafkaNode(self.home, (), number=number) for number in numbers]
        engines = [*(node.child for node in nodes), PostgresServer(self.home).child]
        names = set(self.home.recorded_names()) - {child.name for child in engines}
        await together(*(stop_orphan(self.home, name) for name in names))
        await together(*(child.stop_orphan() for child in engines))

    async def _stop_engines(self) -> None:
        await together(*(node.stop() for node in self.kafkas), self.postgres.stop())
