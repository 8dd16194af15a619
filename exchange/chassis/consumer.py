"""One leased partition number: read its inputs, fold each batch in one transaction, move on.

Transient trouble is retried whole, from the stored position, for as long as it lasts. A row that
Postgres will not take is found by bisecting. A record that kills the process is found by trying
one record at a time, once the lease has changed hands over it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from exchange.chassis.answers import Answers
from exchange.chassis.bisecting import bisected
from exchange.chassis.decoding import items_of, quarantined
from exchange.chassis.failures import OutOfRange, Transient, Unreachable
from exchange.chassis.fold import Broken, Folded, Item, fold, told
from exchange.chassis.metrics import Metrics
from exchange.chassis.ports import Consumer, Store
from exchange.chassis.rows import Lease, Part, QuarantinedRow, Record, Writes
from exchange.chassis.service import AnyService
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import Workshop
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.topics import AGENCIES, Topic

FETCH_TIMEOUT_MS = 500
RETRY_MIN_S = 0.05
RETRY_MAX_S = 2.0
CAUTIOUS_FROM_DEATHS = 2
TRIES_OF_ONE_MAX = 3


@dataclass(slots=True)
class PartitionReader:
    """Consumes one partition number of every input of a service, under its lease.

    After deaths without progress the next `cautious_for` records are tried one at a time, and
    under `caution` one at a time in the whole process, so that no innocent one is suspected.
    """

    service: AnyService
    store: Store
    consumer: Consumer
    workshop: Workshop
    lease: Lease
    trace: Trace
    wake: Wake
    metrics: Metrics
    batch_max: int
    caution: asyncio.Lock
    next: dict[str, int] = field(default_factory=dict)
    cautious_for: int = 0
    batch_now: int = 1
    caught_up: asyncio.Condition = field(default_factory=asyncio.Condition)
    stopping: bool = False

    @property
    def topics(self) -> list[Topic]:
        """Inputs in their declared order; the directory is read beside partition 0."""
        reference = [AGENCIES] if self.reads_reference else []
        return [*reference, *self.service.reads]

    @property
    def reads_reference(self) -> bool:
        return self.lease.partition == 0 and self.service.name in AGENCIES.readers

    @property
    def parts(self) -> list[Part]:
        return [(topic.name, self.lease.partition) for topic in self.topics]

    @property
    def answers(self) -> Answers:
        return Answers(self.service, self.store, self.trace)

    async def load_positions(self) -> dict[Part, int]:
        """The stored positions: where a batch must continue, whatever was fetched before."""
        stored = await self.store.positions(self.lease.partition)
        self.next = {topic.name: stored.get(topic.name, 0) for topic in self.topics}
        return {(name, self.lease.partition): offset for name, offset in self.next.items()}

    async def run(self) -> None:
        """Until `stopping`. Raises Fenced when the lease is lost.

        After trouble nothing is fetched before the stored positions were sought: what was fetched
        and not applied would be passed over. Trouble with the database halves the batch, which may
        be what does not fit in the time that a transaction has; success doubles it again.
        """
        trouble_s, astray = RETRY_MIN_S, False
        gone: Mapping[Part, int] = {}
        self.batch_now = self.batch_max
        if self.lease.deaths >= CAUTIOUS_FROM_DEATHS:
            self.cautious_for = self.batch_max
        while not self.stopping:
            try:
                if gone:
                    await self._read_on(gone)
                    gone = {}
                if astray:
                    await self.consumer.seek(await self.load_positions())
                if fetched := await self._fetch():
                    await self._batch(fetched)
                trouble_s, astray = RETRY_MIN_S, False
                self.batch_now = min(self.batch_max, self.batch_now * 2)
            except OutOfRange as error:
                gone, astray = error.positions, True
            except (Transient, Unreachable) as error:
                self.metrics.retried(self.lease.partition, type(error).__name__)
                if isinstance(error, Transient):
                    self.batch_now = max(1, self.batch_now // 2)
                await asyncio.sleep(trouble_s)
                trouble_s, astray = min(RETRY_MAX_S, trouble_s * 2), True

    async def _fetch(self) -> list[Record]:
        limit = 1 if self.cautious_for else self.batch_now
        fetched = await self.consumer.fetch(
            self.parts, max_records=limit, timeout_ms=FETCH_TIMEOUT_MS
        )
        return [
            record
            for part in self.parts
            for record in fetched.get(part, ())
            if record.offset >= self.next[part[0]]
        ]

    async def _batch(self, records: Sequence[Record]) -> None:
        if not self.cautious_for:
            await bisected(records, self._apply)
            return
        async with self.caution:
            for record in records:  # one of each part, where the library read them singly
                if suspect := await self._suspect(record):
                    await self._apply([record], suspect)
                else:
                    await bisected([record], self._apply)
        self.cautious_for -= 1

    async def _suspect(self, record: Record) -> Broken | None:
        """Note that this record is tried; the reason to park it, if it was tried too often."""
        what = f"{record.topic}/{record.partition}/{record.offset}"
        return killer(await self.store.trying(self.lease, "record", what))

    async def _apply(self, records: Sequence[Record], broken: Broken | None) -> None:
        """One transaction: prove the lease, fold, advance. `broken` parks the one record."""
        after = self._positions_after(records)
        items, quarantine, agencies = self._sorted_out(records, broken)
        items = [prepared(item, self.service, self.workshop) for item in items]
        async with self.store.transaction() as tx:
            await tx.prove(self.lease, {topic: self.next[topic] for topic in after})
            folded = await fold(tx, self.service, items, self.trace)
            folded.writes.positions = after
            folded.writes.quarantined += quarantine
            folded.writes.agencies = agencies
            folded.writes.alarms += [
                ("quarantined", f"{q.topic}/{q.partition}/{q.offset}", q.cause)
                for q in folded.writes.quarantined
            ]
            await tx.write(folded.writes)
        self.next |= after
        await self._tell(folded, len(records))

    async def _read_on(self, gone: Mapping[Part, int]) -> None:
        """Go on at the beginning of these logs: what came before it is lost, or was read already.

        A log that begins later lost records unread (its retention was shorter than our absence);
        one that ends sooner was cut or restored. Either way a person is told, but where nothing of
        this partition was ever read. What is read twice is known to the inbox, or has its sequence.
        """
        beginnings = await self.consumer.beginnings(list(gone))
        stored = await self.store.positions(self.lease.partition)
        positions: dict[str, int] = {}
        lost: list[tuple[str, str, str]] = []
        for (topic, number), at in gone.items():
            positions[topic] = beginnings[topic, number]
            if stored:
                told = f"stood at {at}, begins at {positions[topic]}"
                lost.append(("records_lost", f"{topic}/{number}", told))
        async with self.store.transaction() as tx:
            await tx.prove(self.lease, {topic: at for (topic, _), at in gone.items()})
            await tx.write(Writes(positions=positions, alarms=lost))
        self.next |= positions

    def _positions_after(self, records: Sequence[Record]) -> dict[str, int]:
        return {record.topic: record.offset + 1 for record in records}

    def _sorted_out(
        self, records: Sequence[Record], broken: Broken | None
    ) -> tuple[list[Item], list[QuarantinedRow], list[tuple[str, bytes]]]:
        items: list[Item] = []
        quarantine: list[QuarantinedRow] = []
        agencies: list[tuple[str, bytes]] = []
        for topic in self.topics:
            mine = [record for record in records if record.topic == topic.name]
            if topic.compacted and broken:
                quarantine += [quarantined(record, broken.cause) for record in mine]
            elif topic.compacted:
                _read_reference(mine, agencies, quarantine)
            else:
                found, refused = items_of(mine, topic)
                items += [replace(i, broken=i.broken or broken) for i in found] if broken else found
                quarantine += refused
        return items, quarantine, agencies

    async def _tell(self, folded: Folded, records: int) -> None:
        self.wake.after(folded)
        self.metrics.batch(self.lease.partition, folded, records)
        async with self.caught_up:
            self.caught_up.notify_all()


def killer(tries: int) -> Broken | None:
    """The reason to park what was tried that often alone, and its process died each time."""
    if tries < TRIES_OF_ONE_MAX:
        return None
    return Broken("kills_the_process", f"the process died {tries} times over it")


def prepared(item: Item, service: AnyService, workshop: Workshop) -> Item:
    """The impure part of the work (opening a sealed dossier); what fails here is parked."""
    if item.arrival is None or item.broken is not None:
        return item
    try:
        arrival = service.prepare(item.arrival, workshop)
        return item if arrival is item.arrival else replace(item, arrival=arrival)
    except Exception as error:  # noqa: BLE001 whatever it is, only this dispute must wait
        return replace(item, broken=Broken("unprepared", told(error)))


def _read_reference(
    records: Sequence[Record],
    agencies: list[tuple[str, bytes]],
    quarantine: list[QuarantinedRow],
) -> None:
    """Reference records as they are; one that does not parse is quarantined, not believed."""
    for record in records:
        try:
            agency = AgencyListedV1.model_validate_json(record.value or b"")
        except ValueError:
            quarantine.append(quarantined(record, "bad_agency"))
        else:
            agencies.append((agency.agency, record.value or b""))
