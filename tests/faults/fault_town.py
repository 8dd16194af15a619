"""A town whose services can be told to die at named points, and whose supervisor never gives up."""

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest

from exchange.identity.keys import SigningKey
from exchange.local import supervisor
from exchange.local.stack import LocalStack
from exchange.local.supervisor import ServiceProcess
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.exchange_home import ExchangeHome
from fengqiao.cli.operator import BEGINNING
from fengqiao.cli.town_home import AGENCIES_SIDE, STORY_START, RunningTown, running_town
from tests.checker.check import check
from tests.checker.reading_engines import observe_engines
from tests.checker.verdict import Verdict
from tests.faults.recording import Recorder
from tests.faults.traffic import RecordingTown, Traffic
from tests.support.stack import temporary_home

RESTARTS_MAX = 100_000
RESTART_PAUSE_S = 0.1
REST_WITHIN_S = 60.0
PATIENCE_S = 120.0
"""An interrupted delivery is claimed for a while before it is asked about."""


@dataclass(slots=True)
class FaultTown:
    """A running town, the traffic in it, and the orders to die that are open."""

    running: RunningTown
    traffic: Traffic
    orders: Path

    async def verdict(self, scenario: str) -> Verdict:
        """What the checker says of everything so far, once all has come to rest (or should)."""
        exchange, recorder = self.running.exchange, self.traffic.town.recorder
        arrivals = exchange.at.home.directory / AGENCIES_SIDE / "arrivals.jsonl"
        until = time.monotonic() + REST_WITHIN_S
        while True:
            seen = await observe_engines(exchange.stack, SERVICES, exchange.at.exchange_key())
            history = [*recorder.history, *recorder.deliveries(arrivals)]
            verdict = check(history, seen, scenario=scenario)
            if "not_caught_up" not in verdict.broken or time.monotonic() > until:
                return verdict

    def order(self, service: str) -> Path:
        """The file in which that service's process looks for the point at which to die."""
        return self.orders / service


@asynccontextmanager
async def fault_town(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FaultTown]:
    """Every service under `service_process`; killed ones are back at once, however often."""
    monkeypatch.setattr(supervisor, "CRASHES_MAX", RESTARTS_MAX)
    monkeypatch.setattr(supervisor, "RESTART_PAUSE_MAX_S", RESTART_PAUSE_S)
    with temporary_home() as home:
        orders = home.directory / "orders"
        orders.mkdir()
        monkeypatch.setattr(ExchangeHome, "process", _armed(orders))
        async with running_town(home, print, legal_start=STORY_START) as running:
            yield FaultTown(running, Traffic(await _recording(running)), orders)


async def _recording(running: RunningTown) -> RecordingTown:
    """The same town, its agencies' requests sent and written down here."""
    at, plain = running.exchange.at, running.town
    connection = await asyncpg.connect(running.exchange.stack.service_dsn("routing"))
    try:
        lead = await connection.fetchval("SELECT legal_now() - now()")
    finally:
        await connection.close()
    keys = at.home.directory / AGENCIES_SIDE / "keys"
    return RecordingTown(
        plain.sandbox_url,
        plain.urls,
        plain.watch,
        plain.calendar,
        patience_s=PATIENCE_S,
        keys={file.stem: SigningKey.read_pem(file.stem, file) for file in keys.glob("*.pem")},
        exchange=(at.exchange_key().verify_key(BEGINNING),),
        recorder=Recorder(lead, {at.home.port(name): name for name in SERVICES}),
    )


def _armed(orders: Path):  # type: ignore[no-untyped-def]  # in place of ExchangeHome.process
    plain = ExchangeHome.process

    def process(at: ExchangeHome, service: str, stack: LocalStack) -> ServiceProcess:
        argv = [sys.executable, "-m", "tests.faults.service_process", service]
        return replace(plain(at, service, stack), argv=[*argv, str(orders / service)])

    return process
