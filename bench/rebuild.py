"""A read model rebuilt from the topics: the court's linkage reads the whole story from its start.

It goes through the chassis as it does every day (fence, row lock, state, position), since that is
how a linkage that is new, or has lost its database, comes by what it knows.
"""

from bench.ground import Figures, Ground, drained_per_s
from bench.routing import played_per_s
from exchange.contracts.topics import REFERRALS

READER = "court_link"


async def measure(ground: Ground) -> Figures:
    """Events of routing that a linkage with an empty database learns in a second."""
    begins = await ground.ends([REFERRALS])
    await played_per_s(ground, ground.stories(ground.sizes.rebuilt))
    ends = await ground.ends([REFERRALS])
    await ground.emptied(READER)
    async with ground.database(READER) as connection:
        await connection.executemany(
            "UPDATE positions SET next = $3 WHERE topic = $1 AND partition = $2",
            [(*part, offset) for part, offset in begins.items()],
        )
        before, inputs = sum(begins.values()), sum(ends.values()) - sum(begins.values())
        async with ground.service(READER):
            per_s = await drained_per_s(connection, before=before, inputs=inputs)
        known = await connection.fetchval("SELECT count(*) FROM disputes WHERE state IS NOT NULL")
    if known != ground.sizes.rebuilt:
        raise NotRebuilt(f"{known} disputes are known of {ground.sizes.rebuilt}")
    return {"rebuild_events_per_s": per_s}


class NotRebuilt(Exception):
    """The read model is not what the topics tell."""
