"""Transaction numbers that were carried into another cluster, brought down to where it counts.

`handoffs.written_by`, `ledger.written_by` and `checkpoints.covered_to` are compared with the
cluster's own counter (`pg_current_xact_id()`). pg_dump and pg_restore keep them as data, and a new
cluster counts from about 700 again: mailboxes would stay empty and checkpoints stop until it had
counted as far. So what lies ahead of the counter becomes the number of the transaction that finds
it: after everything that was restored, not after anything that is written from then on.
"""

import logging
from typing import TYPE_CHECKING, Any

from exchange.chassis.postgres.errors import translated

if TYPE_CHECKING:
    import asyncpg

log = logging.getLogger(__name__)

NOW = "SELECT pg_current_xact_id()::text::bigint"

WAITING_HANDOFFS = """
UPDATE handoffs SET written_by = $1::bigint::text::xid8
WHERE written_by > $1::bigint::text::xid8 AND state IN ('open', 'unknown')"""

UNCOVERED_ENTRIES = """
UPDATE ledger SET written_by = $1 WHERE written_by > $1
AND written_by >= coalesce((SELECT covered_to FROM checkpoints ORDER BY number DESC LIMIT 1), 0)"""

LAST_CHECKPOINT = """
UPDATE checkpoints SET covered_to = $1
WHERE number = (SELECT max(number) FROM checkpoints) AND covered_to > $1"""


async def renumber(pool: "asyncpg.Pool[Any]") -> int:
    """In one transaction, at every start; how many rows were ahead. Raises Transient.

    An entry that an old checkpoint covers keeps its number: when the counter comes to it, it is
    covered once more, which does no harm.
    """
    with translated():
        async with pool.acquire() as connection, connection.transaction():
            now = await connection.fetchval(NOW)
            done = [
                await connection.execute(statement, now)
                for statement in (WAITING_HANDOFFS, UNCOVERED_ENTRIES, LAST_CHECKPOINT)
            ]
    ahead = sum(int(tag.rpartition(" ")[2]) for tag in done)
    if ahead:
        log.warning("store.renumbered", extra={"rows": ahead, "to": now})
    return ahead
