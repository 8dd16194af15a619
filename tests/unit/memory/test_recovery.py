"""Routing's database restored from an old backup: what was told stands, nothing is told twice."""

import asyncio
import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider

from exchange.chassis import recovery
from exchange.chassis.clocks import ClockWorker
from exchange.chassis.consumer import PartitionReader
from exchange.chassis.decider import Decision
from exchange.chassis.ledger_failures import Unrestorable
from exchange.chassis.metrics import Metrics
from exchange.chassis.recovery import Recovered, recover
from exchange.chassis.relay import Relay
from exchange.chassis.rows import Record, Writes
from exchange.chassis.service import AnyService
from exchange.chassis.settings import Settings
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.contracts.envelope import Envelope
from exchange.contracts.events import decode
from exchange.contracts.events.base import DisputeEvent, Event
from exchange.contracts.events.proposals import Accept, Decline, Facts, ProposalMadeV1, Start
from exchange.contracts.topics import DISPUTES, MEDIATION_PROPOSALS, REFERRALS, Topic
from exchange.identity.keys import SigningKey
from services.routing.restore import NotALedger
from services.routing.service import SERVICE as ROUTING
from services.routing.state import DisputeState
from tests.support.running import code_in
from tests.unit.memory.worlds import PARTITIONS, StillWorld
from tests.unit.routing.scene import TOWN, VILLAGE, directory, registered

PARTITION = 1
CODE = code_in(PARTITION, PARTITIONS)
SETTINGS = Settings(
    kafka_bootstrap="",
    postgres_dsn="",
    http_port=1,
    public_url="http://exchange.test",
    signing_key_file=Path("unread"),
)


@dataclass
class Routing:
    """Real routing on a memory world, run by hand: it reads, fires and relays when told."""

    world: StillWorld = field(default_factory=StillWorld)
    starts: int = 0
    told: int = 0

    async def lists_the_agencies(self) -> None:
        listed = directory().by_code.values()
        agencies = [(a.agency, a.model_dump_json().encode()) for a in listed]
        async with self.world.store().transaction() as tx:
            await tx.write(Writes(agencies=agencies))

    async def works(self) -> None:
        """One process, from its start to its end: everything read, fired and relayed."""
        self.starts += 1
        member = f"member-{self.starts}"
        store, broker = self.world.store(), self.world.broker()
        cluster = await store.beat(member, alive_s=60)
        lease = await store.take(cluster.leases[PARTITION], member)
        assert lease is not None
        trace = Trace(TracerProvider().get_tracer("test"))
        workshop = Workshop(SETTINGS, SigningKey.generate(EXCHANGE))
        reader = PartitionReader(
            service=ROUTING,
            store=store,
            consumer=await broker.consumer(),
            workshop=workshop,
            lease=lease,
            trace=trace,
            wake=Wake(),
            metrics=Metrics(ROUTING.name),
            batch_max=10,
            caution=asyncio.Lock(),
        )
        await reader.consumer.assign(await reader.load_positions())
        ends = await reader.consumer.watermarks(reader.parts)
        while any(reader.next[topic] < end for (topic, _), end in ends.items()):
            await reader._batch(await reader._fetch())
        while await ClockWorker(reader)._pass():
            pass
        await Relay(store, broker, lease, Wake(), reader.metrics, alone=lambda: True)._pass()
        await store.release(lease)
        await store.leave(member)

    def arrives(self, topic: Topic, event: Event) -> None:
        self.told += 1
        envelope = Envelope(
            id=f"told-{self.told}",
            type=event.type,
            version=event.version,
            source=topic.writer,
            subject=CODE,
            time=self.world.clock.machine(),
            value=event.model_dump_json(exclude_none=True).encode(),
        )
        self.world.log.publish(topic.name, CODE, envelope.value, envelope.headers())

    async def proposes(self, agency: str, facts: Facts) -> None:
        state = await self.state()
        assert state.standing is not None
        referral = next(r for r in reversed(state.standing.referrals) if r.receiver == agency)
        now = self.now
        proposal = ProposalMadeV1(
            dispute_code=CODE,
            legal_at=now,
            actor=agency,
            evidence_sha256="e" * 64,
            proposal_id=f"proposal-{self.told}",
            referral_id=referral.referral_id,
            basis=state.sequence,
            number=self.told,
            received_at=now,
            facts=facts,
        )
        self.arrives(MEDIATION_PROPOSALS, proposal)
        await self.works()

    @property
    def now(self) -> datetime:
        return self.world.clock.machine() + self.world.clock.legal_shift

    async def state(self) -> DisputeState:
        row = await self.world.store().row(CODE)
        assert row is not None
        assert row.state is not None
        assert not row.parked
        return DisputeState.model_validate_json(row.state)

    def published(self) -> list[Record]:
        return list(self.world.log.read((REFERRALS.name, PARTITION), 0, limit=1_000))

    def types(self) -> list[str]:
        return [dict(record.headers)["ce_type"].decode() for record in self.published()]

    async def recovers(self, service: AnyService = ROUTING) -> Recovered:
        return await recover(service, self.world.store(), await self.world.broker().consumer())


@pytest.fixture
async def routing(monkeypatch: pytest.MonkeyPatch) -> Routing:
    """The village's committee holds an offer; then a backup is made."""
    monkeypatch.setattr(recovery, "MEMBERS_POLL_S", 0)
    routing = Routing()
    await routing.lists_the_agencies()
    quarrel = registered(at=routing.now, filed_on=None)
    routing.arrives(DISPUTES, quarrel.model_copy(update={"dispute_code": CODE}))
    await routing.works()
    return routing


async def lost(routing: Routing) -> DisputeState:
    """Silence, the next offer, an answer that came too late, an acceptance: all after the backup.

    Then the backup is restored. Returned is the state that was lost.
    """
    backup = copy.deepcopy(routing.world.database.tables)
    routing.world.clock.advance_legal(timedelta(days=4))
    await routing.works()
    await routing.proposes(VILLAGE, Decline(reason="other"))
    await routing.proposes(TOWN, Accept(accepted_on=date(2026, 3, 6)))
    state = await routing.state()
    routing.world.database.tables = backup
    return state


async def test_the_state_is_what_the_ledger_said_last(routing: Routing) -> None:
    state = await lost(routing)
    assert state.standing is not None
    assert state.standing.holder == TOWN

    await routing.recovers()

    restored = await routing.state()
    assert restored == state.model_copy(update={"answered": restored.answered})
    last = (await routing.world.store().ledger(CODE))[-1]
    event = decode(Envelope.read(last.headers, last.value))
    assert isinstance(event, DisputeEvent)
    assert restored.standing == event.standing
    async with routing.world.store().transaction() as tx:
        assert await tx.tallies() == {f"load:{TOWN}": 1}


async def test_nothing_that_was_told_is_told_again(routing: Routing) -> None:
    await lost(routing)
    before = routing.types()
    assert before.count("clock.expired") == 1
    assert before.count("proposal.refused") == 1

    await routing.recovers()
    await routing.works()

    assert routing.types() == before


async def test_clocks_run_on_to_the_end_that_the_ledger_names(routing: Routing) -> None:
    await lost(routing)
    await routing.recovers()
    state = await routing.state()
    assert state.standing is not None
    ends = {(c.rule, c.instance): c.ends_at for c in state.standing.clocks if c.ends_at}

    rows = routing.world.database.tables.clocks.rows.values()

    assert {(r.rule, r.instance): r.due_at for r in rows if r.rung == 0} == ends
    assert [r for r in rows if r.rung > 0], "its warnings are to come"


async def test_a_warning_that_was_given_is_not_given_again(routing: Routing) -> None:
    await routing.proposes(VILLAGE, Accept(accepted_on=date(2026, 3, 2)))
    backup = copy.deepcopy(routing.world.database.tables)
    routing.world.clock.advance_legal(timedelta(days=24))
    await routing.works()
    before = routing.types()
    assert before.count("clock.warned") == 1
    routing.world.database.tables = backup

    await routing.recovers()
    await routing.works()

    row = await routing.world.store().row(CODE)
    assert row is not None
    assert (routing.types(), row.parked) == (before, 0)


async def test_the_next_act_goes_on_from_there(routing: Routing) -> None:
    await lost(routing)
    await routing.recovers()
    before = len(routing.published())

    await routing.proposes(TOWN, Start(session=1))

    assert routing.types()[before:] == ["mediation.started"]
    sequences = [int(dict(r.headers).get("ce_sequence", b"0")) for r in routing.published()]
    assert [s for s in sequences if s] == list(range(1, max(sequences) + 1))


async def test_a_ledger_that_rebuilds_nothing_is_left_as_it_was(routing: Routing) -> None:
    await lost(routing)
    entries = await routing.world.store().ledger(CODE)

    def cannot(_before: DisputeState, _ledger: object) -> Decision[DisputeState]:
        raise NotALedger("torn")

    with pytest.raises(Unrestorable):
        await routing.recovers(replace(ROUTING, restore=cannot))

    assert await routing.world.store().ledger(CODE) == entries
