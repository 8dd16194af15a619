"""Topics as one service's user sees them on the cluster, and what it may do with each.

aiokafka cannot ask for rights (`include_topic_authorized_operations`, KIP-430); librdkafka can.
"""

from collections.abc import Mapping, Sequence

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation  # type: ignore[attr-defined]  # not re-exported

from exchange.chassis.failures import Unreachable
from exchange.chassis.kafka.access import KafkaAccess
from exchange.chassis.rows import SeenTopic

REQUEST_TIMEOUT_S = 10.0
UNSEEN = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED})
"""To a user without any right a topic is not there."""


def seen_topics(names: Sequence[str], access: KafkaAccess) -> Mapping[str, SeenTopic]:
    """Those of these topics that can be seen. Blocking. Raises Unreachable."""
    admin = access.admin_client()  # held: a client that is gone answers no future
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
