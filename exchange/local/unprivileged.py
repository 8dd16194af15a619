"""The account that PostgreSQL's server runs as: the server refuses to run as root.

An ordinary user runs it as himself. Root runs it as the owner of the data directory or, at first,
as `nobody`. That account may not be able to reach the checkout or the home (a folder below /root,
say): what it must read then lies below /var/lib/fengqiao, which only root can write. /var/tmp
would do as well, but systems tidy it by age, file by file.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REACHABLE_PLACE = Path("/var/lib/fengqiao")
UNPRIVILEGED_USER = "nobody"
EVERYBODY_MAY_ENTER = 0o755


@dataclass(frozen=True, slots=True)
class Account:
    """A user to run a process as."""

    uid: int
    gid: int

    def process_arguments(self) -> dict[str, Any]:
        """Arguments of subprocess.Popen that drop to this account, other groups included."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may_reach(self, path: Path) -> bool:
        """True when every folder above `path` lets this account through (by its mode bits)."""
        return all(self._may_enter(folder) for folder in path.resolve().parents)

    def _may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        if status.st_gid == self.gid:
            return bool(status.st_mode & 0o010)
        return bool(status.st_mode & 0o001)


def server_account(data: Path) -> Account | None:
    """The account to drop to, or None when this process is not root."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    user = pwd.getpwnam(UNPRIVILEGED_USER)
    return Account(user.pw_uid, user.pw_gid)


def reachable_installation(account: Account | None, installed: Path, version: str) -> Path:
    """`installed`, or a copy of it (made once per version) that the account may read."""
    if account is None or account.may_reach(installed / "bin" / "postgres"):
        return installed
    copy = REACHABLE_PLACE / f"postgres-{version}"
    if not copy.exists():
        _make_reachable_place()
        draft = Path(tempfile.mkdtemp(prefix=".postgres-", dir=REACHABLE_PLACE))
        shutil.copytree(installed, draft, symlinks=True, dirs_exist_ok=True)
        _let_everybody_read(draft)
        try:
            draft.rename(copy)
        except OSError:
            shutil.rmtree(draft)
            if not copy.exists():
                raise  # not because another process was faster
    return copy


def make_data_directory(data: Path, account: Account | None) -> Path:
    """An empty directory of the account's own at `data`, by a symlink where it is out of reach.

    Returns the real path. An existing directory is left as it is.
    """
    if not data.exists():
        data.unlink(missing_ok=True)  # a symlink whose target is gone
        if account is None:
            data.mkdir(mode=0o700)
        else:
            real = data
            if not account.may_reach(data):
                _make_reachable_place()
                real = REACHABLE_PLACE / f"postgres-data-{secrets.token_hex(8)}"
                data.symlink_to(real)
            real.mkdir(mode=0o700)
            os.chown(real, account.uid, account.gid)
    return data.resolve()


def _make_reachable_place() -> None:
    REACHABLE_PLACE.mkdir(mode=EVERYBODY_MAY_ENTER, exist_ok=True)
    REACHABLE_PLACE.chmod(EVERYBODY_MAY_ENTER)


def _let_everybody_read(tree: Path) -> None:
    tree.chmod(EVERYBODY_MAY_ENTER)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
