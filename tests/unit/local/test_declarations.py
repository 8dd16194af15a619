"""Declarations are checked before anything is created; differences are all named."""

from __future__ import annotations

import pytest

from exchange.local.declarations import ServiceSpec, TopicSpec, UndeclaredServices, check_declared
from exchange.local.kafka_provision import ActualTopic, differences

TOPIC = TopicSpec(
    "intake.dispute.v1", 6, "intake", frozenset({"routing"}), {"retention.ms": "604800000"}
)
AS_DECLARED = ActualTopic(
    partitions=6,
    replication=frozenset({1}),
    config={"retention.ms": "604800000", "cleanup.policy": "delete"},
    overridden=frozenset({"retention.ms"}),
)


def test_a_topic_of_an_unknown_service_is_refused() -> None:
    with pytest.raises(UndeclaredServices, match="routing"):
        check_declared([ServiceSpec("intake")], [TOPIC])


@pytest.mark.parametrize("name", ["", "Intake", "intake; DROP", "1intake", "a" * 42])
def test_a_service_name_that_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a service name"):
        ServiceSpec(name)


def test_every_difference_is_named_at_once() -> None:
    actual = ActualTopic(
        partitions=3,
        replication=frozenset({1}),
        config={"retention.ms": "1000", "cleanup.policy": "compact"},
        overridden=frozenset({"retention.ms", "cleanup.policy"}),
    )
    gone = TopicSpec("routing.referral.v1", 6, "routing")

    found = differences([TOPIC, gone], {TOPIC.name: actual})

    assert found == (
        "intake.dispute.v1: 3 partitions, declared 6",
        "intake.dispute.v1: retention.ms=1000, declared 604800000",
        "intake.dispute.v1: cleanup.policy=compact, not declared",
        "routing.referral.v1: missing",
    )


def test_another_replication_is_a_difference() -> None:
    found = differences([TOPIC], {TOPIC.name: AS_DECLARED}, replication=3)

    assert found == ("intake.dispute.v1: replication 1, declared 3",)


def test_a_topic_as_declared_has_no_difference() -> None:
    assert differences([TOPIC], {TOPIC.name: AS_DECLARED}) == ()
