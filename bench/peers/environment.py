"""The peers' own Python environment, from their own lock: the product's stays as it is."""

import asyncio
import hashlib
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.ground import OUT, PEERS, STOP_S, Ground
from exchange.local.child import Child
from exchange.local.postgres_provision import database_dsn

LOCK = Path(__file__).with_name("requirements.lock")
VENV = OUT / "venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".lock-installed"


class NotInstalled(Exception):
    """The peers' packages could not be brought; pip's own words stand above."""


async def installed(ground: Ground) -> Path:
    """Their Python, its packages as locked, hashes verified. Raises NotInstalled."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return PYTHON
    ground.say("installing the peers' packages in an environment of their own")
    shutil.rmtree(VENV, ignore_errors=True)
    await _run(sys.executable, "-m", "venv", str(VENV))
    pip = (str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    await _run(*pip, "--require-hashes", "--no-deps", "-r", str(LOCK))
    STAMP.write_text(wanted)
    return PYTHON


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    if await process.wait():
        raise NotInstalled(" ".join(command))


@asynccontextmanager
async def peer(ground: Ground, module: str, **told: str) -> AsyncIterator[Child]:
    """A peer's process with the super user's access to both engines, `told` beside it."""
    python, stack = await installed(ground), ground.stack
    child = Child(stack.home, f"{PEERS}-{module}")
    environment = {
        "PEERS_KAFKA": stack.kafka_admin.bootstrap,
        "PEERS_KAFKA_USER": stack.kafka_admin.username or "",
        "PEERS_KAFKA_PASSWORD": stack.kafka_admin.password or "",
        "PEERS_POSTGRES": database_dsn(stack.postgres_admin_dsn, PEERS),
        **{f"PEERS_{name.upper()}": value for name, value in told.items()},
    }
    await child.start(
        [str(python), "-m", f"bench.peers.{module}"], env=_without_ours() | environment
    )
    try:
        yield child
    finally:
        await child.stop(STOP_S)


def _without_ours() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("FENGQIAO_")}
