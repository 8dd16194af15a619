"""A service that can be told to die: `python -m tests.faults.service_process NAME ORDER_FILE`."""

import asyncio
import sys
from pathlib import Path

from exchange.chassis.logs import open_logs
from exchange.chassis.process import run_service
from exchange.chassis.settings import Settings
from fengqiao.cli.declared import load
from tests.faults.crash_points import arm

if __name__ == "__main__":
    name, order = sys.argv[1:]
    open_logs(name)
    arm(Path(order))
    asyncio.run(run_service(load(name), Settings.from_environment()))
