"""What several decisions of one transaction write: a later word takes back an earlier one."""

from datetime import UTC, datetime

from exchange.chassis.effects import merge
from exchange.chassis.rows import IndexRow, Writes

AT = datetime(2026, 3, 2, tzinfo=UTC)
ROW = IndexRow("party", "hash", "330803-2026-0123456789-A", "", exclusive=False, at=AT)
KEY = (ROW.kind, ROW.key, ROW.code)


def test_a_row_that_a_later_decision_drops_is_not_written() -> None:
    writes = Writes(index=[ROW])
    merge(writes, Writes(index_dropped=[KEY]))
    assert (writes.index, writes.index_dropped) == ([], [KEY])


def test_a_row_that_a_later_decision_writes_again_is_not_dropped() -> None:
    writes = Writes(index_dropped=[KEY])
    merge(writes, Writes(index=[ROW]))
    assert (writes.index, writes.index_dropped) == ([ROW], [])


def test_a_row_of_another_dispute_is_not_taken_back() -> None:
    writes = Writes(index=[ROW])
    merge(writes, Writes(index_dropped=[(ROW.kind, ROW.key, "another")]))
    assert writes.index == [ROW]
