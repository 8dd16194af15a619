"""The doctor says what is wrong and how to mend it; a healthy machine gets no advice."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.local import doctor
from exchange.local.doctor import Finding
from exchange.local.home import Home, open_home
from exchange.local.jars import read_lock

DIE_WITH_THE_LOCK = """
import os, pathlib, signal, sys
from exchange.local.home import open_home
with open_home(pathlib.Path(sys.argv[1])).locked():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("FENGQIAO_CACHE", str(tmp_path / "cache"))
    return open_home(tmp_path / "home")


def test_a_taken_port_is_named_with_its_holder(home: Home) -> None:
    port = home.settle_ports(["kafka"])["kafka"]

    with socket.create_server(("127.0.0.1", port)):
        (bad,) = unwell(home)

    assert f"端口 {port}(kafka)被 " in bad.what.zh
    assert f"(pid {os.getpid()})" in bad.what.en


def test_a_stale_lock_is_told_from_a_running_home(home: Home) -> None:
    killed = subprocess.Popen([sys.executable, "-c", DIE_WITH_THE_LOCK, str(home.directory)])
    assert killed.wait() == -signal.SIGKILL

    (bad,) = unwell(home)

    assert f"进程 {killed.pid} 没有正常结束" in bad.what.zh
    with home.locked():
        assert unwell(home) == []


def test_a_damaged_jar_is_named(home: Home, tmp_path: Path) -> None:
    jar = read_lock()[0]
    path = jar.path(tmp_path / "cache" / "jars")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half a jar")

    (bad,) = unwell(home)

    assert path.name in bad.what.en
    assert hashlib.sha256(b"half a jar").hexdigest() != jar.sha256


def test_data_of_another_postgres_is_named(home: Home) -> None:
    data = home.directory / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")

    (bad,) = unwell(home)

    assert "16" in bad.what.zh
    assert bad.how_to_mend is not None
    assert "PostgreSQL 17" in bad.how_to_mend.en


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (doctor.python_version((3, 9)), "Python 3.9"),
        (doctor.disk_space(Path("/home"), 100 << 20), "100 MiB free"),
        (doctor.time_zones(has_zone_files=False), "time zone"),
        (doctor.topics(["intake.dispute.v1: 3 partitions, declared 6"])[0], "3 partitions"),
        (doctor.last_run(is_running=False, holder=None, pids={"kafka": 7}), "kafka (pid 7)"),
        (doctor.ports({"kafka": 9092}, {"kafka": None})[0], "another user"),
    ],
)
def test_each_fault_is_said_with_its_cure(bad: Finding, said: str) -> None:
    assert not bad.ok
    assert said in bad.what.en
    assert bad.how_to_mend is not None


def test_a_healthy_home_has_no_fault(home: Home) -> None:
    home.settle_ports(["kafka", "postgres"])

    assert unwell(home) == []
    assert all(finding.how_to_mend is None for finding in doctor.examine(home))


def unwell(home: Home) -> list[Finding]:
    """What the doctor finds at fault, apart from this machine's own disk and time zones."""
    machine = ("MiB free", "time zone")
    return [
        finding
        for finding in doctor.examine(home)
        if not finding.ok and not any(word in finding.what.en for word in machine)
    ]
