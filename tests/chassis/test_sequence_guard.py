"""Consumers of the ledger: up to the last is dropped, last + 1 applied, more parks as a gap."""

from pathlib import Path

from exchange.chassis.decoding import item_of
from exchange.chassis.fold import Item, fold
from exchange.chassis.parking import Parking, Released
from exchange.chassis.partitioning import partition_of
from exchange.chassis.process import Parts
from exchange.chassis.rows import Record
from exchange.contracts.envelope import Envelope
from exchange.contracts.topics import DISPUTES
from exchange.local.stack import LocalStack
from tests.support.running import new_code, parts_of, working
from tests.support.toy import LISTENER, TOY, envelope, registered
from tests.support.watching import (
    alarm_of,
    as_owner,
    id_of,
    journal_becomes,
    journal_of,
    published,
    queue_grows_to,
    told,
)


async def test_an_entry_that_is_sent_again_has_no_second_effect(
    engines: LocalStack, tmp_path: Path
) -> None:
    code = new_code()
    async with (
        parts_of(TOY, engines, tmp_path) as routing,
        working(routing),
        parts_of(LISTENER, engines, tmp_path) as court,
        working(court),
    ):
        await told(engines, code, "a", "b", "c")
        await journal_becomes(court.store, code, "1:a", "2:b", "3:c")

        assert await routing.store.republish(code) == 3
        await told(engines, code, "d")

        await journal_becomes(court.store, code, "1:a", "2:b", "3:c", "4:d")
    on_topic = await published(engines, code)
    assert len(on_topic) == 7
    assert [(id_of(r), r.value) for r in on_topic[3:6]] == [
        (id_of(r), r.value) for r in on_topic[:3]
    ]


async def test_a_gap_parks_the_dispute_until_the_ledger_is_sent_again(
    engines: LocalStack, tmp_path: Path
) -> None:
    code = new_code()
    async with (
        parts_of(TOY, engines, tmp_path) as routing,
        parts_of(LISTENER, engines, tmp_path) as court,
        working(court),
    ):
        async with working(routing):
            await told(engines, code, "a")
            await journal_becomes(court.store, code, "1:a")
        await ledger_entries_of_which_the_first_is_lost(engines, routing, code, "b", "c", "d")
        async with working(routing):
            first, behind = await queue_grows_to(court.store, code, 2)
            assert (first.cause, first.error) == ("gap", "2 is missing before 3")
            assert behind.cause == "behind"
            assert await journal_of(court.store, code) == ("1:a",)
            release = Parking(LISTENER, court.store, court.workshop, court.trace, court.wake)
            assert (await release.release(code)).cause == "gap"

            await routing.store.republish(code)
            await queue_grows_to(court.store, code, 5)  # what it heard already does not queue

            assert await release.release(code) == Released(5, 0)
            assert await journal_of(court.store, code) == ("1:a", "2:b", "3:c", "4:d")
            assert await alarm_of(court.store, "dispute_parked", code) is None


async def ledger_entries_of_which_the_first_is_lost(
    engines: LocalStack, routing: Parts, code: str, *kinds: str
) -> None:
    """Decided and entered, but the first one's outbox row is gone before the relay had it."""
    events = [envelope(registered(code, kind), f"{kind}-{code}") for kind in kinds]
    async with routing.store.transaction() as tx:
        items = [item_of(as_record(event), DISPUTES) for event in events]
        folded = await fold(tx, TOY, [i for i in items if isinstance(i, Item)], routing.trace)
        await tx.write(folded.writes)
    lost = folded.writes.outbox[0].event_id
    await as_owner(engines, "routing", "DELETE FROM outbox WHERE event_id = $1", lost)


def as_record(event: Envelope) -> Record:
    partition = partition_of(event.subject, DISPUTES.partitions)
    return Record(DISPUTES.name, partition, 0, event.subject.encode(), event.headers(), event.value)
