"""The queue of a parked dispute: canonical events in their sequence, also those nobody can read."""

from exchange.chassis.decoding import item_of
from exchange.chassis.fold import Item
from exchange.chassis.parking import in_sequence
from exchange.chassis.rows import Record
from exchange.contracts.topics import DISPUTES, REFERRALS, Topic
from tests.support.running import code_in

CODE = code_in(0)


def read(sequence: bytes, topic: Topic = REFERRALS) -> Item:
    """A record whose value cannot be read, with that sequence in its header."""
    record = Record(topic.name, 0, 7, CODE.encode(), [("ce_sequence", sequence)], b"{")
    item = item_of(record, topic)
    assert isinstance(item, Item)
    return item


def test_what_cannot_be_read_still_has_its_sequence() -> None:
    assert (read(b"7").arrival, read(b"7").sequence) == (None, 7)


def test_a_number_that_is_none_or_a_topic_without_order_has_none() -> None:
    assert [read(raw).sequence for raw in (b"x", b"", b"9" * 5_000)] == [None] * 3
    assert read(b"7", DISPUTES).sequence is None


def test_canonical_events_change_places_among_themselves_only() -> None:
    waiting: list[tuple[str, int | None]] = [("b", 8), ("clock", None), ("a", 7)]
    ordered = in_sequence(waiting, lambda one: one[1])
    assert [name for name, _ in ordered] == ["a", "clock", "b"]
