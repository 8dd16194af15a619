"""What is to exist on Kafka and Postgres: plain values that the CLI fills from the contracts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SERVICE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")  # a user, a role and a database bear it


class UndeclaredServices(ValueError):
    """Topics name writers or readers that are no declared service."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(sorted(names))
        super().__init__(f"主题引用了未声明的服务 / not declared: {', '.join(self.names)}")


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A service: its Kafka user, its Postgres role and database, and its migrations.

    `migrations` are folders of `NNNN_name.sql` files, applied folder by folder in this order
    (the chassis's first).
    """

    name: str
    migrations: Sequence[Path] = ()

    def __post_init__(self) -> None:
        if not SERVICE_NAME.fullmatch(self.name):
            raise ValueError(f"not a service name: {self.name!r}")


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic with its one writer and its readers (names of services)."""

    name: str
    partitions: int
    writer: str
    readers: frozenset[str] = frozenset()
    config: Mapping[str, str] = field(default_factory=dict)


def check_declared(services: Iterable[ServiceSpec], topics: Iterable[TopicSpec]) -> None:
    """Raise UndeclaredServices when a topic names a service that does not exist."""
    named = {name for topic in topics for name in (topic.writer, *topic.readers)}
    if unknown := named - {service.name for service in services}:
        raise UndeclaredServices(unknown)
