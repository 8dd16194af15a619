"""Services start together, are kept running, and are stopped in reverse order."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.local import supervisor
from exchange.local.child import ChildFailed
from exchange.local.home import Home, open_home
from exchange.local.supervisor import KeepsCrashing, ServiceProcess, Supervisor

SERVICE = """
import http.server, os, pathlib, signal, sys
name, port, ends = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
def end(*_):
    with ends.open("a") as opened:
        opened.write(name + " ")
    os._exit(0)
signal.signal(signal.SIGTERM, end)
http.server.HTTPServer(("127.0.0.1", port), Ready).serve_forever()
"""
UNTIL_STOPPED = """
import asyncio, pathlib, sys
sys.path.insert(0, {root!r})
from exchange.local.home import open_home
from exchange.local.supervisor import Supervisor, run_until_stopped
from tests.unit.local.test_supervisor import service
async def main():
    home = open_home(pathlib.Path(sys.argv[1]))
    home.settle_ports(["first", "second"])
    async with Supervisor(home, [service(home, "first"), service(home, "second")]) as running:
        print("up", flush=True)
        await running.failed()
run_until_stopped(main())
print("stopped", flush=True)
"""
ROOT = Path(__file__).resolve().parents[3]


def kill(running: Supervisor, name: str) -> int:
    pid = running.child(name).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def service(home: Home, name: str) -> ServiceProcess:
    port = home.port(name)
    ends = str(home.directory / "ends")
    argv = [sys.executable, "-c", SERVICE, name, str(port), ends]
    return ServiceProcess(name, argv, {"PATH": os.environ["PATH"]}, port)


async def test_a_service_that_dies_at_start_is_named_and_the_others_are_stopped(
    tmp_path: Path,
) -> None:
    home = open_home(tmp_path)
    home.settle_ports(["good", "bad"])
    bad = ServiceProcess("bad", [sys.executable, "-c", "raise SystemExit('no database')"], {}, 1)

    with pytest.raises(ChildFailed, match="no database"):
        async with Supervisor(home, [service(home, "good"), bad]):
            pytest.fail("entered with a dead service")

    assert home.recorded_names() == ()


async def test_a_service_that_never_gets_ready_is_given_up_at_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "READY_DEADLINE_S", 0.3)
    home = open_home(tmp_path)
    mute = ServiceProcess("mute", [sys.executable, "-c", "import time; time.sleep(60)"], {}, 1)

    with pytest.raises(ChildFailed, match="not ready within"):
        async with Supervisor(home, [mute]):
            pytest.fail("entered though it was not ready")


async def test_a_killed_service_is_started_again_and_said_so(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    home.settle_ports(["intake"])
    said: asyncio.Queue[str] = asyncio.Queue()

    async with Supervisor(
        home, [service(home, "intake")], say=said.put_nowait, pause_s=0.01
    ) as running:
        before = kill(running, "intake")
        async with asyncio.timeout(10):
            sentences = [await said.get() for _ in range(3)]
        after = running.child("intake").pid

    assert after not in (None, before)
    assert "intake 就绪" in sentences[0]
    assert "intake 意外退出" in sentences[1]
    assert "intake 已恢复" in sentences[2]


async def test_a_service_that_keeps_crashing_is_given_up_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "CRASHES_MAX", 3)
    home = open_home(tmp_path)
    home.settle_ports(["intake"])
    healthy = service(home, "intake")
    broken = tmp_path / "broken"
    script = f"import pathlib\nif pathlib.Path({str(broken)!r}).exists(): raise SystemExit(1)"
    frail = replace(healthy, argv=[sys.executable, "-c", script + SERVICE, *healthy.argv[3:]])

    async with Supervisor(home, [frail], pause_s=0.01) as running, asyncio.timeout(20):
        broken.touch()
        kill(running, "intake")
        with pytest.raises(KeepsCrashing, match="intake 连续退出 3 次"):
            await running.failed()


async def test_services_are_stopped_in_reverse_order(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    names = ["directory", "intake", "routing"]
    home.settle_ports(names)

    async with Supervisor(home, [service(home, name) for name in names]):
        pass

    assert (tmp_path / "ends").read_text() == "routing intake directory "
    assert home.recorded_names() == ()


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_in_order(tmp_path: Path, with_signal: signal.Signals) -> None:
    script = UNTIL_STOPPED.format(root=str(ROOT))
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "up\n"
        home = open_home(tmp_path)
        services = [home.recorded_process(name) for name in ("first", "second")]

        run.send_signal(with_signal)
        run.send_signal(with_signal)  # a second, impatient one must not break the order

        assert run.stdout.readline() == "stopped\n"
        assert run.wait(10) == 0
    assert (tmp_path / "ends").read_text() == "second first "
    assert not any(service and service.is_alive() for service in services)
