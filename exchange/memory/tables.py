"""The tables of one service's database, as the migrations of the real one declare them."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, final

from exchange.chassis.rows import (
    CheckpointHead,
    ClockKey,
    ClockRow,
    DisputeRow,
    HandoffRow,
    IndexRow,
    LedgerRow,
    OutboxRow,
    ParkedRow,
    QuarantinedRow,
    StoredCheckpoint,
    StoredReply,
)
from exchange.contracts.events.directory import AgencyListedV1

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@final
class Gone:
    """A row that a transaction has deleted and not yet committed."""


GONE: Final = Gone()


EVERYTHING: Final = "everything"
"""The group that all rows of a table belong to."""


def _everything(_key: Any, _row: Any) -> Hashable:
    return EVERYTHING


class Table(Generic[K, V]):
    """Committed rows by primary key, and by the group (fixed per row) in which they are read."""

    def __init__(self, name: str, group: Callable[[K, V], Hashable] = _everything) -> None:
        self.name, self.group = name, group
        self.rows: dict[K, V] = {}
        self._groups: dict[Hashable, dict[K, V]] = {EVERYTHING: self.rows}

    def in_group(self, group: Hashable) -> Mapping[K, V]:
        return self._groups.get(group, {})

    def apply(self, changes: Mapping[K, V | Gone]) -> None:
        """Commit these changes."""
        for key, row in changes.items():
            if isinstance(row, Gone):
                old = self.rows.pop(key, None)
                if old is not None:
                    self._groups[self.group(key, old)].pop(key, None)
            else:
                self.rows[key] = row
                self._groups.setdefault(self.group(key, row), {})[key] = row


@dataclass(frozen=True, slots=True)
class LeaseState:
    """A lease row whole. `taken_mark` are the positions at the last takeover."""

    owner: str | None = None
    epoch: int = 0
    deaths: int = 0
    taken_mark: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A ledger entry with the number of the transaction that wrote it."""

    row: LedgerRow
    written_by: int


HandoffState: TypeAlias = Literal["open", "unknown", "delivered", "dead", "cancelled"]


@dataclass(frozen=True, slots=True)
class Handoff:
    """A handoff row whole. `written_by` is the number of the transaction that made it."""

    row: HandoffRow
    written_by: int
    claimed_until: datetime | None = None
    again_at: datetime | None = None
    settled_epoch: int | None = None

    @property
    def waits(self) -> bool:
        return self.row.state in ("open", "unknown")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The circuit of one push agency, closed again at `open_until`, and the bucket of its rate.

    `tokens` are those that were left at `counted_at`; before that the bucket is full.
    """

    failures: int = 0
    open_until: datetime | None = None
    tokens: float = 0.0
    counted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RaisedAlarm:
    kind: str
    subject: str
    detail: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class Dated(Generic[V]):
    """A row with the start of the transaction that wrote it."""

    row: V
    at: datetime


class Tables:
    """All tables. `unique_*` are unique indexes beside a primary key, `advisory` has locks only; a
    number drawn from a sequence is not given back by a rollback, so `outbox` and `handoffs` have
    gaps."""

    def __init__(self) -> None:
        self.members: Table[str, datetime] = Table("members")
        self.leases: Table[int, LeaseState] = Table("leases")
        self.suspects: Table[tuple[int, str], tuple[str, int, int]] = Table(
            "suspects", lambda key, _row: key[0]
        )
        self.positions: Table[tuple[int, str], int] = Table("positions", lambda key, _row: key[0])
        self.disputes: Table[str, DisputeRow] = Table("disputes")
        self.inbox: Table[str, datetime] = Table("inbox")
        self.ledger: Table[tuple[str, int], Entry] = Table("ledger", lambda key, _row: key[0])
        self.unique_ledger_id: Table[str, str] = Table("unique_ledger_id")
        self.checkpoints: Table[int, StoredCheckpoint] = Table("checkpoints")
        self.checkpoint_heads: Table[tuple[str, int], CheckpointHead] = Table(
            "checkpoint_heads", lambda key, _row: key[0]
        )
        self.outbox: Table[int, OutboxRow] = Table("outbox", lambda _key, row: row.partition)
        self.relayed: Table[tuple[int, str], int] = Table("relayed", lambda key, _row: key[0])
        self.handoffs: Table[str, Handoff] = Table("handoffs", lambda _key, h: h.row.partition)
        self.unique_handoff: Table[tuple[str, str, str], str] = Table("unique_handoff")
        self.attempts: Table[tuple[str, int], str] = Table("attempts", lambda key, _row: key[0])
        self.endpoints: Table[str, Endpoint] = Table("endpoints")
        self.clocks: Table[ClockKey, ClockRow] = Table("clocks", lambda key, _row: key[0])
        self.parked: Table[int, ParkedRow] = Table("parked", lambda _key, row: row.code)
        self.quarantine: Table[tuple[str, int, int], Dated[QuarantinedRow]] = Table("quarantine")
        self.alarms: Table[tuple[str, str], RaisedAlarm] = Table("alarms")
        self.index: Table[tuple[str, str, str], IndexRow] = Table(
            "index", lambda key, _row: key[:2]
        )
        self.unique_index: Table[tuple[str, str], str] = Table("unique_index")
        self.blobs: Table[tuple[str, str], bytes] = Table("blobs")
        self.tallies: Table[str, int] = Table("tallies")
        self.replies: Table[tuple[str, str], Dated[StoredReply]] = Table("replies")
        self.unique_nonce: Table[tuple[str, str], tuple[str, str]] = Table("unique_nonce")
        self.agencies: Table[str, AgencyListedV1] = Table("agencies")
        self.agencies_version: Table[bool, int] = Table("agencies_version")
        self.advisory: Table[str, bool] = Table("advisory")
        self.outbox_ids = count(1)
        self.handoff_positions = count(1)
        self.parked_ids = count(1)
