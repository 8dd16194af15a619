"""A batch on the real engines: effectively once in Postgres, at least once on Kafka, in order."""

from pathlib import Path

from exchange.contracts.topics import DISPUTES
from exchange.local.stack import LocalStack
from tests.support.running import new_code, parts_of, produce, working
from tests.support.toy import TOY, envelope, registered
from tests.support.watching import journal_becomes, published, sequence_of


async def test_the_same_event_five_times_has_one_effect(
    engines: LocalStack, tmp_path: Path
) -> None:
    code = new_code()
    again = [envelope(registered(code, "first"), "id-of-" + code)] * 5
    async with parts_of(TOY, engines, tmp_path) as parts, working(parts):
        await produce(engines, DISPUTES, again)
        await journal_becomes(parts.store, code, "first")

        await produce(engines, DISPUTES, [envelope(registered(code, "second"), "2-" + code)])
        await journal_becomes(parts.store, code, "first", "second")

        ledger = await parts.store.ledger(code)
    assert [entry.sequence for entry in ledger] == [1, 2]


async def test_what_is_decided_is_published_byte_for_byte_as_the_ledger_has_it(
    engines: LocalStack, tmp_path: Path
) -> None:
    code = new_code()
    async with parts_of(TOY, engines, tmp_path) as parts, working(parts):
        await produce(
            engines, DISPUTES, [envelope(registered(code), f"{n}{code}") for n in range(20)]
        )
        await journal_becomes(parts.store, code, *["neighbourhood"] * 20)

        ledger = await parts.store.ledger(code)
    on_topic = await published(engines, code)
    assert [sequence_of(record) for record in on_topic] == list(range(1, 21))
    assert [record.value for record in on_topic] == [entry.value for entry in ledger]
    assert [list(record.headers) for record in on_topic] == [list(e.headers) for e in ledger]
