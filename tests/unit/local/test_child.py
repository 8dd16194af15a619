"""A child process ends when asked, is killed when it will not, and is found after a kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from exchange.local.child import Child, ChildFailed, stop_orphan
from exchange.local.home import open_home
from exchange.local.process_census import ProcessMark, mark

SLEEPER = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)"]
IGNORING_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
WITH_A_GRANDCHILD = """
import subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(grandchild.pid, flush=True)
time.sleep(60)
"""
DEAF = [sys.executable, "-c", IGNORING_SIGTERM]
PARENT = [sys.executable, "-c", WITH_A_GRANDCHILD]
FAILING = [sys.executable, "-c", "print('no key'); raise SystemExit(3)"]
ENV = {"PATH": os.environ["PATH"]}


async def test_a_process_that_ignores_sigterm_is_killed_after_the_deadline(tmp_path: Path) -> None:
    child = Child(open_home(tmp_path), "deaf")
    await child.start(DEAF, env=ENV)
    await logged(child, "deaf")

    await child.stop(deadline_s=0.2)

    assert child.pid is None


async def test_the_whole_group_is_killed(tmp_path: Path) -> None:
    child = Child(open_home(tmp_path), "parent")
    await child.start(PARENT, env=ENV)
    grandchild = mark(int(await logged(child, "")))

    assert grandchild is not None
    await child.kill()

    await asyncio.to_thread(grandchild.wait_for_end, 5.0)
    assert not grandchild.is_alive()


async def test_a_failed_process_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = Child(open_home(tmp_path), "failing")
    await child.start(FAILING, env=ENV)
    assert await child.crashed() == 3

    with pytest.raises(ChildFailed, match="ended with code 3") as failed:
        child.check_running()
    assert "no key" in str(failed.value)
    await child.stop(1.0)


async def test_a_process_left_by_a_killed_run_is_found_and_ended(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    left = Child(home, "left")
    await left.start(SLEEPER, env=ENV)
    orphan = home.recorded_process("left")

    assert await stop_orphan(home, "left")

    assert orphan is not None
    assert not orphan.is_alive()
    assert home.recorded_names() == ()
    await left.stop(1.0)


async def test_a_later_process_with_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    me = mark(os.getpid())
    assert me is not None
    earlier = ProcessMark(me.pid, me.started - 3600)
    (tmp_path / "run" / "old.json").write_text(json.dumps(asdict(earlier)))

    was_there = await stop_orphan(home, "old")  # would have sent this test a SIGTERM

    assert not was_there
    assert home.recorded_names() == ()


async def test_an_asked_for_end_is_no_crash(tmp_path: Path) -> None:
    child = Child(open_home(tmp_path), "sleeper")
    await child.start(SLEEPER, env=ENV)
    crash = asyncio.create_task(child.crashed())
    await child.kill()
    await child.start(SLEEPER, env=ENV)
    assert not crash.done()

    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)

    assert await crash == -signal.SIGKILL
    await child.stop(1.0)


async def logged(child: Child, word: str) -> str:
    """Wait for the first whole line of the log that contains `word`."""
    async with asyncio.timeout(10):
        while True:
            lines = child.log.read_text().splitlines(keepends=True)
            if line := next((each for each in lines if word in each and each[-1] == "\n"), None):
                return line
            await asyncio.sleep(0.01)
