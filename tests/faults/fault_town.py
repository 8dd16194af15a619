"""A town whose services can be told to die at named points, and whose supervisor never gives up."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from exchange.local import supervisor
from exchange.local.stack import LocalStack
from exchange.local.supervisor import ServiceProcess
from fengqiao.cli.exchange_home import ExchangeHome
from fengqiao.cli.town_home import STORY_START, RunningTown, running_town
from tests.faults.traffic import RecordingTown, Traffic
from tests.support.stack import temporary_home

RESTARTS_MAX = 100_000
RESTART_PAUSE_S = 0.1


@dataclass(slots=True)
class FaultTown:
    """A running town, the traffic in it, and the orders to die that are open."""

    running: RunningTown
    traffic: Traffic
    orders: Path

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
            town = RecordingTown(
                running.town.sandbox_url,
                running.town.urls,
                running.town.watch,
                running.town.calendar,
            )
            yield FaultTown(running, Traffic(town), orders)


def _armed(orders: Path):  # type: ignore[no-untyped-def]  # in place of ExchangeHome.process
    plain = ExchangeHome.process

    def process(at: ExchangeHome, service: str, stack: LocalStack) -> ServiceProcess:
        argv = [sys.executable, "-m", "tests.faults.service_process", service]
        return replace(plain(at, service, stack), argv=[*argv, str(orders / service)])

    return process
