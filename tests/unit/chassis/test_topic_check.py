"""A service looks at its topics before it works: what is not as declared stops it at once."""

from collections.abc import Mapping, Sequence

import pytest

from exchange.chassis.rows import SeenTopic
from exchange.chassis.topic_check import TopicsAstray, differences, require_topics
from exchange.contracts.topics import AGENCIES, COURT_PROPOSALS, REFERRALS, TOPICS, Topic
from exchange.memory.broker import MemoryBroker
from exchange.memory.clock import ManualClock
from exchange.memory.log import Log
from tests.support.toy import LISTENER
from tests.unit.memory.worlds import START

DECLARED = (REFERRALS, AGENCIES, COURT_PROPOSALS)


def seen(**changed: SeenTopic | None) -> Mapping[str, SeenTopic]:
    """The court link's topics as they should be, but for those `changed` (None: not there)."""
    well = {
        REFERRALS.name: SeenTopic(6, may_read=True, may_write=False),
        AGENCIES.name: SeenTopic(1, may_read=True, may_write=False),
        COURT_PROPOSALS.name: SeenTopic(6, may_read=False, may_write=True),
    }
    return {name: topic for name, topic in (well | changed).items() if topic is not None}


@pytest.mark.parametrize(
    ("topic", "as_found", "said"),
    [
        (REFERRALS, None, ("routing.referral.v1: missing or forbidden",)),
        (REFERRALS, SeenTopic(7, True, False), ("routing.referral.v1: 7 partitions, declared 6",)),
        (REFERRALS, SeenTopic(6, False, True), ("routing.referral.v1: no right to read",)),
        (
            COURT_PROPOSALS,
            SeenTopic(6, True, False),
            (f"{COURT_PROPOSALS.name}: no right to write",),
        ),
        (AGENCIES, SeenTopic(1, True, False), ()),
    ],
)
def test_each_difference_is_told_by_its_name(
    topic: Topic, as_found: SeenTopic | None, said: Sequence[str]
) -> None:
    name = topic.name
    assert differences("court_link", DECLARED, seen(**{name: as_found})) == said


async def test_a_wrong_partition_count_stops_the_service_with_the_next_step() -> None:
    counts = {topic.name: topic.partitions for topic in TOPICS.values()} | {REFERRALS.name: 12}
    broker = MemoryBroker(Log(ManualClock(now=START), counts))

    with pytest.raises(TopicsAstray) as stopped:
        await require_topics(LISTENER, broker)

    assert stopped.value.differences == ("routing.referral.v1: 12 partitions, declared 6",)
    assert "fengqiao doctor" in str(stopped.value)
