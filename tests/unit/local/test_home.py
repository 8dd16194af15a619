"""A home keeps its secrets and ports, is run by one process, and knows when that was killed."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.local.home import HomeInUse, is_free, open_home

HOLD_THE_LOCK = """
import pathlib, sys, time
from exchange.local.home import open_home
with open_home(pathlib.Path(sys.argv[1])).locked():
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_home_that_runs_is_refused_to_a_second_process_by_pid(tmp_path: Path) -> None:
    with lock_holder(tmp_path) as holder:
        with pytest.raises(HomeInUse, match=str(holder.pid)), open_home(tmp_path).locked():
            pytest.fail("two processes ran one home")
        holder.kill()


def test_the_lock_of_a_killed_process_is_free_and_known_as_stale(tmp_path: Path) -> None:
    with lock_holder(tmp_path) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    home = open_home(tmp_path)

    assert home.last_holder() == holder.pid
    assert not home.is_locked()
    with home.locked():
        assert home.is_locked()
    assert home.last_holder() is None


def test_a_port_taken_by_a_stranger_is_chosen_again(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    kept = dict(home.settle_ports(["kafka", "postgres"]))

    with socket.create_server(("127.0.0.1", kept["kafka"])):
        again = home.settle_ports(["kafka", "postgres"])

    assert again["kafka"] != kept["kafka"]
    assert again["postgres"] == kept["postgres"]
    assert home.ports() == again


def test_only_a_new_home_gets_several_kafka_nodes(tmp_path: Path) -> None:
    assert open_home(tmp_path / "old").brokers == 1
    assert open_home(tmp_path / "old", brokers=3).brokers == 1
    assert open_home(tmp_path / "new", brokers=3).brokers == 3
    assert open_home(tmp_path / "new").brokers == 3


def test_ports_are_kept_from_run_to_run(tmp_path: Path) -> None:
    first = open_home(tmp_path).settle_ports(["kafka"])

    assert open_home(tmp_path).settle_ports(["kafka"]) == first
    assert is_free(first["kafka"])


def test_a_port_that_nobody_settled_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="intake"):
        open_home(tmp_path).port("intake")


def test_a_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    secret = open_home(tmp_path).secret("kafka-admin")

    assert open_home(tmp_path).secret("kafka-admin") == secret
    assert len(secret) >= 43
    assert (tmp_path / "secrets" / "kafka-admin").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_two_homes_share_no_secret(tmp_path: Path) -> None:
    one, other = open_home(tmp_path / "one"), open_home(tmp_path / "other")

    assert one.secret("kafka-admin") != other.secret("kafka-admin")


@pytest.mark.parametrize("name", ["", "../secret", "a/b", "Üser"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        open_home(tmp_path).secret(name)


def test_an_existing_home_does_not_become_a_sandbox(tmp_path: Path) -> None:
    open_home(tmp_path / "real")

    assert not open_home(tmp_path / "real", sandbox=True).is_sandbox
    assert open_home(tmp_path / "toy", sandbox=True).is_sandbox


def lock_holder(directory: Path) -> subprocess.Popen[str]:
    """A process that runs the home until it is killed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(directory)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    return holder
