"""Rows to write: what a test does not care about has a harmless value."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from exchange.chassis.partitioning import partition_of
from exchange.chassis.ports import Store
from exchange.chassis.rows import (
    ClockRow,
    HandoffRow,
    IndexRow,
    Lease,
    LedgerRow,
    OutboxRow,
    ParkedRow,
    StoredReply,
    Writes,
)
from exchange.contracts.events.directory import AgencyListedV1, Delivery
from tests.parity.worlds import PARTITIONS, TOPIC
from tests.support.running import code_in as code_in_any

AT = datetime(2026, 3, 2, 1, 30, 0, 123_456, UTC)
COMMITTEE = "MC-330803112213-01"
STATION = "PS-330803112000-01"


def code_in(partition: int) -> str:
    """A new dispute code of this partition."""
    return code_in_any(partition, PARTITIONS)


def codes_in(partition: int, n: int) -> list[str]:
    """New codes of one partition, in code order."""
    return sorted(code_in(partition) for _ in range(n))


def outbox(code: str, event_id: str, **changes: Any) -> OutboxRow:
    row = {
        "id": 0,
        "partition": partition_of(code, PARTITIONS),
        "topic": TOPIC,
        "code": code,
        "event_id": event_id,
        "headers": [("ce_id", event_id.encode())],
        "value": b"{}",
    }
    return OutboxRow(**{**row, **changes})


def ledger(code: str, sequence: int, **changes: Any) -> LedgerRow:
    row = {
        "code": code,
        "partition": partition_of(code, PARTITIONS),
        "sequence": sequence,
        "id": f"{code}-{sequence}",
        "type": "dispute.registered",
        "version": 1,
        "at": AT,
        "headers": [("ce_id", f"{code}-{sequence}".encode())],
        "value": b'{"a": 1}',
        "prev": b"\0" * 32,
        "hash": b"\1" * 32,
        "evidence": None,
    }
    return LedgerRow(**{**row, **changes})


def handoff(code: str, about: str, agency: str = COMMITTEE) -> HandoffRow:
    return HandoffRow(
        id=f"h-{code}-{agency}-{about}",
        code=code,
        partition=partition_of(code, PARTITIONS),
        agency=agency,
        about=about,
        body=b"{}",
        traceparent=None,
        created_at=AT,
    )


def clock(code: str, rule: str, due_at: datetime, rung: int = 0) -> ClockRow:
    return ClockRow(code, partition_of(code, PARTITIONS), rule, "1", rung, due_at)


def index(code: str, key: str, value: str = "", *, exclusive: bool = False) -> IndexRow:
    return IndexRow("case_number", key, code, value, exclusive, AT)


def parked(code: str, event_id: str, **changes: Any) -> ParkedRow:
    row = {
        "code": code,
        "partition": partition_of(code, PARTITIONS),
        "kind": "event",
        "cause": "RuntimeError",
        "error": "RuntimeError at decide:1",
        "source": f"{TOPIC}/0/7",
        "event_id": event_id,
        "event_at": AT,
        "traceparent": None,
        "headers": [("ce_id", event_id.encode())],
        "value": b"{}",
        "parked_at": AT + timedelta(seconds=1),
    }
    return ParkedRow(**{**row, **changes})


def reply(key: str, nonce: str = "", body: bytes = b"{}") -> StoredReply:
    return StoredReply(STATION, key, "digest", nonce, 202, body)


def listed(agency: str, *, mode: Any = "push", concurrency: int = 4) -> tuple[str, bytes]:
    """An agency as the directory publishes it."""
    event = AgencyListedV1(
        agency=agency,
        name="某村人民调解委员会",
        kind="committee",
        level="village",
        place="330803112213",
        delivery=Delivery(mode=mode, url="http://127.0.0.1:1/handoffs", concurrency=concurrency),
    )
    return agency, event.model_dump_json().encode()


async def leased(store: Store, partition: int, member: str = "first") -> Lease:
    """The lease of that partition, taken by `member`."""
    cluster = await store.beat(member, alive_s=60)
    lease = await store.take(cluster.leases[partition], member)
    assert lease is not None
    return lease


async def written(store: Store, codes: Sequence[str] = (), **kinds: Any) -> None:
    """Commit these rows in one transaction, the disputes locked first."""
    async with store.transaction() as tx:
        await tx.lock(codes)
        await tx.write(Writes(**kinds))


async def outbox_of(store: Store, partition: int) -> Sequence[OutboxRow]:
    """All that waits for the relay there."""
    return await store.outbox(partition, limit=1_000, bytes_max=1_000_000)
