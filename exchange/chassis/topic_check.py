"""At its start a service looks at its topics: a wrong partition count would break the order of
every dispute, and a missing right would leave it silent instead of failing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exchange.chassis.ports import Broker
from exchange.chassis.rows import SeenTopic
from exchange.chassis.service import AnyService
from exchange.contracts.topics import TOPICS, Topic


class TopicsAstray(Exception):
    """Topics are not as declared, or this service may not use them: it must not start."""

    def __init__(self, service: str, differences: Sequence[str]) -> None:
        listed = "; ".join(differences)
        super().__init__(
            f"{service}：主题与声明不符，服务已停止（{listed}）；请先运行 fengqiao topics"
            " 或 fengqiao doctor / topics are not as declared, the service has stopped;"
            " run `fengqiao topics` or `fengqiao doctor` first"
        )
        self.differences = tuple(differences)


async def require_topics(service: AnyService, broker: Broker) -> None:
    """Raises TopicsAstray, and Unreachable where that cannot be known now."""
    name = service.name
    used = [
        topic if topic.compacted else replace(topic, partitions=service.partitions)
        for topic in TOPICS.values()
        if topic.writer == name or name in topic.readers
    ]
    seen = await broker.topics([topic.name for topic in used])
    if found := differences(name, used, seen):
        raise TopicsAstray(name, found)


def differences(
    service: str, declared: Sequence[Topic], seen: Mapping[str, SeenTopic]
) -> tuple[str, ...]:
    """Every way in which topics differ from what the service needs, one phrase each."""
    found: list[str] = []
    for topic in declared:
        if topic.name not in seen:
            found.append(f"{topic.name}: missing or forbidden")
            continue
        real = seen[topic.name]
        if real.partitions != topic.partitions:
            found.append(f"{topic.name}: {real.partitions} partitions, declared {topic.partitions}")
        if service in topic.readers and not real.may_read:
            found.append(f"{topic.name}: no right to read")
        if topic.writer == service and not real.may_write:
            found.append(f"{topic.name}: no right to write")
    return tuple(found)
