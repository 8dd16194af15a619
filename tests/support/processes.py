"""Services as real processes: started with settings, waited for, signalled."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from exchange.chassis.workshop import EXCHANGE
from exchange.identity.keys import SigningKey
from exchange.local.stack import LocalStack
from tests.support.running import eventually

TOY_PROCESS = ("-m", "tests.support.toy_process")
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_for(service: str, stack: LocalStack, tmp: Path, **changed: object) -> dict[str, str]:
    """FENGQIAO_* of one service process; `changed` by field name."""
    key_file = tmp / "exchange.pem"
    if not key_file.exists():
        SigningKey.generate(EXCHANGE).write_pem(key_file)
    port = free_port()
    settings = {
        "kafka_bootstrap": stack.kafka_bootstrap,
        "kafka_user": service,
        "kafka_password_file": stack.home.secret_file(f"kafka-{service}"),
        "postgres_dsn": stack.service_database(service),
        "postgres_password_file": stack.home.secret_file(f"postgres-{service}"),
        "http_port": port,
        "public_url": f"http://127.0.0.1:{port}",
        "signing_key_file": key_file,
        **changed,
    }
    return {f"FENGQIAO_{name.upper()}": str(value) for name, value in settings.items()}


@asynccontextmanager
async def process(
    *arguments: str, env: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process; killed at the end of the block if it still runs."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={**os.environ, **env},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def is_ready(env: Mapping[str, str]) -> bool:
    """Whether the process of these settings says so."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"{env['FENGQIAO_PUBLIC_URL']}/readyz")
        except httpx.TransportError:
            return False
    return answer.status_code == httpx.codes.OK


async def ready(env: Mapping[str, str]) -> None:
    await eventually(lambda: is_ready(env), "the process is ready")
