"""A home's exchange: its keys, its services' settings and processes, on its own engines."""

import base64
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from exchange.chassis.workshop import EXCHANGE
from exchange.dossier.sealing import SealingKey
from exchange.identity.keys import SigningKey
from exchange.local.home import Home
from exchange.local.saying import Say
from exchange.local.stack import LocalStack
from exchange.local.supervisor import ServiceProcess, Supervisor
from fengqiao.cli.declared import SERVICES, service_specs, topic_specs
from fengqiao.cli.legal_time import database_dsns, set_start
from services.intake.keys import make_sealing_key

SANDBOX_CHECKPOINT_EVERY_S = 3


@dataclass(frozen=True, slots=True)
class ExchangeHome:
    """The paths, keys and addresses of one home's services."""

    home: Home

    @property
    def keys(self) -> Path:
        path = self.home.directory / "keys"
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    @property
    def signing_key_file(self) -> Path:
        return self.keys / "exchange.pem"

    @property
    def sealing_keys_dir(self) -> Path:
        path = self.keys / "sealing"
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    @property
    def spans_file(self) -> Path:
        return self.home.directory / "spans" / "spans.jsonl"

    def exchange_key(self) -> SigningKey:
        """The exchange's own key, made at the first call."""
        if not self.signing_key_file.exists():
            SigningKey.generate(EXCHANGE).write_pem(self.signing_key_file)
        return SigningKey.read_pem(EXCHANGE, self.signing_key_file)

    def sealing_key(self) -> SealingKey:
        """Intake's newest sealing key, made at the first call."""
        made = sorted(self.sealing_keys_dir.glob("*.key"))
        if not made:
            return make_sealing_key(self.sealing_keys_dir, f"seal-{datetime.now(UTC):%Y%m}")
        return SealingKey.from_bytes(made[-1].stem, base64.b64decode(made[-1].read_text()))

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.home.port(service)}"

    def environment(self, service: str, stack: LocalStack) -> dict[str, str]:
        """The FENGQIAO_* settings of one service process."""
        settings = {
            "KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
            "KAFKA_USER": service,
            "KAFKA_PASSWORD_FILE": str(self.home.secret_file(f"kafka-{service}")),
            "POSTGRES_DSN": stack.service_database(service),
            "POSTGRES_PASSWORD_FILE": str(self.home.secret_file(f"postgres-{service}")),
            "HTTP_PORT": str(self.home.port(service)),
            "PUBLIC_URL": self.url(service),
            "INTAKE_URL": self.url("intake"),
            "SIGNING_KEY_FILE": str(self.signing_key_file),
            "SPANS_FILE": str(self.spans_file),
            "SANDBOX": str(self.home.is_sandbox),
        }
        if self.home.is_sandbox:
            settings["CHECKPOINT_EVERY_S"] = str(SANDBOX_CHECKPOINT_EVERY_S)
        if service == "intake":
            settings |= {
                "SEALING_KEYS_DIR": str(self.sealing_keys_dir),
                "VAULT_KEY_FILE": str(self.home.secret_file("vault")),
                "INDEX_KEY_FILE": str(self.home.secret_file("party-index")),
            }
        return {f"FENGQIAO_{name}": value for name, value in settings.items()}

    def bare_environment(self) -> dict[str, str]:
        """This process's environment without any setting of the exchange."""
        return {k: v for k, v in os.environ.items() if not k.startswith("FENGQIAO_")}

    def process(self, service: str, stack: LocalStack) -> ServiceProcess:
        return ServiceProcess(
            name=service,
            argv=[sys.executable, "-m", "fengqiao", "run", service],
            env=self.bare_environment() | self.environment(service, stack),
            port=self.home.port(service),
        )


@dataclass(frozen=True, slots=True)
class RunningExchange:
    """An exchange that runs: engines and services, each ready."""

    at: ExchangeHome
    stack: LocalStack
    supervisor: Supervisor
    started_at: datetime


Beside = Callable[[ExchangeHome, LocalStack], ServiceProcess]


@asynccontextmanager
async def running_exchange(
    home: Home,
    say: Say,
    *,
    legal_start: datetime | None = None,
    beside: Sequence[Beside] = (),
) -> AsyncIterator[RunningExchange]:
    """Start engines, then every service and what runs `beside` them; stop all in reverse order.

    `legal_start` lets legal time begin then, where it has not begun (sandbox homes only).
    """
    at, started_at = ExchangeHome(home), datetime.now(UTC)
    at.exchange_key()
    at.sealing_key()
    async with LocalStack(home, services=service_specs(), topics=topic_specs(), say=say) as stack:
        home.settle_ports(SERVICES)
        if legal_start is not None:
            await set_start(database_dsns(home), legal_start)
        say("Kafka 与 PostgreSQL 已就绪，启动各服务 / engines are ready, starting services")
        processes = [at.process(name, stack) for name in SERVICES]
        processes += [make(at, stack) for make in beside]
        async with Supervisor(
            home, processes, engines=(*stack.kafkas, stack.postgres), say=say
        ) as supervisor:
            yield RunningExchange(at, stack, supervisor, started_at)
