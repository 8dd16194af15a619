"""A running town for the benches of what agencies see: stations that refer, committees that hold.

The sandbox plays every agency's system; what it has been handed it writes down at once, and that
file is read here as it grows.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.ground import new_home
from exchange.identity.keys import SigningKey
from exchange.local.saying import Say
from fengqiao.cli.operator import BEGINNING, Operator
from fengqiao.cli.town_home import AGENCIES_SIDE, COUNTY, RunningTown, running_town
from fengqiao.client.async_client import AsyncClient
from law import SHANGHAI
from sandbox.people import InventedPerson, citizen_id, person
from sandbox.story.papers import police_referral
from services.directory.districts import agencies

TAIL_POLL_S = 0.005
CAPACITY = 10_000
AT_ONCE_MAX = 16
PEOPLE_A_DAY = 1_000
CALLED_BEFORE = timedelta(hours=1)
FIRST_BIRTH = date(1950, 1, 1)
LISTED = (
    *("agency", "name", "kind", "level", "place", "parent", "stationed_at", "specialties"),
    *("abolished", "native_code", "delivery", "keys"),
)


@dataclass(slots=True)
class Town:
    """Posts referrals as the stations and sees the committees' offers come in.

    `offered_at` is when a committee was first handed each dispute's offer (monotonic seconds).
    """

    running: RunningTown
    clients: Mapping[str, AsyncClient]
    places: Sequence[tuple[str, str]]
    offered_at: dict[str, float] = field(default_factory=dict)

    async def refer(self, number: int) -> str:
        """The `number`-th referral, of people that nobody else has; the dispute's code.

        Raises what the client raises.
        """
        station, place = self.places[number % len(self.places)]
        people = (invented(2 * number), invented(2 * number + 1))
        now = datetime.now(SHANGHAI)
        called_at = (now - CALLED_BEFORE).isoformat(timespec="seconds")
        form = police_referral(
            f"BJ{number:08d}", station, place, people, now.date(), 报警时间=called_at
        )
        answer = await self.clients[station].post("/police/v1/referrals", form)
        code: str = answer.json()["dispute_code"]
        return code

    async def offered(self, codes: Sequence[str], within_s: float) -> None:
        """Wait until every one of these disputes is offered. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not all(code in self.offered_at for code in codes):
                await asyncio.sleep(TAIL_POLL_S)

    async def watch(self, inbox: Path) -> None:
        """Until cancelled: note each offer as the sandbox writes it down."""
        rest = ""
        with inbox.open(encoding="utf-8") as file:
            while True:
                lines = (rest + file.read()).split("\n")
                rest, now = lines.pop(), time.monotonic()
                for handoff in map(json.loads, lines):
                    if is_offer(handoff):
                        self.offered_at.setdefault(handoff["dispute_code"], now)
                await asyncio.sleep(TAIL_POLL_S)


def is_offer(handoff: Mapping[str, Any]) -> bool:
    """Whether it is an offer in the hands of the committee that is to mediate."""
    about, receiver = str(handoff["about"]), str(handoff["agency"])
    return about.startswith("referral.offered:") and receiver.startswith("PM-")


def invented(order: int) -> InventedPerson:
    """The `order`-th of many more people than `person` alone can tell apart."""
    day, nth = divmod(order, PEOPLE_A_DAY)
    born = FIRST_BIRTH + timedelta(days=day)
    plain = person(nth)
    return InventedPerson(plain.name, citizen_id(birth=born, order=nth), f"1{order:010d}")


@asynccontextmanager
async def open_town(say: Say) -> AsyncIterator[Town]:
    """A town in a new home, its committees able to hold any number of disputes."""
    async with new_home("bench-town", sandbox=True) as home, running_town(home, say) as running:
        at = running.exchange.at
        await _make_room(Operator.of_home(home))
        facts = list(agencies(COUNTY))
        stations = {fact.place[:9]: fact.code for fact in facts if fact.kind == "police"}
        villages = [fact.place for fact in facts if fact.level == "village"]
        places = [(stations[v[:9]], v) for v in villages if v[:9] in stations]
        exchange = [at.exchange_key().verify_key(BEGINNING)]
        keys = home.directory / AGENCIES_SIDE / "keys"
        async with AsyncExitStack() as opened:
            clients = {
                code: await opened.enter_async_context(
                    AsyncClient(
                        at.url("police_link"),
                        SigningKey.read_pem(code, keys / f"{code}.pem"),
                        exchange,
                    )
                )
                for code in set(stations.values())
            }
            town = Town(running, clients, places)
            inbox = home.directory / AGENCIES_SIDE / "handoffs.jsonl"
            inbox.touch()
            watching = asyncio.create_task(town.watch(inbox))
            try:
                yield town
            finally:
                watching.cancel()
                await asyncio.wait([watching])


async def _make_room(operator: Operator) -> None:
    """List every village's committee again, with room for all that comes."""
    gate = asyncio.Semaphore(AT_ONCE_MAX)
    async with operator.client("directory") as directory:

        async def enlarge(code: str) -> None:
            async with gate:
                entry = (await directory.get(f"/v1/agencies/{code}")).json()
                listing = {name: entry[name] for name in LISTED} | {"capacity": CAPACITY}
                await directory.post("/v1/agencies", listing)

        villages = [fact.code for fact in agencies(COUNTY) if fact.level == "village"]
        await asyncio.gather(*(enlarge(code) for code in villages))
