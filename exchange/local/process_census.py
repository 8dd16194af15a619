"""Who runs on this machine: is a recorded process still the same one, and who holds a port."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import psutil

START_TIME_TOLERANCE_S = 2.0  # the kernel's boot-time estimate drifts by this much at most


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process as it can be told from a later one that was given the same pid."""

    pid: int
    started: float

    def is_alive(self) -> bool:
        """True while that very process runs (a zombie counts as ended)."""
        try:
            process = psutil.Process(self.pid)
            ended = process.status() == psutil.STATUS_ZOMBIE
            same = abs(process.create_time() - self.started) <= START_TIME_TOLERANCE_S
        except psutil.NoSuchProcess:
            return False
        return same and not ended

    def wait_for_end(self, deadline_s: float) -> None:
        """Wait until that process has ended, at most `deadline_s`."""
        if self.is_alive():
            with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
                psutil.Process(self.pid).wait(deadline_s)


def mark(pid: int) -> ProcessMark | None:
    """The mark of a process that runs now, or None when it is already gone."""
    try:
        return ProcessMark(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def command_line(pid: int) -> tuple[str, ...]:
    """The argv of a process; empty when it is gone or may not be read."""
    try:
        return tuple(psutil.Process(pid).cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ()


def port_holder(port: int) -> str | None:
    """`name (pid N)` of the process that listens on a TCP port, or None when it cannot be seen."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN and connection.laddr
        if not listens or listens.port != port:
            continue
        if connection.pid is None:
            return None
        return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return None
