"""Every fault, one function each: it breaks something under traffic and returns when it is healed.

`FAULTS` is the list of what is tried: once each in `make test`, again and again in `make faults`.
"""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from exchange.local.child import Child, send_to_group
from sandbox.story.town import wait_for
from tests.faults.crash_points import POINTS
from tests.faults.fault_town import FaultTown
from tests.support.outages import frozen, kafka_away, postgres_away, replica

Fault = Callable[[FaultTown], Awaitable[None]]

REACHED_WITHIN_S = 60.0
FROZEN_FOR_S = 4.0
AWAY_FOR_S = 3.0
STORIES_BETWEEN = 2

SERVICES_AT: Mapping[str, tuple[str, ...]] = {
    "after_receive": ("intake", "routing", "police_link", "mediation"),
    "after_commit": ("intake", "routing", "police_link", "mediation"),
    "written_not_committed": ("intake", "routing", "police_link", "mediation"),
    "mid_relay": ("intake", "routing", "police_link", "mediation"),
    "between_post_and_record": ("police_link", "mediation"),
    "command_committed": ("police_link", "mediation", "intake"),
}
"""Which services pass each crash point in a short story; the court's and the directory's do not."""


async def crash(point: str, town: FaultTown) -> None:
    """kill -9 at a named point of one service; it is back and works on."""
    service = random.choice(SERVICES_AT[point])
    order, child = town.order(service), town.running.exchange.supervisor.child(service)
    before = child.pid
    order.write_text(point)

    async def died() -> bool:
        return not order.exists() and child.pid not in (None, before)

    try:
        await wait_for(died, f"{service} dies at {point} and is back", REACHED_WITHIN_S)
    finally:
        order.unlink(missing_ok=True)


async def kill(town: FaultTown) -> None:
    """kill -9 whatever a service does just now."""
    await _signalled(town, signal.SIGKILL)


async def terminate(town: FaultTown) -> None:
    """SIGTERM: a deploy. What was begun is ended, and a new process goes on."""
    await _signalled(town, signal.SIGTERM)


async def freeze(town: FaultTown) -> None:
    """SIGSTOP beside a replica, which takes over; then the frozen one wakes and is fenced."""
    service = _any_service()
    async with replica(town.running, service), frozen(town.running, service):
        await asyncio.sleep(FROZEN_FOR_S)


async def kafka_killed(town: FaultTown) -> None:
    """The broker is gone at once; the supervisor starts it again."""
    await _engine_killed(town, "kafka")


async def postgres_killed(town: FaultTown) -> None:
    await _engine_killed(town, "postgres")


async def kafka_restarted(town: FaultTown) -> None:
    """Stopped in order, away for a while."""
    async with kafka_away(town.running):
        await asyncio.sleep(AWAY_FOR_S)


async def postgres_restarted(town: FaultTown) -> None:
    async with postgres_away(town.running):
        await asyncio.sleep(AWAY_FOR_S)


async def rolling_deploy(town: FaultTown) -> None:
    """A second process of a service joins, the first one drains and leaves, and comes back."""
    service = _any_service()
    async with replica(town.running, service):
        await _signalled(town, signal.SIGTERM, service)


async def _engine_killed(town: FaultTown, name: str) -> None:
    stack = town.running.exchange.stack
    engine = {"kafka": stack.kafka, "postgres": stack.postgres}[name]
    await _gone_and_back(engine.child, signal.SIGKILL)


async def _signalled(town: FaultTown, number: signal.Signals, service: str | None = None) -> None:
    name = service or _any_service()
    await _gone_and_back(town.running.exchange.supervisor.child(name), number)


async def _gone_and_back(child: Child, number: signal.Signals) -> None:
    """Signal the process from outside; the supervisor finds it gone and starts another."""
    before = child.pid
    if before is not None:
        send_to_group(before, number)

    async def back() -> bool:
        return child.pid not in (None, before)

    await wait_for(back, f"{child.name} is back", REACHED_WITHIN_S)


def _any_service() -> str:
    return random.choice(("intake", "routing", "police_link", "mediation"))


FAULTS: Mapping[str, Fault] = {
    **{f"crash {point}": partial(crash, point) for point in POINTS},
    "kill": kill,
    "terminate": terminate,
    "freeze": freeze,
    "rolling_deploy": rolling_deploy,
    "kafka_killed": kafka_killed,
    "kafka_restarted": kafka_restarted,
    "postgres_killed": postgres_killed,
    "postgres_restarted": postgres_restarted,
}
