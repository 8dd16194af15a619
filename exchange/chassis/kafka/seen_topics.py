"""Topics as one service's user sees them on the cluster, and what it may do with each.

aiokafka cannot ask for rights (`include_topic_authorized_operations`, KIP-430); librdkafka can.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its stubs re-export nothing
    AclOperation,
    AdminClient,
)

from exchange.chassis.failures import Unreachable
from exchange.chassis.rows import SeenTopic

REQUEST_TIMEOUT_S = 10.0
UNSEEN = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED})
"""To a user without any right a topic is not there."""


def seen_topics(
    names: Sequence[str],
    bootstrap: str,
    user: str | None,
    password: str | None,
    ca_file: Path | None,
) -> Mapping[str, SeenTopic]:
    """Those of these topics that can be seen. Blocking. Raises Unreachable."""
    admin = AdminClient(_access(bootstrap, user, password, ca_file))
    described = admin.describe_topics(
        TopicCollection(list(names)),
        include_authorized_operations=True,
        request_timeout=REQUEST_TIMEOUT_S,
    )
    seen: dict[str, SeenTopic] = {}
    for name, future in described.items():
        try:
            topic = future.result(REQUEST_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() in UNSEEN:
                continue
            raise Unreachable(error.args[0].name()) from error
        except TimeoutError as error:
            raise Unreachable("described too slowly") from error
        may = set(topic.authorized_operations or ())
        seen[name] = SeenTopic(
            len(topic.partitions), AclOperation.READ in may, AclOperation.WRITE in may
        )
    return seen


def _access(
    bootstrap: str, user: str | None, password: str | None, ca_file: Path | None
) -> dict[str, Any]:
    access: dict[str, Any] = {"bootstrap.servers": bootstrap}
    security = "SSL" if ca_file is not None else "PLAINTEXT"
    if ca_file is not None:
        access["ssl.ca.location"] = str(ca_file)
    if user is not None:
        security = f"SASL_{security}"
        access |= {
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": password,
        }
    return access | {"security.protocol": security}
