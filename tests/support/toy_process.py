"""The toy as a process of its own: `python -m tests.support.toy_process`, settings as ever.

An order to `kill` ends it in the middle of its work; `slow` keeps it for a second.
"""

import asyncio
import os
import time
from datetime import datetime

from exchange.chassis.decider import Arrival, ClockDue, Decision, EventArrived, View
from exchange.chassis.logs import open_logs
from exchange.chassis.process import run_service
from exchange.chassis.settings import Settings
from exchange.chassis.workshop import Workshop
from exchange.contracts.events.intake import DisputeRegisteredV1
from tests.support.toy import ToyState, decider, toy

KILLED = 9
SLOW_S = 1.0


def die_if_told(arrival: Arrival, _workshop: Workshop) -> Arrival:
    if isinstance(arrival, EventArrived) and isinstance(arrival.event, DisputeRegisteredV1):
        if arrival.event.matter.kind == "kill":
            os._exit(KILLED)
        if arrival.event.matter.kind == "slow":
            time.sleep(SLOW_S)
    return arrival


def decide_or_die(
    state: ToyState, arrival: Arrival, view: View, now: datetime
) -> Decision[ToyState]:
    if isinstance(arrival, ClockDue) and arrival.rule == "kill":
        os._exit(KILLED)
    return decider()(state, arrival, view, now)


if __name__ == "__main__":
    open_logs("routing")
    asyncio.run(
        run_service(toy(prepare=die_if_told, decide=decide_or_die), Settings.from_environment())
    )
