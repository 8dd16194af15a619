"""A home with its town: the exchange, the sandbox that plays every agency, the directory filled."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time

import httpx

from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.ports import Broker
from exchange.doors.forms import BEIJING
from exchange.local.home import Home
from exchange.local.saying import Say
from exchange.local.stack import LocalStack
from exchange.local.supervisor import ServiceProcess
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.exchange_home import ExchangeHome, RunningExchange, running_exchange
from fengqiao.cli.legal_time import advance, database_dsns
from fengqiao.cli.operator import BEGINNING, Operator
from fengqiao.cli.seed import exchange_listing, list_agencies, listing
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import DAY_0
from sandbox.story.watch import Seen, Watch
from services.directory.districts import agencies

COUNTY = "330803"
STORY_START = datetime.combine(DAY_0, time(9, 0), BEIJING)
"""Legal day 0 of the story: fixed, so that it reads the same next year."""

SANDBOX = "sandbox"
AGENCIES_SIDE = "agencies"
"""The folder of the other side, beside the exchange's own in the home."""


@dataclass(slots=True)
class LegalCalendar:
    """The legal day of a home: moved on to a later day, never back."""

    home: Home
    today: date

    async def advance_to(self, day: date) -> None:
        if day > self.today:
            await advance(database_dsns(self.home), day - self.today)
            self.today = day


@dataclass(slots=True)
class RunningTown:
    """A running exchange with its sandbox, watched."""

    exchange: RunningExchange
    town: Town
    watch: Watch
    broker: Broker


@asynccontextmanager
async def running_town(
    home: Home,
    say: Say,
    on_event: Callable[[Seen], None] = lambda _seen: None,
    legal_start: datetime | None = None,
) -> AsyncIterator[RunningTown]:
    """Every agency of the county listed, with the sandbox's key and address for it."""
    async with running_exchange(
        home, say, legal_start=legal_start, beside=[_sandbox_process]
    ) as exchange:
        sandbox_url = exchange.at.url(SANDBOX)
        count = await fill_directory(exchange, sandbox_url)
        say(f"名录已登记 {count} 个机构 / agencies listed")
        broker = _admin_broker(exchange.stack)
        watch = Watch(on_event)
        watching = asyncio.create_task(watch.run(broker))
        urls = {name: exchange.at.url(name) for name in SERVICES}
        today = (legal_start or datetime.now(BEIJING)).date()
        try:
            yield RunningTown(
                exchange,
                Town(sandbox_url, urls, watch, LegalCalendar(home, today)),
                watch,
                broker,
            )
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def fill_directory(exchange: RunningExchange, sandbox_url: str) -> int:
    """List the county's agencies, each with the sandbox's key for it and its push address."""
    async with httpx.AsyncClient(trust_env=False) as client:
        keys = {k["agency"]: k for k in (await client.get(f"{sandbox_url}/control/keys")).json()}
    listings = [
        listing(
            fact,
            [
                {
                    "key_id": keys[fact.code]["key_id"],
                    "use": "sign",
                    "algorithm": keys[fact.code]["alg"],
                    "public": keys[fact.code]["key"],
                    "valid_from": keys[fact.code]["valid_from"],
                }
            ],
            f"{sandbox_url}/agencies/{fact.code}/handoffs",
        )
        for fact in agencies(COUNTY)
    ]
    operator = Operator.of_home(exchange.at.home)
    await list_agencies(
        operator, [exchange_listing(exchange.at.exchange_key(), exchange.at.sealing_key())]
    )
    return await list_agencies(operator, listings)


def _sandbox_process(at: ExchangeHome, _stack: LocalStack) -> ServiceProcess:
    """The sandbox as one more process: it gets the exchange's public key and who to play."""
    home = at.home
    place = home.directory / AGENCIES_SIDE
    place.mkdir(exist_ok=True)
    public = place / "exchange.json"
    public.write_text(json.dumps(at.exchange_key().verify_key(BEGINNING).to_json()))
    played = place / "agencies.txt"
    played.write_text("\n".join(fact.code for fact in agencies(COUNTY)))
    home.settle_ports([SANDBOX])
    port = home.port(SANDBOX)
    return ServiceProcess(
        name=SANDBOX,
        argv=[
            *(sys.executable, "-m", "sandbox", "--home", str(place), "--port", str(port)),
            *("--exchange-key", str(public), "--agencies", str(played)),
        ],
        env=at.bare_environment(),
        port=port,
    )


def _admin_broker(stack: LocalStack) -> Broker:
    return KafkaBroker(stack.kafka_admin, "operator")
