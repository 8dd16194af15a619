"""Migrations only go forward: what breaks that is refused by the file's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.local.migrations import Migration, MigrationRefused, pending, read_folders

FIRST = Migration("intake/0001_register.sql", "CREATE TABLE register ()")
SECOND = Migration("intake/0002_files.sql", "CREATE TABLE files ()")
CHASSIS = Migration("postgres/0001_leases.sql", "CREATE TABLE leases ()")


def test_a_file_that_changed_after_it_was_applied_is_refused() -> None:
    with pytest.raises(MigrationRefused, match=r"intake/0001_register\.sql: changed after"):
        pending([FIRST, SECOND], {FIRST.name: "of another text"})


def test_a_file_that_is_gone_is_refused() -> None:
    with pytest.raises(MigrationRefused, match=r"intake/0002_files\.sql: .*its file is gone"):
        pending([FIRST], {FIRST.name: FIRST.sha256, SECOND.name: SECOND.sha256})


def test_a_new_file_before_an_applied_one_is_refused() -> None:
    with pytest.raises(MigrationRefused, match=r"intake/0001_register\.sql: comes before"):
        pending([FIRST, SECOND], {SECOND.name: SECOND.sha256})


def test_two_files_of_one_number_are_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "intake", "0001_register.sql", "0001_files.sql")

    with pytest.raises(MigrationRefused, match=r"its number is taken"):
        read_folders([folder])


@pytest.mark.parametrize("name", ["1_register.sql", "0001-register.sql", "register.sql"])
def test_a_file_without_a_number_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(MigrationRefused, match=r"NNNN_name\.sql"):
        read_folders([folder_of(tmp_path / "intake", name)])


def test_a_new_chassis_file_may_follow_applied_ones_of_the_service() -> None:
    applied = {FIRST.name: FIRST.sha256}

    assert pending([CHASSIS, FIRST, SECOND], applied) == (CHASSIS, SECOND)


def test_folders_are_read_in_the_given_order_and_files_by_number(tmp_path: Path) -> None:
    chassis = folder_of(tmp_path / "postgres", "0002_outbox.sql", "0001_leases.sql")
    intake = folder_of(tmp_path / "intake", "0001_register.sql")

    names = [migration.name for migration in read_folders([chassis, intake])]

    assert names == [
        "postgres/0001_leases.sql",
        "postgres/0002_outbox.sql",
        "intake/0001_register.sql",
    ]


def folder_of(owner: Path, *names: str) -> Path:
    folder = owner / "migrations"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("SELECT 1")
    return folder
