"""Services' processes that die, stand still, are replaced, or meet one of their own name."""

import asyncio
import signal
from contextlib import suppress
from itertools import count

from exchange.local.child import Child, send_to_group
from fengqiao.cli.operator import Operator
from fengqiao.cli.seed import exchange_listing
from fengqiao.client.errors import ExchangeUnavailable
from sandbox.story.town import wait_for
from tests.faults.fault_town import FaultTown
from tests.support.outages import frozen, owners, replica

REACHED_WITHIN_S = 60.0
LISTED_EVERY_S = 0.2
FIRST, SECOND = "1", "2"


async def crash(point: str, town: FaultTown, service: str) -> None:
    """kill -9 at a named point of the service; it is back and works on."""
    order, child = town.order(service), town.running.exchange.supervisor.child(service)
    before = child.pid
    order.write_text(point)
    listing = asyncio.create_task(_list_again(town)) if service == "directory" else None

    async def died() -> bool:
        if listing is not None and listing.done():
            await listing
        return not order.exists() and child.pid not in (None, before)

    try:
        await wait_for(died, f"{service} dies at {point} and is back", REACHED_WITHIN_S)
    finally:
        order.unlink(missing_ok=True)
        if listing is not None:
            listing.cancel()


async def _list_again(town: FaultTown) -> None:
    """The directory has something to do: its operator gives the exchange name after name."""
    at = town.running.exchange.at
    listing = exchange_listing(at.exchange_key(), at.sealing_key())
    for number in count():
        with suppress(ExchangeUnavailable):
            await Operator.of_home(at.home).post(
                "directory", "/v1/agencies", listing | {"name": f"枫桥对接总线 {number}"}
            )
        await asyncio.sleep(LISTED_EVERY_S)


async def kill(town: FaultTown, service: str) -> None:
    """kill -9 whatever the service does just now."""
    await gone_and_back(town.running.exchange.supervisor.child(service), signal.SIGKILL)


async def terminate(town: FaultTown, service: str) -> None:
    """SIGTERM: a deploy. What was begun is ended, and a new process goes on."""
    await gone_and_back(town.running.exchange.supervisor.child(service), signal.SIGTERM)


async def freeze(town: FaultTown, service: str) -> None:
    """SIGSTOP beside a replica, which takes over all; then the frozen one wakes and is fenced."""
    async with replica(town.running, service), frozen(town.running, service):
        await _held_only_by(town, service, SECOND)


async def rolling_deploy(town: FaultTown, service: str) -> None:
    """A second process of the service joins, the first one drains and leaves, and comes back."""
    async with replica(town.running, service):
        await terminate(town, service)


async def draining_twin(town: FaultTown, service: str) -> None:
    """A twin that has work is told to leave, stands still while it drains, and wakes too late."""
    async with replica(town.running, service) as (_, twin):
        await _shared(town, service, {FIRST, SECOND})
        draining = twin.pid
        assert draining is not None
        send_to_group(draining, signal.SIGTERM)
        send_to_group(draining, signal.SIGSTOP)
        try:
            await _held_only_by(town, service, FIRST)
        finally:
            send_to_group(draining, signal.SIGCONT)


async def same_name(town: FaultTown, service: str) -> None:
    """Two processes of one name and number share the work; then the first is killed."""
    async with replica(town.running, service, INSTANCE=FIRST):

        async def two() -> bool:
            return len(set((await owners(town.running, service)).values()) - {None}) == 2

        await wait_for(two, f"two called {service}-{FIRST} share", REACHED_WITHIN_S)
        await kill(town, service)


async def gone_and_back(child: Child, number: signal.Signals) -> None:
    """Signal the process from outside; its supervisor finds it gone and starts another."""
    before = child.pid
    if before is not None:
        send_to_group(before, number)

    async def back() -> bool:
        return child.pid not in (None, before)

    await wait_for(back, f"{child.name} is back", REACHED_WITHIN_S)


async def _held_only_by(town: FaultTown, service: str, instance: str) -> None:
    await _shared(town, service, {instance})


async def _shared(town: FaultTown, service: str, instances: set[str]) -> None:
    async def so() -> bool:
        held = (await owners(town.running, service)).values()
        return {(owner or "-?").split("-")[1] for owner in held} == instances

    await wait_for(so, f"{service} is held by {instances}", REACHED_WITHIN_S)
