"""Old rows deleted, a limited number at a time; waiting and dead handoffs are never old."""

from typing import TYPE_CHECKING, Any

from exchange.chassis.postgres.errors import translated
from exchange.chassis.rows import Ages

if TYPE_CHECKING:
    import asyncpg

PRUNE_INBOX = """
DELETE FROM inbox WHERE id IN (
    SELECT id FROM inbox WHERE seen_at < clock_timestamp() - $1::interval LIMIT $2)"""

PRUNE_REPLIES = """
DELETE FROM replies WHERE (agency, key) IN (
    SELECT agency, key FROM replies WHERE at < clock_timestamp() - $1::interval LIMIT $2)"""

PRUNE_MEMBERS = """
DELETE FROM members WHERE id IN (
    SELECT id FROM members WHERE seen_at < clock_timestamp() - $1::interval LIMIT $2)"""

PRUNE_HANDOFFS = """
WITH old AS (
    DELETE FROM handoffs WHERE id IN (
        SELECT id FROM handoffs WHERE created_at < clock_timestamp() - $1::interval
            AND state IN ('delivered', 'cancelled') LIMIT $2)
    RETURNING id
), tried AS (
    DELETE FROM attempts USING old WHERE handoff_id = old.id
)
SELECT count(*) FROM old"""


class PostgresPruning:
    """The part of the store that forgets."""

    _pool: "asyncpg.Pool[Any]"

    async def prune(self, ages: Ages, *, limit: int) -> int:
        with translated():
            async with self._pool.acquire() as connection:
                inbox = await connection.execute(PRUNE_INBOX, ages.inbox, limit)
                replies = await connection.execute(PRUNE_REPLIES, ages.replies, limit)
                members = await connection.execute(PRUNE_MEMBERS, ages.members, limit)
                handoffs = await connection.fetchval(PRUNE_HANDOFFS, ages.handoffs, limit)
        return _deleted(inbox) + _deleted(replies) + _deleted(members) + int(handoffs)


def _deleted(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
