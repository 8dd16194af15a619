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

NEVER_ISSUED = "pg_snapshot_xmax(pg_current_snapshot())"
"""Numbers from here on are no transaction of this cluster: one beside us may have any below it."""

WAITING_HANDOFFS = f"""
UPDATE handoffs SET written_by = $1::bigint::text::xid8
WHERE written_by >= {NEVER_ISSUED} AND state IN ('open', 'unknown')"""

UNCOVERED_ENTRIES = f"""
UPDATE ledger SET written_by = $1 WHERE written_by >= {NEVER_ISSUED}::text::bigint
AND NOT EXISTS (
    SELECT 1 FROM checkpoint_heads h WHERE h.code = ledger.code AND h.sequence >= ledger.sequence
)"""

LAST_CHECKPOINT = """
UPDATE checkpoints SET covered_to = $1
WHERE number = (SELECT max(number) FROM checkpoints) AND covered_to > $1"""


async def renumber(pool: "asyncpg.Pool[Any]") -> int:
    """In one transaction, at every start; how many rows were ahead. Raises Transient.

    An entry that a checkpoint covers keeps its number; it is not covered again when the counter
    comes to it.
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
