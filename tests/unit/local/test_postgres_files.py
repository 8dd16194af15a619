"""What is done to the files of a PostgreSQL that was killed, or that is of another version."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.local.postgres_server import DataOfAnotherMajor, check_major, remove_stale_pid_file


def test_data_of_another_major_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("16\n")

    with pytest.raises(DataOfAnotherMajor, match="PostgreSQL 16"):
        check_major(tmp_path)


def test_a_pid_that_another_program_has_now_does_not_block_the_start(tmp_path: Path) -> None:
    pid_file = pid_file_of(tmp_path, os.getpid())

    remove_stale_pid_file(tmp_path)

    assert not pid_file.exists()


def test_the_pid_file_of_a_running_server_is_left_alone(tmp_path: Path) -> None:
    server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", str(tmp_path)])
    pid_file = pid_file_of(tmp_path, server.pid)

    remove_stale_pid_file(tmp_path)
    server.kill()
    server.wait()

    assert pid_file.exists()


def test_the_pid_file_of_a_killed_server_is_left_to_the_next_one(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    pid_file = pid_file_of(tmp_path, ended.pid)

    remove_stale_pid_file(tmp_path)

    assert pid_file.exists()


def pid_file_of(data: Path, pid: int) -> Path:
    pid_file = data / "postmaster.pid"
    pid_file.write_text(f"{pid}\n{data}\n")
    return pid_file
