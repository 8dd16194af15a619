"""A town whose services can be told to die at named points, and whose supervisor never gives up.

Between each service and PostgreSQL lies a network that can fail; PostgreSQL's disk can be filled.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg
import pytest

from exchange.identity.keys import SigningKey
from exchange.local import postgres_server, supervisor
from exchange.local.postgres_server import PORT as POSTGRES_PORT
from exchange.local.stack import LocalStack
from exchange.local.supervisor import ServiceProcess
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.exchange_home import ExchangeHome
from fengqiao.cli.operator import BEGINNING
from fengqiao.cli.town_home import AGENCIES_SIDE, STORY_START, RunningTown, running_town
from tests.checker.check import check
from tests.checker.reading_engines import observe_engines
from tests.checker.verdict import Verdict
from tests.faults.disk import Disk, small_disk
from tests.faults.legal_time import RecordedCalendar
from tests.faults.proxy import Proxy
from tests.faults.recording import Recorder
from tests.faults.traffic import RecordingTown, Traffic
from tests.journeys.quarrels import Quarrels
from tests.support.stack import temporary_home

RESTARTS_MAX = 100_000
RESTART_PAUSE_S = 0.1
REST_WITHIN_S = 90.0
PATIENCE_S = 120.0
"""An interrupted delivery is claimed for a while before it is asked about."""

WAL_MAX = "256MB"
"""So that it has room on a small disk."""


class NotTried(Exception):
    """This fault cannot be made on this machine; says why."""


@dataclass(slots=True)
class FaultTown:
    """A running town, the traffic in it, and all that may be broken.

    `orders` has the open orders to die, `proxies` each service's way to PostgreSQL; `disk` is
    None where this process may not mount one. `failing` are the villages whose system was made
    to fail; `calm_waits` and `poisoned_waits` how long offers took before poison and beside it,
    in seconds.
    """

    running: RunningTown
    traffic: Traffic
    orders: Path
    proxies: Mapping[str, Proxy]
    disk: Disk | None
    failing: set[str] = field(default_factory=set)
    calm_waits: list[float] = field(default_factory=list)
    poisoned_waits: list[float] = field(default_factory=list)

    async def verdict(self, scenario: str) -> Verdict:
        """What the checker says of everything so far, once all has come to rest (or should)."""
        exchange, recorder = self.running.exchange, self.traffic.town.recorder
        arrivals = exchange.at.home.directory / AGENCIES_SIDE / "arrivals.jsonl"
        until = time.monotonic() + REST_WITHIN_S
        async with self.traffic.paused():
            while True:
                seen = await observe_engines(exchange.stack, SERVICES, exchange.at.exchange_key())
                history = [*recorder.history, *recorder.deliveries(arrivals)]
                verdict = await asyncio.to_thread(check, history, seen, scenario=scenario)
                if "not_caught_up" not in verdict.broken or time.monotonic() > until:
                    return verdict

    def say(self, sentence: str) -> None:
        """Tell whoever watches the run."""
        print(sentence, flush=True)

    def order(self, service: str) -> Path:
        """The file in which that service's process looks for the point at which to die."""
        return self.orders / service

    def database(self, service: str) -> str:
        """The super user's DSN of that service's database."""
        admin = self.running.exchange.stack.postgres_admin_dsn
        return f"{admin.rpartition('/')[0]}/{service}"


@asynccontextmanager
async def fault_town(
    monkeypatch: pytest.MonkeyPatch, *, brokers: int = 1
) -> AsyncIterator[FaultTown]:
    """Every service under `service_process`; killed ones are back at once, however often."""
    monkeypatch.setattr(supervisor, "CRASHES_MAX", RESTARTS_MAX)
    monkeypatch.setattr(supervisor, "RESTART_PAUSE_MAX_S", RESTART_PAUSE_S)
    monkeypatch.setitem(postgres_server.SETTINGS, "max_wal_size", WAL_MAX)
    async with AsyncExitStack() as opened:
        home = opened.enter_context(temporary_home(brokers=brokers))
        disk = opened.enter_context(small_disk(home))
        orders = home.directory / "orders"
        orders.mkdir()
        home.settle_ports([POSTGRES_PORT])
        proxies = {name: Proxy(home.port(POSTGRES_PORT)) for name in SERVICES}
        for proxy in proxies.values():
            await proxy.open()
            opened.push_async_callback(proxy.close)
        monkeypatch.setattr(ExchangeHome, "process", _armed(orders, proxies))
        running = await opened.enter_async_context(
            running_town(home, print, legal_start=STORY_START)
        )
        town = await _recording(running)
        yield FaultTown(running, Traffic(town, Quarrels(town)), orders, proxies, disk)


async def _recording(running: RunningTown) -> RecordingTown:
    """The same town, its agencies' requests sent and written down here."""
    at, plain = running.exchange.at, running.town
    connection = await asyncpg.connect(running.exchange.stack.service_dsn("routing"))
    try:
        lead = await connection.fetchval("SELECT legal_now() - now()")
    finally:
        await connection.close()
    recorder = Recorder(lead, {at.home.port(name): name for name in SERVICES})
    keys = at.home.directory / AGENCIES_SIDE / "keys"
    return RecordingTown(
        plain.sandbox_url,
        plain.urls,
        plain.watch,
        RecordedCalendar(at.home, plain.calendar.today, recorder),
        patience_s=PATIENCE_S,
        keys={file.stem: SigningKey.read_pem(file.stem, file) for file in keys.glob("*.pem")},
        exchange=(at.exchange_key().verify_key(BEGINNING),),
        recorder=recorder,
    )


def _armed(
    orders: Path, proxies: Mapping[str, Proxy]
) -> Callable[[ExchangeHome, str, LocalStack], ServiceProcess]:
    """In place of ExchangeHome.process."""
    plain = ExchangeHome.process

    def process(at: ExchangeHome, service: str, stack: LocalStack) -> ServiceProcess:
        argv = [sys.executable, "-m", "tests.faults.service_process", service]
        through = f"postgresql://{service}@127.0.0.1:{proxies[service].port}/{service}"
        first = plain(at, service, stack)
        env = {**first.env, "FENGQIAO_POSTGRES_DSN": through}
        return replace(first, argv=[*argv, str(orders / service)], env=env)

    return process
