"""One child process: in a group of its own, logging to a file, found again after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from exchange.local.home import Home
from exchange.local.unprivileged import Account

LOG_BYTES_MAX = 32 << 20
LOG_TAIL_LINES = 20
ORPHAN_DEADLINE_S = 15.0
KILL_DEADLINE_S = 10.0


class ChildFailed(RuntimeError):
    """A process ended, or was not ready in time; carries the end of its log."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        self.name, self.what, self.log = name, what, log
        tail = log_tail(log)
        self.last_words = tail.rstrip().rpartition("\n")[2]
        super().__init__(f"{name}: {what};日志 / log: {log}\n{tail}")


class Child:
    """A named process of a home. Signals go to its whole group."""

    def __init__(self, home: Home, name: str, *, stop_signal: int = signal.SIGTERM) -> None:
        self.home, self.name, self.stop_signal = home, name, stop_signal
        self._process: asyncio.subprocess.Process | None = None
        self._asked_to_end = False
        self._changed = asyncio.Event()  # set, and replaced, whenever another process is started

    @property
    def log(self) -> Path:
        return self.home.log_file(self.name)

    @property
    def pid(self) -> int | None:
        """The pid of the running process, or None."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        account: Account | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start the process; one left over from a run that was killed is stopped first."""
        if self.pid is not None:
            raise ChildFailed(self.name, f"already runs as pid {self.pid}", self.log)
        await self.stop_orphan()
        _rotate(self.log)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                **({} if account is None else account.process_arguments()),
            )
        self.home.record_process(self.name, self._process.pid)
        self._asked_to_end = False
        self._changed.set()
        self._changed = asyncio.Event()

    async def crashed(self) -> int:
        """Wait until the process ends unasked; its exit code (negative: the signal).

        Never returns for a process that was ended by `stop` or `kill`, until it is started again.
        """
        while True:
            process, changed = self._process, self._changed
            if process is None or self._asked_to_end:
                await changed.wait()
                continue
            code = await process.wait()
            if process is self._process and not self._asked_to_end:
                return code

    def check_running(self) -> None:
        """Raise ChildFailed when the process has ended."""
        if self.pid is None:
            code = self._process.returncode if self._process else None
            raise ChildFailed(self.name, f"已退出 / ended with code {code}", self.log)

    async def stop_orphan(self) -> bool:
        """End the process of that name that a killed run left behind; True when there was one."""
        return await stop_orphan(self.home, self.name, self.stop_signal)

    async def stop(self, deadline_s: float) -> None:
        """Ask the process to end; after the deadline kill its group. No error if it has ended."""
        await self._end(self.stop_signal, deadline_s)

    async def kill(self) -> None:
        """SIGKILL the whole group, as a crash would."""
        await self._end(signal.SIGKILL, KILL_DEADLINE_S)

    async def _end(self, with_signal: int, deadline_s: float) -> None:
        if self._process is None:
            return
        self._asked_to_end = True
        if self._process.returncode is None:
            send_to_group(self._process.pid, with_signal)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), deadline_s)
            send_to_group(self._process.pid, signal.SIGKILL)  # whoever of the group is left
            await asyncio.wait_for(self._process.wait(), KILL_DEADLINE_S)
        self.home.forget_process(self.name)


async def run_to_end(
    name: str,
    argv: Sequence[str],
    *,
    deadline_s: float,
    log: Path,
    env: Mapping[str, str],
    account: Account | None = None,
) -> None:
    """Run a short command; it is killed at the deadline, or when its caller is cancelled.

    Raises ChildFailed with what it wrote to stderr when it ends with another code than 0.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=dict(env),
        cwd="/",
        **({} if account is None else account.process_arguments()),
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), deadline_s)
    except TimeoutError:
        raise ChildFailed(name, f"not done within {deadline_s:g} s", log) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ChildFailed(name, errors.decode(errors="replace").strip(), log)


async def stop_orphan(home: Home, name: str, with_signal: int = signal.SIGTERM) -> bool:
    """End a process that a killed run left behind; True when there was one."""
    orphan = home.recorded_process(name)
    if orphan is None:
        return False
    was_alive = orphan.is_alive()
    for each_signal in (with_signal, signal.SIGKILL):
        if orphan.is_alive():
            send_to_group(orphan.pid, each_signal)
            await asyncio.to_thread(orphan.wait_for_end, ORPHAN_DEADLINE_S)
    home.forget_process(name)
    return was_alive


def send_to_group(pid: int, with_signal: int) -> None:
    """Signal the group that `pid` leads; nothing when it is gone."""
    with suppress(ProcessLookupError):
        os.killpg(pid, with_signal)


def log_tail(log: Path, lines: int = LOG_TAIL_LINES) -> str:
    """The last lines of a log file."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
