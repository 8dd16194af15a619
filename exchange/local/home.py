"""A home: the directory that holds everything of one local exchange.

    secrets/<name>   generated once, mode 0600
    ports.json       the ports chosen, kept from run to run
    lock             held (flock) while somebody runs the home; names the pid
    run/<name>.json  the processes started, to find them again after a kill
    logs/<name>.log
    sandbox          present when legal time may be moved here
    brokers          how many nodes its Kafka has, where it is more than one
    kafka/ postgres/ the data

The lock is the kernel's, so it is free the moment its holder dies; a pid left in the file only
tells that the last run did not end by itself.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import re
import secrets
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from exchange.local.process_census import ProcessMark, mark

PORT_FIRST, PORT_LAST = 20_000, 32_000  # below the kernel's range for outgoing connections
PORT_ATTEMPTS_MAX = 200
SECRET_BYTES = 32
NAME = re.compile(r"[a-z][a-z0-9_.-]{0,62}")


class HomeInUse(RuntimeError):
    """Another process runs this home."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        self.directory, self.pid = directory, pid
        super().__init__(
            f"{directory} 正被进程 {pid or '?'} 使用;请先停止它,或用 --home 另选一个目录"
            f" / in use by pid {pid or '?'}: stop it, or choose another --home"
        )


class NoFreePort(RuntimeError):
    """No port of the range could be bound."""

    def __init__(self) -> None:
        super().__init__(
            f"{PORT_FIRST}-{PORT_LAST} 之间找不到空闲端口({PORT_ATTEMPTS_MAX} 次尝试)"
            f" / no free port between {PORT_FIRST} and {PORT_LAST}"
        )


@dataclass(frozen=True, slots=True)
class Home:
    """The paths and small files of one home. `open_home` makes the directory."""

    directory: Path

    @property
    def is_sandbox(self) -> bool:
        """True when `fengqiao up`, the demo or a test made it: legal time may be moved."""
        return (self.directory / "sandbox").exists()

    @property
    def brokers(self) -> int:
        """How many nodes its Kafka cluster has, for the life of the home."""
        path = self.directory / "brokers"
        return int(path.read_text()) if path.exists() else 1

    def secret(self, name: str) -> str:
        """The secret of that name, generated at the first call (URL-safe ASCII, 256 bits)."""
        return self.secret_file(name).read_text()

    def secret_file(self, name: str) -> Path:
        """The file that holds that secret, for settings that name a file."""
        path = self.directory / "secrets" / _checked(name)
        if not path.exists():
            _write(path, secrets.token_urlsafe(SECRET_BYTES))
        return path

    def log_file(self, name: str) -> Path:
        """Where the process of that name logs to."""
        return self.directory / "logs" / f"{_checked(name)}.log"

    def ports(self) -> Mapping[str, int]:
        """The ports chosen so far, by name."""
        path = self.directory / "ports.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def port(self, name: str) -> int:
        """A port already chosen by `settle_ports`; KeyError otherwise."""
        return self.ports()[name]

    def settle_ports(self, names: Iterable[str]) -> Mapping[str, int]:
        """A free port for each name: the kept one, or a new one when a stranger has it.

        To be called before the processes of those names start. Raises NoFreePort.
        """
        kept = self.ports()
        taken = set(kept.values())
        settled: dict[str, int] = {}
        for name in names:
            port = kept.get(_checked(name))
            if port is None or not is_free(port):
                port = _choose_port(taken)
                taken.add(port)
            settled[name] = port
        _write(self.directory / "ports.json", json.dumps({**kept, **settled}, indent=1))
        return settled

    def record_process(self, name: str, pid: int) -> None:
        """Remember a started process, so that a later run can find it; nothing if it is gone."""
        if running := mark(pid):
            _write(self._record(name), json.dumps(asdict(running)))

    def recorded_process(self, name: str) -> ProcessMark | None:
        """The process remembered under that name, alive or not."""
        path = self._record(name)
        return ProcessMark(**json.loads(path.read_text())) if path.exists() else None

    def recorded_names(self) -> tuple[str, ...]:
        """The names of all processes that were not seen to end."""
        return tuple(sorted(path.stem for path in (self.directory / "run").glob("*.json")))

    def forget_process(self, name: str) -> None:
        """Drop the memory of a process that ended."""
        self._record(name).unlink(missing_ok=True)

    def last_holder(self) -> int | None:
        """The pid in the lock file: of the process that runs the home, or that died running it."""
        path = self.directory / "lock"
        text = path.read_text().strip() if path.exists() else ""
        return int(text) if text.isdigit() else None

    def is_locked(self) -> bool:
        """True while a process runs this home."""
        path = self.directory / "lock"
        if not path.exists():
            return False
        with path.open("r") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Run this home alone. Raises HomeInUse."""
        with (self.directory / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeInUse(self.directory, self.last_holder()) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            try:
                yield
            finally:
                lock.truncate(0)

    def destroy(self) -> None:
        """Delete the home and, where Postgres keeps its data elsewhere, that too."""
        data = self.directory / "postgres"
        if data.is_symlink():
            shutil.rmtree(data.resolve(), ignore_errors=True)
        shutil.rmtree(self.directory)

    def _record(self, name: str) -> Path:
        return self.directory / "run" / f"{_checked(name)}.json"


def open_home(directory: Path, *, sandbox: bool = False, brokers: int = 1) -> Home:
    """The home in that directory, made when missing; only a new home can become a sandbox, or get
    more than one Kafka node."""
    is_new = not (directory / "secrets").exists()
    for folder, mode in (("", 0o711), ("secrets", 0o700), ("run", 0o700), ("logs", 0o700)):
        (directory / folder).mkdir(parents=True, exist_ok=True, mode=mode)
    if is_new and sandbox:
        (directory / "sandbox").touch()
    if is_new and brokers > 1:
        (directory / "brokers").write_text(str(brokers))
    return Home(directory.resolve())


def is_free(port: int) -> bool:
    """True when nobody listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _choose_port(taken: set[int]) -> int:
    for _ in range(PORT_ATTEMPTS_MAX):
        port = random.randint(PORT_FIRST, PORT_LAST)  # noqa: S311 - a port is no secret
        if port not in taken and is_free(port):
            return port
    raise NoFreePort


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"not a name for a file of a home: {name!r}")
    return name


def _write(path: Path, text: str) -> None:
    """Write a private file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(path)
