"""`fengqiao up` as it is typed: until everything is ready, and what all of it holds of memory."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from bench.ground import STOP_S, Figures, new_home
from bench.sizes import Sizes
from exchange.local.home import Home
from exchange.local.saying import Say

READY = "全部就绪"
READY_WITHIN_S = 120.0
MIB = 1 << 20


class NeverReady(Exception):
    """`fengqiao up` ended before it was ready."""


async def measure(_sizes: Sizes, _say: Say) -> Figures:
    """Seconds from the command to its word that all is ready: in a new home, and there again."""
    async with new_home("bench-up", sandbox=True) as home:
        async with _up(home) as (_, first_s):
            pass
        async with _up(home) as (pid, again_s):
            resident_mib = await asyncio.to_thread(_resident_mib, pid)
    return {"up_s": again_s, "up_in_a_new_home_s": first_s, "resident_mib": resident_mib}


@asynccontextmanager
async def _up(home: Home) -> AsyncIterator[tuple[int, float]]:
    """The running command's pid, and how long it took."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fengqiao", "up", "--home", str(home.directory)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None, "it is a pipe"
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while READY not in (line := (await process.stderr.readline()).decode()):
                if not line:
                    raise NeverReady(home.directory)
        yield process.pid, time.monotonic() - began
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_S):
            await process.communicate()


def _resident_mib(pid: int) -> float:
    """PSS of the process and all below it: what is shared is counted once."""
    top = psutil.Process(pid)
    family = [top, *top.children(recursive=True)]
    return sum(_pss(each) for each in family) / MIB


def _pss(process: psutil.Process) -> int:
    try:
        pss: int = process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0
    return pss
