"""How a cluster is reached as one user, in the words of each of the two client libraries."""

import logging
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from confluent_kafka.admin import AdminClient

from exchange.chassis.settings import Settings, read_secret

MECHANISM = "SCRAM-SHA-512"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """One user of a cluster, embedded or real. `ca_file` turns TLS on; without a `username` the
    cluster asks for none."""

    bootstrap: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """A service's own."""
        return cls(
            settings.kafka_bootstrap,
            settings.kafka_user,
            read_secret(settings.kafka_password_file),
            settings.kafka_tls_ca_file,
        )

    @property
    def protocol(self) -> str:
        transport = "PLAINTEXT" if self.ca_file is None else "SSL"
        return transport if self.username is None else f"SASL_{transport}"

    def for_aiokafka(self) -> dict[str, Any]:
        """What every client of aiokafka needs to connect as that user."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.protocol,
        }
        if self.ca_file is not None:
            options["ssl_context"] = ssl.create_default_context(cafile=str(self.ca_file))
        if self.username is not None:
            options |= {
                "sasl_mechanism": MECHANISM,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    def for_confluent(self) -> dict[str, Any]:
        """What every client of confluent-kafka needs to connect as that user."""
        options = {"bootstrap.servers": self.bootstrap, "security.protocol": self.protocol}
        if self.ca_file is not None:
            options["ssl.ca.location"] = str(self.ca_file)
        if self.username is not None:
            options |= {
                "sasl.mechanism": MECHANISM,
                "sasl.username": self.username,
                "sasl.password": self.password or "",
            }
        return options

    def admin_client(self) -> AdminClient:
        return AdminClient(self.for_confluent(), logger=log)
