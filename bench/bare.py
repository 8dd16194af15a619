"""The bare spine: the real chassis with a decider that decides nothing.

Same fence, inbox, row lock, state, positions and relay, one event out for each one in; no rule, no
ledger, no clock, no handoff. It stands in routing's place and is given routing's very inputs.
"""

import asyncio
import os
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from bench.ground import Figures, Ground, consumed, drained_per_s
from bench.routing import lay_out
from bench.workload import EVENTS_PER_STORY
from exchange.chassis.decider import Arrival, ClockDue, Decision, EventArrived, Publish, View
from exchange.chassis.logs import open_logs
from exchange.chassis.process import run_service
from exchange.chassis.service import Service
from exchange.chassis.settings import Settings
from exchange.contracts.events.base import DisputeEvent
from exchange.contracts.events.intake import DisputeRegisteredV1, Matter
from exchange.contracts.topics import REFERRALS

MODULE = ("bench.bare",)
WITH_A_LEDGER = "BENCH_LEDGER"
"""Set for a spine whose events are ledger entries: for the growth of the store."""

STATE_BYTES = 1_200


class BareState(BaseModel):
    """As many bytes as a dispute at routing has, and a count."""

    model_config = ConfigDict(frozen=True)

    seen: int = 0
    filling: str = ""


def initial(_code: str) -> BareState:
    return BareState(filling="x" * STATE_BYTES)


def service(*, ledger: bool = False) -> Service[BareState]:
    """The spine, declared."""

    def decide(
        state: BareState, arrival: Arrival, view: View, _now: datetime
    ) -> Decision[BareState]:
        told = Publish(REFERRALS.name, echo(view.code, arrival), sequenced=ledger)
        return Decision(state.model_copy(update={"seen": state.seen + 1}), (told,))

    return Service(
        name="routing",
        state=BareState,
        initial=initial,
        decide=decide,
        router=lambda _door: APIRouter(),
        ledger=ledger,
    )


def echo(code: str, arrival: Arrival) -> DisputeRegisteredV1:
    """An event about as large as one of routing's; of a clock it tells when it was due."""
    match arrival:
        case EventArrived(event=DisputeEvent() as event):
            at = event.legal_at
        case ClockDue(due_at=due_at):
            at = due_at
        case _:
            raise AssertionError(f"the bare spine is not given {arrival}")
    return DisputeRegisteredV1(
        dispute_code=code,
        legal_at=at,
        actor="PS-330803112000-01",
        origin="PS-330803112000-01",
        channel="police",
        mode="entrust",
        matter=Matter(kind="neighbourhood", place="330803112213"),
        received_at=at,
    )


async def measure(ground: Ground) -> Figures:
    """Inputs that the spine alone moves in a second."""
    told = ground.stories(ground.sizes.stories)
    await ground.knows_the_agencies()
    await ground.emptied("routing")
    async with ground.database("routing") as connection:
        before = await consumed(connection)
        await lay_out(ground, told)
        async with ground.service("routing", MODULE):
            inputs = len(told) * EVENTS_PER_STORY
            per_s = await drained_per_s(connection, before=before, inputs=inputs)
    return {"bare_spine_events_per_s": per_s}


if __name__ == "__main__":
    open_logs("routing")
    declared = service(ledger=bool(os.environ.get(WITH_A_LEDGER)))
    asyncio.run(run_service(declared, Settings.from_environment()))
