"""A ledger from an old backup: the service stops before it forks a chain, and reads it back in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from exchange.chassis import recovery
from exchange.chassis.ledger_failures import ForkDanger, Forked, StillRunning
from exchange.chassis.process import Parts
from exchange.chassis.recovery import Recovered, recover, refuse_fork
from exchange.chassis.rows import Lease
from exchange.identity.ledger import GENESIS, entry_hash
from exchange.local.stack import LocalStack
from tests.support.processes import TOY_PROCESS, process, settings_for
from tests.support.running import code_in, eventually, member_of, parts_of, working
from tests.support.toy import TOY
from tests.support.watching import (
    alarm_of,
    as_owner,
    database_of,
    id_of,
    journal_becomes,
    journal_of,
    published,
    sequence_of,
    told,
)

PARTITION = 4
BACKED_UP = ("disputes", "ledger", "inbox", "positions", "relayed", "outbox", "clocks")


@pytest.fixture
async def restored(engines: LocalStack, tmp_path: Path) -> AsyncIterator[tuple[Parts, str, str]]:
    """A dispute of three entries whose database is then restored from before the second."""
    code, born_later = code_in(PARTITION), code_in(PARTITION)
    async with parts_of(TOY, engines, tmp_path) as parts:
        async with working(parts):
            await told(engines, code, "a")
            await journal_becomes(parts.store, code, "a")
            await relayed(engines, code)
            backup = await Backup.of(engines)
            await told(engines, code, "b", "c")
            await told(engines, born_later, "x")
            await journal_becomes(parts.store, code, "a", "b", "c")
            await journal_becomes(parts.store, born_later, "x")
            await relayed(engines, code)
            await relayed(engines, born_later)
        await backup.restore()
        assert await journal_of(parts.store, code) == ("a",)
        yield parts, code, born_later
        await recovered(parts)


async def recovered(parts: Parts) -> Recovered:
    """What `fengqiao recover routing` does."""
    consumer = await parts.broker.consumer()
    try:
        return await recover(parts.service, parts.store, consumer)
    finally:
        await consumer.close()


class Backup:
    """The tables as they were: what pg_dump and pg_restore would do to them."""

    def __init__(self, engines: LocalStack) -> None:
        self._engines = engines

    @classmethod
    async def of(cls, engines: LocalStack) -> "Backup":
        for table in BACKED_UP:
            await as_owner(engines, "routing", f"DROP TABLE IF EXISTS old_{table}")
            await as_owner(engines, "routing", f"CREATE TABLE old_{table} AS TABLE {table}")
        return cls(engines)

    async def restore(self) -> None:
        for table in BACKED_UP:
            empty = f"DELETE FROM {table}"  # noqa: S608 a name of BACKED_UP
            await as_owner(self._engines, "routing", empty)
            fill = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE old_{table}"
            await as_owner(self._engines, "routing", fill)


async def relayed(engines: LocalStack, code: str) -> None:
    """Wait until nothing of this dispute is in the outbox."""

    async def is_so() -> bool:
        connection = await asyncpg.connect(database_of(engines, "routing"))
        try:
            waiting = await connection.fetchval("SELECT count(*) FROM outbox WHERE code = $1", code)
        finally:
            await connection.close()
        return not waiting

    await eventually(is_so, "everything is relayed")


Scene = tuple[Parts, str, str]


async def test_a_service_whose_ledger_is_older_than_kafka_stops_with_one_plain_sentence(
    engines: LocalStack, restored: Scene, tmp_path: Path
) -> None:
    parts, code, _ = restored
    env = settings_for("routing", engines, tmp_path)
    before = await published(engines, code)
    await told(engines, code, "d")

    async with process(*TOY_PROCESS, env=env) as running:
        async with asyncio.timeout(30):
            _, log = await running.communicate()

    assert running.returncode == 1
    last = log.decode().strip().splitlines()[-1]
    assert "fengqiao recover" in last
    assert b"Traceback" not in log
    assert await published(engines, code) == before
    assert len(await parts.store.ledger(code)) == 1


async def test_the_danger_names_the_record_and_raises_an_alarm(
    engines: LocalStack, restored: Scene
) -> None:
    parts, code, _ = restored
    second = (await published(engines, code))[1]

    with pytest.raises(ForkDanger) as danger:
        await refuse_fork(parts.store, parts.broker, Lease(PARTITION, "anybody", 0))

    assert (danger.value.offset, danger.value.event_id) == (second.offset, id_of(second))
    subject = f"{second.topic}/{PARTITION}/{second.offset}"
    assert await alarm_of(parts.store, "fork_danger", subject) == id_of(second)


async def test_recovery_reads_the_ledger_back_and_the_story_goes_on_without_a_fork(
    engines: LocalStack, restored: Scene
) -> None:
    parts, code, born_later = restored

    assert await recovered(parts) == Recovered(entries=3, disputes=2)

    on_topic = await published(engines, code)
    assert [e.value for e in await parts.store.ledger(code)] == [r.value for r in on_topic]
    async with working(parts):
        await told(engines, code, "d")
        await told(engines, born_later, "y")
        await journal_becomes(parts.store, code, "a", "b", "c", "d")
        await journal_becomes(parts.store, born_later, "x", "y")
        await relayed(engines, code)
        await relayed(engines, born_later)
    for dispute, length in ((code, 4), (born_later, 2)):
        sequences = [sequence_of(record) for record in await published(engines, dispute)]
        assert sequences == list(range(1, length + 1))
        await holds_as_a_chain(parts, dispute)


async def holds_as_a_chain(parts: Parts, code: str) -> None:
    prev = GENESIS
    for entry in await parts.store.ledger(code):
        assert entry.prev == prev
        prev = entry_hash(
            prev,
            id=entry.id,
            type=entry.type,
            subject=code,
            sequence=entry.sequence,
            time=dict(entry.headers)["ce_time"].decode(),
            value=entry.value,
        )
        assert entry.hash == prev
    row = await parts.store.row(code)
    assert row is not None
    assert row.head == prev


async def test_recovery_is_refused_while_the_service_runs(
    engines: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MEMBERS_POLL_S", 0.01)
    async with parts_of(TOY, engines, tmp_path) as parts, working(parts):
        with pytest.raises(StillRunning):
            await recovered(parts)


async def test_histories_that_differ_are_left_to_a_person(
    engines: LocalStack, restored: Scene
) -> None:
    parts, code, _ = restored
    await as_owner(engines, "routing", "UPDATE disputes SET sequence_out = 2 WHERE code = $1", code)

    with pytest.raises(Forked) as forked:
        await recovered(parts)

    assert (forked.value.code, forked.value.sequence, forked.value.expected) == (code, 2, 3)
    await as_owner(engines, "routing", "UPDATE disputes SET sequence_out = 1 WHERE code = $1", code)


async def test_records_that_were_sent_but_not_noted_are_no_danger(
    engines: LocalStack, tmp_path: Path
) -> None:
    code = code_in(PARTITION)
    async with parts_of(TOY, engines, tmp_path) as parts:
        async with working(parts):
            await told(engines, code, "a", "b")
            await journal_becomes(parts.store, code, "a", "b")
            await relayed(engines, code)
        await as_owner(engines, "routing", "DELETE FROM relayed WHERE partition = $1", PARTITION)

        await refuse_fork(parts.store, parts.broker, Lease(PARTITION, "anybody", 0))

        async with member_of(parts) as member:
            await member.holds(6)
