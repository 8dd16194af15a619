"""A small disk for PostgreSQL, which can be filled: a tmpfs, where this process may mount."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from exchange.local.home import Home
from exchange.local.unprivileged import UNPRIVILEGED_USER

SIZE = "1g"
STEPS_BYTES = (64 << 20, 1 << 20, 4096)
ENTERED_BY_ALL = 0o711


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted disk."""

    mount: Path

    @contextmanager
    def full(self) -> Iterator[None]:
        """Not a byte is free, whoever frees some meanwhile."""
        ballast = self.mount / "ballast"
        with ballast.open("wb") as file:
            for step in STEPS_BYTES:
                with suppress(OSError):
                    while True:
                        os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), step)
        try:
            yield
        finally:
            ballast.unlink()


@contextmanager
def small_disk(home: Home) -> Iterator[Disk | None]:
    """The home's `postgres` lies on it; None where only root may mount and we are not root."""
    mount = home.directory / "postgres"
    user = pwd.getpwnam(UNPRIVILEGED_USER)
    options = f"size={SIZE},uid={user.pw_uid},gid={user.pw_gid},mode=0700"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode != 0:
        mount.rmdir()
        yield None
        return
    home.directory.chmod(ENTERED_BY_ALL)
    try:
        yield Disk(mount)
    finally:
        subprocess.run(["umount", str(mount)], check=True)
