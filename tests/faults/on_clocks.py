"""A time limit that ends while services die: who was silent, and who acted in time."""

import asyncio
import random

from sandbox.story.papers import acceptance
from sandbox.story.wall_quarrel import WallQuarrel
from sandbox.story.watch import Seen
from tests.faults.fault_town import FaultTown
from tests.faults.on_processes import kill
from tests.faults.traffic import to_its_end
from tests.journeys.quarrels import GAOJIA, NIANLI, villages_of

OVER_ON_DAY = 4
"""The agreed limit of an acceptance is 3 days."""

OF_EACH = 2
STRUCK = ("routing", "mediation", "intake")


async def falls_due(town: FaultTown) -> None:
    """Villages are silent, others accept at the last moment; the limit ends while services die.

    The story goes on where it must: at the township, or at the village. The checker says whether
    a clock was early, or a timely act expired.
    """
    async with town.traffic.paused():
        villages = random.sample(villages_of((NIANLI, GAOJIA)), 2 * OF_EACH)
        quarrels = [town.traffic.quarrels.at(village) for village in villages]
        offers = await asyncio.gather(*(_offered(quarrel) for quarrel in quarrels))
        told = list(zip(quarrels, offers, strict=True))
        timely, silent = told[:OF_EACH], told[OF_EACH:]
        await asyncio.gather(*(_accepts(*one) for one in timely))
        await asyncio.gather(
            *(kill(town, service) for service in random.sample(STRUCK, 2)),
            quarrels[0].morning(OVER_ON_DAY),
        )
        await asyncio.gather(
            *(_accepted_in_time(*one) for one in timely), *(_climbs(*one) for one in silent)
        )


async def _offered(quarrel: WallQuarrel) -> Seen:
    await quarrel.refer()
    return await quarrel.offered_to(quarrel.village)


async def _accepts(quarrel: WallQuarrel, offer: Seen) -> None:
    """The signed act is answered; nobody waits for what follows from it."""
    await quarrel.act(offer, "accept", acceptance(quarrel.starts_on))


async def _accepted_in_time(quarrel: WallQuarrel, offer: Seen) -> None:
    await quarrel.town.event(quarrel.dispute, "referral.accepted", after=offer.sequence or 0)
    await to_its_end(quarrel, offer, day=OVER_ON_DAY)


async def _climbs(quarrel: WallQuarrel, offer: Seen) -> None:
    at_township = await quarrel.offered_to(quarrel.township, after=offer)
    await quarrel.accept(at_township, day=OVER_ON_DAY)
    await to_its_end(quarrel, at_township, day=OVER_ON_DAY)
