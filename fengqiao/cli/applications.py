"""A service's HTTP application with no engine behind it: to be read, not to be called."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider

from exchange.chassis.metrics import Metrics
from exchange.chassis.process import Parts
from exchange.chassis.readiness import Readiness
from exchange.chassis.service import AnyService
from exchange.chassis.settings import Settings
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.contracts.openapi import published
from exchange.contracts.topics import REFERRALS
from exchange.identity.keys import SigningKey
from exchange.memory.broker import MemoryBroker
from exchange.memory.clock import ManualClock
from exchange.memory.database import Database
from exchange.memory.log import Log
from exchange.memory.store import MemoryStore

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def openapi_document(service: AnyService) -> dict[str, Any]:
    """The service's OpenAPI 3.1 document, every reference inside it."""
    return published(application(service).openapi())


def application(service: AnyService) -> FastAPI:
    """The application as its process builds it, on ports in memory."""
    clock = ManualClock(now=LONG_AGO)
    store = MemoryStore(Database(clock), partitions=service.partitions, ledger_topic=REFERRALS.name)
    settings = Settings(
        kafka_bootstrap="",
        postgres_dsn="",
        http_port=1,
        public_url="http://localhost",
        signing_key_file=Path("unread"),
    )
    parts = Parts(
        service=service,
        settings=settings,
        store=store,
        broker=MemoryBroker(Log(clock, {})),
        workshop=Workshop(settings, SigningKey.generate(EXCHANGE)),
        trace=Trace(TracerProvider().get_tracer("unread")),
        metrics=Metrics(service.name),
        wake=Wake(),
        client=httpx.AsyncClient(trust_env=False, verify=False),  # noqa: S501  it calls nobody
    )
    return parts.app(Readiness(store))
