"""How long until work goes on after Kafka was killed: the whole way, from a station to a committee.

The supervisor starts it again. Measured from the kill to the first offer of a referral that was
posted after it.
"""

import asyncio
import signal
import time
from itertools import count

from bench.ground import Figures
from bench.sizes import Sizes
from bench.town import TAIL_POLL_S, Town, open_town
from exchange.local.child import send_to_group
from exchange.local.saying import Say

EVERY_S = 0.25
OFFERED_WITHIN_S = 90.0


async def measure(sizes: Sizes, say: Say) -> Figures:
    """The longest of some restarts."""
    async with open_town(say) as town:
        numbers = count()
        times = [await _restarted(town, numbers) for _ in range(sizes.kafka_restarts)]
    return {"kafka_restart_s": max(times)}


async def _restarted(town: Town, numbers: "count[int]") -> float:
    await town.offered([await town.refer(next(numbers))], OFFERED_WITHIN_S)
    pid = town.running.exchange.stack.kafka.child.pid
    assert pid is not None, "it runs"
    send_to_group(pid, signal.SIGKILL)
    killed_at = time.monotonic()
    posting: list[asyncio.Task[str]] = []
    async with asyncio.timeout(OFFERED_WITHIN_S):
        while not (came := _first(town, posting)):
            if time.monotonic() >= killed_at + EVERY_S * len(posting):
                posting.append(asyncio.create_task(town.refer(next(numbers))))
            await asyncio.sleep(TAIL_POLL_S)
    codes = await asyncio.gather(*posting)
    await town.offered(codes, OFFERED_WITHIN_S)
    return came - killed_at


def _first(town: Town, posting: "list[asyncio.Task[str]]") -> float | None:
    """When the first of these referrals was offered."""
    known = [task.result() for task in posting if task.done()]
    return min((town.offered_at[code] for code in known if code in town.offered_at), default=None)
