"""What has done its work is forgotten after its time; what waits is not."""

import asyncpg

from exchange.chassis.process import Parts
from exchange.chassis.pruning import AGES, Pruner
from exchange.contracts.topics import TOPICS
from exchange.local.stack import LocalStack
from tests.support.running import new_code
from tests.support.watching import as_owner, database_of

INBOX = "INSERT INTO inbox (id, seen_at) VALUES ($1, now() - $2 * interval '1 day')"
MEMBER = "INSERT INTO members (id, seen_at) VALUES ($1, now() - $2 * interval '1 day')"
REPLY = """
INSERT INTO replies (agency, key, digest, nonce, status, body, at)
VALUES ('prune', $1, '', '', 201, '', now() - $2 * interval '1 day')"""
HANDOFF = """
WITH tried AS (INSERT INTO attempts (handoff_id, number, outcome) VALUES ($1, 1, 'x'))
INSERT INTO handoffs (id, code, partition, agency, about, body, state, created_at)
VALUES ($1, 'prune', 0, 'PC', $1, '', $3, now() - $2 * interval '1 day')"""
A_MOMENT = 0.01


async def left(engines: LocalStack, table: str, column: str, mark: str) -> set[str]:
    """What of this test is still in that table, by what stands after its mark."""
    found = f"SELECT {column} FROM {table} WHERE {column} LIKE $1"  # noqa: S608 our own names
    connection = await asyncpg.connect(database_of(engines, "routing"))
    try:
        rows = await connection.fetch(found, f"{mark}%")
    finally:
        await connection.close()
    return {row[column].removeprefix(f"{mark}/") for row in rows}


async def test_old_rows_go_and_young_ones_stay(engines: LocalStack, parts: Parts) -> None:
    mark = new_code()
    for statement, days in ((INBOX, AGES.inbox.days), (REPLY, AGES.replies.days), (MEMBER, 1)):
        await as_owner(engines, "routing", statement, f"{mark}/old", days + A_MOMENT)
        await as_owner(engines, "routing", statement, f"{mark}/young", days - A_MOMENT)

    await Pruner(parts.store).prune()  # its own process may have been faster

    assert await left(engines, "inbox", "id", mark) == {"young"}
    assert await left(engines, "replies", "key", mark) == {"young"}
    assert await left(engines, "members", "id", mark) == {"young"}


async def test_handoffs_that_are_settled_go_with_their_attempts_and_no_others(
    engines: LocalStack, parts: Parts
) -> None:
    mark, old, young = new_code(), AGES.handoffs.days + 1, AGES.handoffs.days - 1
    for state in ("delivered", "cancelled", "open", "unknown", "dead"):
        for age in (old, young):
            await as_owner(engines, "routing", HANDOFF, f"{mark}/{state}/{age}", age, state)

    await Pruner(parts.store).prune()

    kept = {f"{state}/{young}" for state in ("delivered", "cancelled", "open", "unknown", "dead")}
    kept |= {f"{state}/{old}" for state in ("open", "unknown", "dead")}
    assert await left(engines, "handoffs", "id", mark) == kept
    assert await left(engines, "attempts", "handoff_id", mark) == kept
    await as_owner(engines, "routing", "DELETE FROM handoffs WHERE code = 'prune'")


def test_the_inbox_outlives_every_record_that_it_guards_against() -> None:
    kept = [topic.retention for topic in TOPICS.values() if not topic.sequenced]

    assert all(age is None or age < AGES.inbox for age in kept)
