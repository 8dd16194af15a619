"""Which services there are, loaded by name, and what they need on Kafka and Postgres."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import exchange.chassis.postgres
import services
from exchange.contracts.topics import TOPICS
from exchange.local.declarations import ServiceSpec, TopicSpec

if TYPE_CHECKING:
    from exchange.chassis.service import AnyService  # what a service declares is not needed here

SERVICES = ("directory", "intake", "routing", "police_link", "mediation", "court_link")
CHASSIS_MIGRATIONS = Path(exchange.chassis.postgres.__path__[0]) / "migrations"


class UnknownService(ValueError):
    def __init__(self, name: str) -> None:
        super().__init__(f"没有名为 {name} 的服务；可用：{', '.join(SERVICES)} / no such service")


def known(name: str) -> str:
    """The name itself. Raises UnknownService."""
    if name not in SERVICES:
        raise UnknownService(name)
    return name


def load(name: str) -> AnyService:
    """The declaration `SERVICE` of `services.<name>.service`. Raises UnknownService."""
    declared: AnyService = importlib.import_module(f"services.{known(name)}.service").SERVICE
    return declared


def service_specs() -> tuple[ServiceSpec, ...]:
    return tuple(ServiceSpec(name, _migrations(name)) for name in SERVICES)


def topic_specs() -> tuple[TopicSpec, ...]:
    """The contract's topics as the provisioning wants them.

    Who keeps the ledger reads its own topic back: that is how it sees that its backup is old.
    """
    return tuple(
        TopicSpec(
            topic.name,
            topic.partitions,
            topic.writer,
            topic.readers | {topic.writer} if topic.sequenced else topic.readers,
            topic.config(),
        )
        for topic in TOPICS.values()
    )


def _migrations(name: str) -> tuple[Path, ...]:
    own = Path(services.__path__[0]) / name / "migrations"
    return (CHASSIS_MIGRATIONS, own) if own.is_dir() else (CHASSIS_MIGRATIONS,)
