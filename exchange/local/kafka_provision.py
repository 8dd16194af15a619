"""Topics, users and rights on Kafka, exactly as declared: the embedded node or a real cluster.

A user per service (SCRAM-SHA-512), WRITE on its own topics, READ on those that it declares, and
nothing else: partitions are assigned by hand, so no group needs a right, and WRITE on a topic is
all that an idempotent producer needs. Topics are created, never altered: a topic that differs
stops everything, because a changed partition count would break the order of each dispute.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its stubs re-export nothing
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    ConfigSource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from exchange.chassis.kafka.access import KafkaAccess
from exchange.local.declarations import ServiceSpec, TopicSpec, check_declared

SCRAM_ITERATIONS = 8192
REQUEST_TIMEOUT_S = 15.0
PROPAGATION_DEADLINE_S = 15.0
POLL_S = 0.02


class TopicsDiffer(RuntimeError):
    """Topics exist otherwise than declared; nothing was altered."""

    def __init__(self, differences: Sequence[str]) -> None:
        self.differences = tuple(differences)
        super().__init__("主题与声明不符 / topics differ: " + "; ".join(self.differences))


class NotPropagated(RuntimeError):
    """What was created did not show up on the broker in time."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what} not seen within {PROPAGATION_DEADLINE_S} s")


@dataclass(frozen=True, slots=True)
class ActualTopic:
    """A topic as it is; `config` holds all values, `overridden` the keys set on the topic."""

    partitions: int
    replication: frozenset[int]
    config: Mapping[str, str]
    overridden: frozenset[str]


def provision_kafka(
    access: KafkaAccess,
    services: Sequence[ServiceSpec],
    topics: Sequence[TopicSpec],
    password_of: Callable[[str], str],
    *,
    replication: int = 1,
) -> None:
    """Create what is missing, revoke topic rights that are not declared. Blocking; idempotent.

    Raises UndeclaredServices, TopicsDiffer, NotPropagated, or KafkaException from the broker.
    """
    check_declared(services, topics)
    admin = access.admin_client()
    _ensure_users(admin, services, password_of)
    _ensure_topics(admin, topics, replication)
    _ensure_rights(admin, services, topics)


def differences(
    topics: Iterable[TopicSpec], actual: Mapping[str, ActualTopic], replication: int = 1
) -> tuple[str, ...]:
    """Every way in which existing topics differ from their declaration, one sentence each."""
    found: list[str] = []
    for topic in topics:
        if topic.name not in actual:
            found.append(f"{topic.name}: missing")
            continue
        real = actual[topic.name]
        if real.partitions != topic.partitions:
            found.append(f"{topic.name}: {real.partitions} partitions, declared {topic.partitions}")
        if real.replication != {replication}:
            replicas = "/".join(map(str, sorted(real.replication)))
            found.append(f"{topic.name}: replication {replicas}, declared {replication}")
        for key, value in topic.config.items():
            if real.config.get(key) != value:
                found.append(f"{topic.name}: {key}={real.config.get(key)}, declared {value}")
        found.extend(
            f"{topic.name}: {key}={real.config[key]}, not declared"
            for key in sorted(real.overridden - set(topic.config))
        )
    return tuple(found)


def actual_topics(admin: AdminClient, names: Iterable[str]) -> dict[str, ActualTopic]:
    """Those of the named topics that exist, as they are."""
    metadata = admin.list_topics(timeout=REQUEST_TIMEOUT_S).topics
    existing = [name for name in names if name in metadata]
    if not existing:
        return {}
    wanted = [ConfigResource(ResourceType.TOPIC, name) for name in existing]
    configs: dict[str, dict[str, Any]] = {}
    for resource, future in admin.describe_configs(wanted).items():
        try:
            configs[resource.name] = future.result(REQUEST_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise  # the broker that answers now has not heard of it yet
    return {
        name: ActualTopic(
            partitions=len(metadata[name].partitions),
            replication=frozenset(len(p.replicas) for p in metadata[name].partitions.values()),
            config={key: entry.value for key, entry in configs[name].items()},
            overridden=frozenset(
                key
                for key, entry in configs[name].items()
                if entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
            ),
        )
        for name in configs
    }


def _ensure_topics(admin: AdminClient, topics: Sequence[TopicSpec], replication: int) -> None:
    existing = admin.list_topics(timeout=REQUEST_TIMEOUT_S).topics
    new = [
        NewTopic(topic.name, topic.partitions, replication, config=dict(topic.config))
        for topic in topics
        if topic.name not in existing
    ]
    created = admin.create_topics(new) if new else {}
    for future in created.values():
        try:
            future.result(REQUEST_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise  # another provisioner was faster: compared below like any other
    names = {topic.name for topic in topics}
    actual: dict[str, ActualTopic] = {}

    def all_there() -> bool:
        """Each broker learns of a new topic in its own time, and any of them may answer."""
        actual.update(actual_topics(admin, names - actual.keys()))
        return names <= actual.keys()

    _wait_until(all_there, "topics")
    if found := differences(topics, actual, replication):
        raise TopicsDiffer(found)


def _ensure_users(
    admin: AdminClient, services: Sequence[ServiceSpec], password_of: Callable[[str], str]
) -> None:
    names = [service.name for service in services]
    if not names:
        return
    strength = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS)
    upsertions: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(name, strength, password_of(name).encode()) for name in names
    ]
    for future in admin.alter_user_scram_credentials(upsertions).values():
        future.result(REQUEST_TIMEOUT_S)
    _wait_until(lambda: _all_described(admin, names), "users")


def _all_described(admin: AdminClient, names: Sequence[str]) -> bool:
    described: Any = admin.describe_user_scram_credentials(list(names))
    for future in described.values():
        try:
            future.result(REQUEST_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.RESOURCE_NOT_FOUND:
                raise
            return False
    return True


def _ensure_rights(
    admin: AdminClient, services: Sequence[ServiceSpec], topics: Sequence[TopicSpec]
) -> None:
    declared = {_right(topic.writer, topic.name, AclOperation.WRITE) for topic in topics}
    declared |= {
        _right(reader, topic.name, AclOperation.READ)
        for topic in topics
        for reader in topic.readers
    }
    principals = {f"User:{service.name}" for service in services}
    present = _topic_rights(admin, principals)
    if missing := declared - present:
        for future in admin.create_acls(list(missing)).values():
            future.result(REQUEST_TIMEOUT_S)
    if surplus := present - declared:
        for future in admin.delete_acls([_filter_for(right) for right in surplus]).values():
            future.result(REQUEST_TIMEOUT_S)
    _wait_until(lambda: _topic_rights(admin, principals) == declared, "rights")


def _right(service: str, topic: str, operation: AclOperation) -> AclBinding:
    return AclBinding(
        ResourceType.TOPIC,
        topic,
        ResourcePatternType.LITERAL,
        f"User:{service}",
        "*",
        operation,
        AclPermissionType.ALLOW,
    )


def _topic_rights(admin: AdminClient, principals: set[str]) -> set[AclBinding]:
    anything: Any = None  # the stubs ask for a str
    every_topic = AclBindingFilter(
        ResourceType.TOPIC,
        anything,
        ResourcePatternType.ANY,
        anything,
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    bindings = admin.describe_acls(every_topic).result(REQUEST_TIMEOUT_S)
    return {binding for binding in bindings if binding.principal in principals}


def _filter_for(right: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        right.restype,
        right.name,
        right.resource_pattern_type,
        right.principal,
        right.host,
        right.operation,
        right.permission_type,
    )


def _wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PROPAGATION_DEADLINE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise NotPropagated(what)
        time.sleep(POLL_S)
