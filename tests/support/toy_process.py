"""The toy as a process of its own: `python -m tests.support.toy_process`, settings as ever.

An order to `kill` ends it in the middle of its work; `slow` keeps it for a second.
"""

import asyncio
import os
import time

from exchange.chassis.decider import Arrival, EventArrived
from exchange.chassis.logs import open_logs
from exchange.chassis.process import run_service
from exchange.chassis.settings import Settings
from exchange.chassis.workshop import Workshop
from exchange.contracts.events.intake import DisputeRegisteredV1
from tests.support.toy import toy

KILLED = 9
SLOW_S = 1.0


def die_if_told(arrival: Arrival, _workshop: Workshop) -> Arrival:
    if isinstance(arrival, EventArrived) and isinstance(arrival.event, DisputeRegisteredV1):
        if arrival.event.matter.kind == "kill":
            os._exit(KILLED)
        if arrival.event.matter.kind == "slow":
            time.sleep(SLOW_S)
    return arrival


if __name__ == "__main__":
    open_logs("routing")
    asyncio.run(run_service(toy(prepare=die_if_told), Settings.from_environment()))
