"""A batch on the real engines: effectively once in Postgres, at least once on Kafka, in order."""

import json
from pathlib import Path

from exchange.chassis.postgres.store import PostgresStore
from exchange.contracts.topics import DISPUTES
from exchange.local.stack import LocalStack
from tests.support.running import eventually, new_code, parts_of, produce, provisioned, working
from tests.support.toy import TOY, ToyState, envelope, registered


async def state_of(store: PostgresStore, code: str) -> ToyState:
    row = await store.row(code)
    return ToyState.model_validate_json(row.state) if row and row.state else ToyState()


async def test_the_same_event_five_times_has_one_effect(stack: LocalStack, tmp_path: Path):
    await provisioned(stack)
    code = new_code()
    again = [envelope(registered(code), "id-of-" + code)] * 5
    async with parts_of(TOY, stack, tmp_path) as parts, working(parts):
        await produce(stack, DISPUTES, again)

        async def applied() -> bool:
            return (await state_of(parts.store, code)).seen > 0

        await eventually(applied, "the event is applied")
        await produce(stack, DISPUTES, [envelope(registered(code), "second-" + code)])

        async def second() -> bool:
            return (await state_of(parts.store, code)).seen == 2

        await eventually(second, "the next event is applied")
        ledger = await parts.store.ledger(code)
    assert [entry.sequence for entry in ledger] == [1, 2]


async def test_a_failing_decision_parks_its_dispute_alone_and_release_keeps_order(
    stack: LocalStack, tmp_path: Path
):
    await provisioned(stack)
    ill, well = new_code(), new_code()
    async with parts_of(TOY, stack, tmp_path) as parts, working(parts):
        await produce(
            stack,
            DISPUTES,
            [
                envelope(registered(ill, "fail"), "1" + ill),
                envelope(registered(ill), "2" + ill),
                envelope(registered(well), "1" + well),
            ],
        )

        async def others_flow() -> bool:
            row = await parts.store.row(ill)
            seen = (await state_of(parts.store, well)).seen
            return seen == 1 and row is not None and row.parked == 2

        await eventually(others_flow, "the well dispute flows, the ill one waits with two events")
        first = next(p for p in await parts.store.parked_codes(limit=100) if p.code == ill)
    assert first.cause == "RuntimeError"
    assert "told to fail" not in first.error
    assert json.loads(first.value)["matter"]["kind"] == "fail", "the original bytes are kept"
