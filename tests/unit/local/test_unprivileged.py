"""Root's server account: can it reach a folder, and what stands in for one that it cannot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exchange.local.unprivileged import Account, make_data_directory, reachable_installation

STRANGER = Account(uid=65_534, gid=65_534)
MYSELF = Account(os.getuid(), os.getgid())


@pytest.fixture
def open_to_all(tmp_path: Path) -> Path:
    """A folder that everybody may enter, for accounts other than our own as well."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    return tmp_path


def test_a_folder_below_a_private_one_is_out_of_reach(open_to_all: Path) -> None:
    private = open_to_all / "private"
    (private / "checkout").mkdir(parents=True)
    private.chmod(0o700)

    assert not STRANGER.may_reach(private / "checkout")
    assert MYSELF.may_reach(private / "checkout")


def test_a_folder_that_lets_everybody_through_is_in_reach(open_to_all: Path) -> None:
    (open_to_all / "checkout").mkdir()

    assert STRANGER.may_reach(open_to_all / "checkout" / "bin")


def test_an_ordinary_user_keeps_everything_in_place(tmp_path: Path) -> None:
    assert reachable_installation(None, tmp_path / "pg", "17.10.0") == tmp_path / "pg"
    assert make_data_directory(tmp_path / "data", None) == (tmp_path / "data").resolve()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
