"""A ledger restored from a backup must not fork: Kafka remembers what it no longer knows.

Entries that were published after the backup lie on the topic beyond the relayed position, and the
ledger lacks their ids. To go on would give their sequences to other events, and two histories of
one dispute would carry valid hashes. So the service stops, and `fengqiao recover` reads the topic
back in. Nothing that was told is decided again: each dispute is rebuilt from its ledger by its
service's `restore`, and the inbox remembers what caused the entries (`ce_causationid`), and the
refusals beside them, so that those arrivals are dropped when they are consumed once more.

Known limit: of a decision of several events that was cut off by the loss (some relayed, the last
ones not), only the events on the topic are told. It is the last decision of a partition, if any.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from exchange.chassis.clocks import clock_item
from exchange.chassis.effects import Carrier, merge
from exchange.chassis.failures import Unreachable
from exchange.chassis.ids import Ids
from exchange.chassis.ledger_failures import ForkDanger, Forked, StillRunning, Unrestorable
from exchange.chassis.ports import Broker, Consumer, Store
from exchange.chassis.rows import DisputeRow, Lease, LedgerRow, Record, Times, Writes
from exchange.chassis.service import AnyService
from exchange.contracts.envelope import Envelope, Headers
from exchange.contracts.events import decode
from exchange.contracts.topics import REFERRALS
from exchange.identity.ledger import GENESIS, entry_hash

READ_AT_ONCE_MAX = 500
READ_TIMEOUT_MS = 10_000
RECOVERER = "recovery"
ALIVE_S = 3.0
MEMBERS_POLL_S = 0.5
MEMBERS_GONE_TRIES = 10


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was read back: entries of the ledger, and of how many disputes."""

    entries: int
    disputes: int


async def refuse_fork(store: Store, broker: Broker, lease: Lease) -> None:
    """To be called before the first batch of a leased partition of the ledger's own service.

    Raises ForkDanger (and its alarm), Unreachable or Transient where that cannot be known now.
    """
    consumer = await broker.consumer()
    try:
        async for records in _beyond_relayed(store, consumer, lease.partition):
            entries = {_event_id(record): record for record in records if _is_entry(record)}
            unknown = await store.unledgered(list(entries))
            for event_id in (e for e in entries if e in unknown):
                where = entries[event_id]
                danger = ForkDanger(where.topic, where.partition, where.offset, event_id)
                subject = f"{where.topic}/{where.partition}/{where.offset}"
                await store.alarm("fork_danger", subject, event_id)
                raise danger
    finally:
        await consumer.close()


async def recover(service: AnyService, store: Store, consumer: Consumer) -> Recovered:
    """Read what Kafka has beyond the relayed positions back into the ledger and the states.

    An entry's signed request (its evidence) was in the lost database alone. Raises StillRunning,
    Forked, Unrestorable, Unreachable, Transient; what was read before stays, and reading it again
    is harmless.
    """
    entries, disputes = 0, set[str]()
    try:
        for lease in await _all_leases(store):
            async for records in _beyond_relayed(store, consumer, lease.partition):
                entered = await _enter(service, store, lease, records)
                await store.relayed(lease, [], {REFERRALS.name: records[-1].offset})
                entries += len(entered)
                disputes |= {row.code for row in entered}
    finally:
        await store.leave(RECOVERER)
    return Recovered(entries, len(disputes))


async def _all_leases(store: Store) -> list[Lease]:
    """Every partition, once the last process's heartbeat has run out."""
    for _ in range(MEMBERS_GONE_TRIES):
        cluster = await store.beat(RECOVERER, alive_s=ALIVE_S)
        others = sorted(cluster.alive - {RECOVERER})
        if not others:
            break
        await asyncio.sleep(MEMBERS_POLL_S)
    else:
        raise StillRunning(others)
    leases = [await store.take(row, RECOVERER) for row in cluster.leases]
    taken = [lease for lease in leases if lease is not None]
    if len(taken) < len(leases):
        raise StillRunning(["?"])
    return taken


async def _enter(
    service: AnyService, store: Store, lease: Lease, records: Sequence[Record]
) -> list[LedgerRow]:
    """Write the entries that the ledger lacks, each chained to the one before it, and rebuild
    their disputes; remember what caused them, so that it is not applied again."""
    found = {_event_id(record): record for record in records if _is_entry(record)}
    unknown = await store.unledgered(list(found))
    lacking = [(Envelope.read(r.headers, r.value), r) for e, r in found.items() if e in unknown]
    codes = sorted({envelope.subject for envelope, _ in lacking})
    ledgers = {code: list(await store.ledger(code)) for code in codes}
    writes = Writes()
    async with store.transaction() as tx:
        times = await tx.times()
        await tx.prove(lease, {})
        await tx.unseen([cause for record in records if (cause := _cause(record.headers))])
        rows = await tx.lock(codes) if codes else {}
        for envelope, record in lacking:
            entry = _chained(envelope, record, rows[envelope.subject])
            ledgers[entry.code].append(entry)
            writes.ledger.append(entry)
        for code in codes:
            merge(writes, _rebuilt(service, rows[code], ledgers[code], times))
        writes.rows = list(rows.values())
        await tx.write(writes)
    return writes.ledger


def _chained(envelope: Envelope, record: Record, row: DisputeRow) -> LedgerRow:
    """The next entry of this row's ledger; the row moves on to it. Raises Forked."""
    if envelope.sequence != row.sequence_out + 1:
        raise Forked(row.code, envelope.sequence or 0, row.sequence_out + 1)
    entry = _entry(envelope, record, row.head or GENESIS)
    if envelope.ledger_hash not in (None, entry.hash.hex()):
        raise Forked(row.code, entry.sequence, entry.sequence)
    row.sequence_out, row.head = entry.sequence, entry.hash
    return entry


def _rebuilt(
    service: AnyService, row: DisputeRow, ledger: Sequence[LedgerRow], times: Times
) -> Writes:
    """Put the restored state into `row`; its clocks, save the rungs that the ledger has fired."""
    assert service.restore is not None, "a service with a ledger declares how it is restored"
    before = (
        service.initial(row.code)
        if row.state is None
        else service.state.model_validate_json(row.state)
    )
    try:
        events = [decode(Envelope.read(entry.headers, entry.value)) for entry in ledger]
        decision = service.restore(before, events)
    except ValueError as error:
        raise Unrestorable(row.code, type(error).__name__) from error
    ids = Ids(times.machine, f"restore:{row.code}")
    carrier = Carrier.of(service.name, row, ids, times.machine, row.traceparent, None)
    carrier.carry_out(decision)
    row.state = decision.state.model_dump_json(exclude_defaults=True).encode()
    fired = {_cause(entry.headers) for entry in ledger}
    carrier.writes.clocks[:] = [
        c for c in carrier.writes.clocks if clock_item(c, times.legal).cause not in fired
    ]
    return carrier.writes


def _entry(envelope: Envelope, record: Record, prev: bytes) -> LedgerRow:
    sequence = envelope.sequence or 0
    return LedgerRow(
        code=envelope.subject,
        partition=record.partition,
        sequence=sequence,
        id=envelope.id,
        type=envelope.type,
        version=envelope.version,
        at=envelope.time,
        headers=record.headers,
        value=envelope.value,
        prev=prev,
        hash=entry_hash(
            prev,
            id=envelope.id,
            type=envelope.type,
            subject=envelope.subject,
            sequence=sequence,
            time=dict(record.headers)["ce_time"].decode(),
            value=envelope.value,
        ),
    )


async def _beyond_relayed(
    store: Store, consumer: Consumer, partition: int
) -> AsyncIterator[Sequence[Record]]:
    """The records of the ledger's topic after the relayed position, up to its end now."""
    part = (REFERRALS.name, partition)
    at = (await store.relayed_to(partition)).get(REFERRALS.name, -1) + 1
    end = (await consumer.watermarks([part]))[part]
    if at < end:
        await consumer.assign({part: at})
    while at < end:
        fetched = await consumer.fetch(
            [part], max_records=READ_AT_ONCE_MAX, timeout_ms=READ_TIMEOUT_MS
        )
        if not (records := fetched.get(part, ())):
            raise Unreachable(f"nothing of {REFERRALS.name}/{partition} could be read")
        yield records
        at = records[-1].offset + 1


def _is_entry(record: Record) -> bool:
    """Refused proposals stand beside the ledger: they have no sequence."""
    return record.value is not None and "ce_sequence" in dict(record.headers)


def _event_id(record: Record) -> str:
    return dict(record.headers)["ce_id"].decode()


def _cause(headers: Headers) -> str:
    return dict(headers).get("ce_causationid", b"").decode()
