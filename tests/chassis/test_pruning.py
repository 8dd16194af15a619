"""What has done its work is forgotten after its time; what waits is not."""

import asyncpg

from exchange.chassis.process import Parts
from exchange.chassis.pruning import AGES, Pruner
from exchange.contracts.topics import TOPICS
from exchange.local.stack import LocalStack
from tests.support.running import new_code
from tests.support.watching import as_owner, database_of


async def test_old_rows_go_and_young_or_waiting_ones_stay(
    engines: LocalStack, parts: Parts
) -> None:
    mark = new_code()
    for days, age in ((AGES.inbox.days, "old"), (AGES.inbox.days - 1, "young")):
        await as_owner(
            engines, "routing",
            "INSERT INTO inbox (id, seen_at) VALUES ($1, now() - $2 * interval '1 day')",
            f"{mark}-{age}", days + 0.01,
        )  # fmt: skip
    for days, age in ((AGES.members.days, "gone"), (0, "silent")):
        await as_owner(
            engines, "routing",
            "INSERT INTO members (id, seen_at) VALUES ($1, now() - $2 * interval '1 day')",
            f"{mark}-{age}", days + 0.01,
        )  # fmt: skip
    for days, age in ((AGES.replies.days, "old"), (AGES.replies.days - 1, "young")):
        await as_owner(
            engines, "routing",
            "INSERT INTO replies (agency, key, digest, nonce, status, body, at)"
            " VALUES ($1, $2, '', '', 201, '', now() - $3 * interval '1 day')",
            mark, age, days + 0.01,
        )  # fmt: skip
    for state, days in (
        ("delivered", 91), ("cancelled", 91), ("delivered", 89),
        ("open", 91), ("unknown", 91), ("dead", 91),
    ):  # fmt: skip
        await as_owner(
            engines, "routing",
            "WITH kept AS (INSERT INTO attempts (handoff_id, number, outcome) VALUES ($1, 1, 'x'))"
            " INSERT INTO handoffs (id, code, partition, agency, about, body, state, created_at)"
            " VALUES ($1, $2, 0, 'PC', $1, '', $3, now() - $4 * interval '1 day')",
            f"{mark}-{state}-{days}", mark, state, days,
        )  # fmt: skip

    await Pruner(parts.store).prune()  # its own process may have been faster

    connection = await asyncpg.connect(database_of(engines, "routing"))
    inbox = await connection.fetch("SELECT id FROM inbox WHERE id LIKE $1", f"{mark}%")
    members = await connection.fetch("SELECT id FROM members WHERE id LIKE $1", f"{mark}%")
    replies = await connection.fetch("SELECT key FROM replies WHERE agency = $1", mark)
    handoffs = await connection.fetch("SELECT id FROM handoffs WHERE code = $1", mark)
    attempts = await connection.fetch(
        "SELECT handoff_id FROM attempts WHERE handoff_id LIKE $1", f"{mark}%"
    )
    await connection.close()
    assert [row["id"] for row in inbox] == [f"{mark}-young"]
    assert [row["id"] for row in members] == [f"{mark}-silent"]
    assert [row["key"] for row in replies] == ["young"]
    kept = {f"{mark}-{rest}" for rest in ("delivered-89", "open-91", "unknown-91", "dead-91")}
    assert {row["id"] for row in handoffs} == kept
    assert {row["handoff_id"] for row in attempts} == kept


async def test_the_inbox_outlives_every_record_that_it_guards_against() -> None:
    kept = [topic.retention for topic in TOPICS.values() if not topic.sequenced]

    assert all(age is None or age < AGES.inbox for age in kept)
