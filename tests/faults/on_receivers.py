"""Agencies whose own system fails: slow, away, taking without an answer, answering twice, lying."""

import asyncio
import random
from typing import Any

from sandbox.story.town import wait_for
from tests.faults.fault_town import FaultTown
from tests.journeys.quarrels import villages_of

SHANGFANG = "330803100000"
"""上方镇: the traffic does not go there, so that each failing village has a story of its own."""

TRIED_WITHIN_S = 60.0
FAILS_FOR_S = 2.0

WAYS: dict[str, dict[str, Any]] = {
    "slow": {"slow_s": 3.0},
    "dead": {"down": True},
    "deaf": {"deaf": True},
    "lying": {"unsigned": True},
}


async def failing(way: str, town: FaultTown) -> None:
    """A village's system fails while an offer comes to it, and works again: the story ends."""
    village = _another(town)
    agency, told = f"PM-{village}-01", town.traffic.town
    await told.behave(agency, **WAYS[way])
    quarrel = town.traffic.quarrels.at(village)
    playing = asyncio.create_task(town.traffic.play(quarrel))

    async def tried() -> bool:
        arrived = await told.arrivals(agency, quarrel.dispute) if quarrel.dispute else {}
        return bool(arrived) or await told.turned_away(agency) > 0

    await wait_for(tried, f"{agency} is called", TRIED_WITHIN_S)
    await asyncio.sleep(FAILS_FOR_S)
    await told.behave(agency)
    await playing


async def double_answering(town: FaultTown) -> None:
    """A village that fetches its handoffs signs for each twice."""
    village = _another(town)
    agency, told = f"PM-{village}-01", town.traffic.town
    delivery = f"/v1/agencies/{agency}:delivery"
    await told.call(agency, "directory", delivery, {"方式": "信箱"})
    await told.behave(agency, door="mediation", mailbox=True, down=True, answer_twice=True)
    await town.traffic.play(town.traffic.quarrels.at(village))
    back = {"方式": "推送", "推送地址": f"{told.sandbox_url}/agencies/{agency}/handoffs"}
    await told.behave(agency)
    await told.call(agency, "directory", delivery, back)


def _another(town: FaultTown) -> str:
    """A village of SHANGFANG where nobody fails just now."""
    village = random.choice([v for v in villages_of((SHANGFANG,)) if v not in town.failing])
    town.failing.add(village)
    return village
