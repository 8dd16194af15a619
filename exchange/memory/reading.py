"""What transactions and the store read alike."""

from collections.abc import Sequence

from exchange.chassis.decider import Found
from exchange.chassis.reference import AgencyBook
from exchange.chassis.rows import Times
from exchange.memory.database import Unit


def times(unit: Unit) -> Times:
    """Machine time now; legal time as of the transaction's start (`legal_now()`)."""
    return Times(unit.clock.machine(), unit.started_at + unit.clock.legal_shift)


def book(unit: Unit) -> AgencyBook:
    version = unit.get(unit.tables.agencies_version, True) or 0
    return AgencyBook(version, unit.rows(unit.tables.agencies))


def find(unit: Unit, kind: str, key: str) -> Sequence[Found]:
    """The index rows of one key, in the order of their instants."""
    rows = unit.rows(unit.tables.index, (kind, key)).values()
    return sorted((Found(row.code, row.value, row.at) for row in rows), key=lambda f: f.at)
