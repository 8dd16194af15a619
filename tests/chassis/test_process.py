"""A real process: it refuses to start on a known secret, stops in order, tells when it is stuck."""

import asyncio
import signal
from pathlib import Path

import asyncpg

from exchange.chassis.rows import OutboxRow, Writes
from exchange.chassis.watchdog import Watchdog
from exchange.contracts.topics import COURT_PROPOSALS
from exchange.local.stack import LocalStack
from tests.support.processes import TOY_PROCESS, process, ready, settings_for
from tests.support.running import Member, code_in, eventually, parts_of
from tests.support.toy import TOY
from tests.support.watching import (
    alarm_of,
    as_owner,
    database_of,
    journal_becomes,
    journal_of,
    published,
    row_lock_on,
    sequence_of,
    told,
)


async def test_a_service_refuses_to_start_on_a_secret_that_everybody_knows(
    engines: LocalStack, tmp_path: Path
) -> None:
    known = tmp_path / "password"
    known.write_text("changeme")
    env = settings_for("police_link", engines, tmp_path, kafka_password_file=known)

    async with process("-m", "fengqiao", "run", "police_link", env=env) as running:
        _, told_why = await running.communicate()

    assert running.returncode == 3
    assert b"FENGQIAO_KAFKA_PASSWORD_FILE" in told_why
    assert b"Traceback" not in told_why


async def test_a_service_refuses_to_start_without_its_settings(tmp_path: Path) -> None:
    async with process("-m", "fengqiao", "run", "police_link", env={}) as running:
        _, told_why = await running.communicate()

    assert running.returncode == 3
    for name in (b"FENGQIAO_KAFKA_BOOTSTRAP", b"FENGQIAO_POSTGRES_DSN", b"FENGQIAO_HTTP_PORT"):
        assert name in told_why


async def test_sigterm_ends_a_service_of_the_exchange_with_exit_code_0(
    engines: LocalStack, tmp_path: Path
) -> None:
    env = settings_for("police_link", engines, tmp_path)
    async with process("-m", "fengqiao", "run", "police_link", env=env) as running:
        await ready(env)

        running.send_signal(signal.SIGTERM)

        async with asyncio.timeout(15):
            assert await running.wait() == 0


async def test_sigterm_finishes_the_batch_relays_and_gives_the_leases_back(
    engines: LocalStack, tmp_path: Path
) -> None:
    codes = [code_in(partition) for partition in range(6)]
    env = settings_for("routing", engines, tmp_path)
    async with parts_of(TOY, engines, tmp_path) as parts:
        async with process(*TOY_PROCESS, env=env) as running:
            await ready(env)
            await told(engines, codes[0], "slow", "in the same batch")
            await asyncio.sleep(0.5)  # half of what the slow one takes

            running.send_signal(signal.SIGTERM)

            async with asyncio.timeout(15):
                assert await running.wait() == 0
        assert await journal_of(parts.store, codes[0]) == ("slow", "in the same batch")
        assert await owners_and_live_members(engines) == (0, 0)
    assert [sequence_of(r) for r in await published(engines, codes[0])] == [1, 2]


async def owners_and_live_members(engines: LocalStack) -> tuple[int, int]:
    connection = await asyncpg.connect(database_of(engines, "routing"))
    try:
        return (
            await connection.fetchval("SELECT count(owner) FROM leases"),
            await connection.fetchval(
                "SELECT count(*) FROM members WHERE seen_at > now() - interval '3 s'"
            ),
        )
    finally:
        await connection.close()


async def test_lag_without_progress_raises_an_alarm_and_progress_clears_it(
    engines: LocalStack, member: Member
) -> None:
    reader, code = member.reader(1), code_in(1)
    await told(engines, code, "a")
    await journal_becomes(reader.store, code, "a")
    dog = Watchdog(reader, stalled_after_s=0.2)
    watching = asyncio.create_task(watch(dog))

    async def alarmed() -> bool:
        return await alarm_of(reader.store, "partition_stalled", "routing/1") is not None

    async def cleared() -> bool:
        return not await alarmed()

    async with row_lock_on(engines, code):
        await told(engines, code, "b")
        await eventually(alarmed, "the alarm is raised")
        detail = await alarm_of(reader.store, "partition_stalled", "routing/1")
        assert detail == "1 records wait"
    await journal_becomes(reader.store, code, "a", "b")
    await eventually(cleared, "the alarm is cleared")
    watching.cancel()
    await asyncio.wait([watching])


async def watch(dog: Watchdog) -> None:
    while True:
        await dog._look_at_outbox()
        await dog._look_at_inputs()
        await asyncio.sleep(0.05)


async def test_a_row_that_kafka_does_not_take_raises_an_alarm_until_it_is_gone(
    engines: LocalStack, member: Member
) -> None:
    reader, code = member.reader(3), code_in(3)
    forbidden = OutboxRow(0, 3, COURT_PROPOSALS.name, code, "id-" + code, [], b"{}")
    async with reader.store.transaction() as tx:
        await tx.write(Writes(outbox=[forbidden]))
    watching = asyncio.create_task(watch(Watchdog(reader, stalled_after_s=0.2)))

    async def detail() -> str | None:
        return await alarm_of(reader.store, "outbox_stuck", "routing/3")

    async def alarmed() -> bool:
        return await detail() == f"id-{code} for {COURT_PROPOSALS.name} waits"

    async def cleared() -> bool:
        return await detail() is None

    await eventually(alarmed, "the alarm is raised")
    await as_owner(engines, "routing", "DELETE FROM outbox WHERE code = $1", code)
    await eventually(cleared, "the alarm is cleared")
    watching.cancel()
    await asyncio.wait([watching])


async def test_an_alarm_that_an_owner_before_left_standing_is_cleared(member: Member) -> None:
    store, subject = member.parts.store, "routing/2"
    for kind in ("partition_stalled", "outbox_stuck"):
        await store.alarm(kind, subject, "raised by one that died")
    dog = Watchdog(member.reader(2), stalled_after_s=10)

    await dog._look_at_outbox()
    await dog._look_at_inputs()

    assert await alarm_of(store, "partition_stalled", subject) is None
    assert await alarm_of(store, "outbox_stuck", subject) is None
