"""A service that can be told to die: `python -m tests.faults.service_process NAME ORDER_FILE`."""

import asyncio
import sys
from pathlib import Path

from exchange.chassis import handoffs
from exchange.chassis.logs import open_logs
from exchange.chassis.process import run_service
from exchange.chassis.settings import Settings
from fengqiao.cli.declared import load
from tests.faults.crash_points import arm

CLAIM_S = 12.0
"""A little longer than a call may take, so that an interrupted delivery is soon asked about."""

if __name__ == "__main__":
    name, order = sys.argv[1:]
    open_logs(name)
    arm(Path(order))
    assert handoffs.CALL_TIMEOUT_S < CLAIM_S
    handoffs.CLAIM_S = CLAIM_S
    asyncio.run(run_service(load(name), Settings.from_environment()))
