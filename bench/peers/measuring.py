"""How fast a peer works off the workload's own inputs, laid on a topic of its own."""

from bench.ground import (
    PEERS,
    PEERS_EVENTS,
    PEERS_PARTITIONS,
    PEERS_RESULTS,
    Ground,
    until,
)
from bench.peers.environment import installed, peer
from bench.workload import EVENTS_PER_STORY, in_rounds
from tests.support.producing import produce_as

HANDLED = "SELECT coalesce(sum(seen), 0)::bigint FROM disputes"
MORE_THAN = "SELECT coalesce(sum(seen), 0) > $1 FROM disputes"


async def events_per_s(ground: Ground, name: str, inputs: int) -> float:
    """From its first input committed to its last."""
    told = ground.stories(inputs // EVENTS_PER_STORY)
    envelopes = [*(story.registration for story in told), *in_rounds(told)]
    await installed(ground)
    topic = PEERS_EVENTS[name]
    async with ground.database(PEERS) as connection:
        await connection.execute("TRUNCATE inbox, disputes")
        await produce_as(ground.stack.kafka_admin, topic, PEERS_PARTITIONS, envelopes)
        async with peer(ground, f"{name}_service", events=topic, results=PEERS_RESULTS):
            began = await until(connection, MORE_THAN, 0)
            at_first: int = await connection.fetchval(HANDLED)
            ended = await until(connection, MORE_THAN, len(envelopes) - 1)
    return (len(envelopes) - at_first) / (ended - began)
