"""Two meetings that a whole world brings about too seldom, driven by hand on the memory world.

A toy in routing's place begins one dispute from two sides at once, and has its clock stopped in
the moment in which it falls due. Who gives way when is drawn from `chance`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from exchange.chassis.bisecting import bisected
from exchange.chassis.clocks import ClockWorker
from exchange.chassis.decoding import items_of
from exchange.chassis.failures import Transient
from exchange.chassis.fold import Broken, Item, fold
from exchange.chassis.rows import Lease, Writes
from exchange.contracts.topics import DISPUTES, TOPICS
from exchange.memory.hook import Hook
from exchange.memory.store import MemoryStore
from tests.checker.check import check
from tests.checker.history import Mark
from tests.checker.reading import DatedLog, observe_memory
from tests.simulation import scenery
from tests.support.running import code_in
from tests.support.toy import TOY, envelope, registered
from tests.unit.memory.test_chassis_on_memory import reader_of
from tests.unit.memory.worlds import StillWorld

YIELDS_MAX = 6
TRIES_MAX = 10
Found = tuple[tuple[str, str], ...]


async def begun_twice(chance: Random) -> Found:
    """Two events of a dispute that nobody knows yet are folded at once, as by two replicas."""
    world = _world()
    code = code_in(0)
    for kind in ("wall", "noise"):
        sent = envelope(registered(code, kind), kind)
        world.log.publish(DISPUTES.name, code, sent.value, sent.headers())
    records = world.log.read((DISPUTES.name, 0), 0, limit=10)
    items, _ = items_of(records, DISPUTES)
    store = world.store(_yielding(chance))
    async with asyncio.TaskGroup() as group:
        for item in items:
            group.create_task(_folded(store, item))
    lease = await _lease(world)
    await _settled(world, lease, len(records))
    seen = observe_memory(world.log, {"routing": world.database}, scenery.key_of("EX-0"))
    marks = [Mark("injected", kind, seen.machine_at, seen.legal_at) for kind in ("wall", "noise")]
    violations = check(marks, seen).violations
    return tuple((name, v.what) for name, found in violations.items() for v in found)


async def stopped_when_due(chance: Random) -> Found:
    """A batch stops a clock while its worker fires it; what is found shows in the locks."""
    world = _world()
    code = code_in(0)
    lease = await _lease(world)
    for kind in ("clock:toy.limit:60", "stop:toy.limit"):
        sent = envelope(registered(code, kind), kind)
        world.log.publish(DISPUTES.name, code, sent.value, sent.headers())
    reader = reader_of(world.store(_yielding(chance)), await world.broker().consumer(), lease)
    await reader.consumer.assign(await reader.load_positions())
    first, second = world.log.read((DISPUTES.name, 0), 0, limit=10)
    await reader._batch([first])
    world.clock.advance(timedelta(seconds=61))
    due, _ = await reader.store.due(0, limit=10)
    async with asyncio.TaskGroup() as group:
        group.create_task(_insisting(lambda: reader._batch([second])))
        group.create_task(_insisting(lambda: ClockWorker(reader)._fire(due, None)))
    return ()


def _world() -> StillWorld:
    world = StillWorld()
    counts = {topic.name: topic.partitions for topic in TOPICS.values()}
    world.log = DatedLog(world.clock, counts)
    return world


def _yielding(chance: Random) -> Hook:
    async def hook(_point: str) -> None:
        for _ in range(chance.randrange(YIELDS_MAX)):
            await asyncio.sleep(0)

    return hook


async def _lease(world: StillWorld) -> Lease:
    store = world.store()
    cluster = await store.beat("member", alive_s=60)
    lease = await store.take(cluster.leases[0], "member")
    assert lease is not None
    return lease


async def _folded(store: MemoryStore, item: Item) -> None:
    async def apply(items: Sequence[Item], broken: Broken | None) -> None:
        async with store.transaction() as tx:
            given = [replace(each, broken=broken) for each in items]
            folded = await fold(tx, TOY, given, scenery.TRACE)
            await tx.write(folded.writes)

    await bisected([item], apply)


async def _settled(world: StillWorld, lease: Lease, read: int) -> None:
    """What was decided is sent, what was read is remembered."""
    store, producer = world.store(), await world.broker().producer()
    rows = await store.outbox(lease.partition, limit=10, bytes_max=10**6)
    offsets = await producer.send(rows)
    assert None not in offsets
    await store.relayed(lease, [row.id for row in rows], {})
    async with store.transaction() as tx:
        await tx.prove(lease, {})
        await tx.write(Writes(positions={DISPUTES.name: read}))


async def _insisting(work: Callable[[], Awaitable[None]]) -> None:
    """Transient trouble is tried again, as every worker does."""
    for _ in range(TRIES_MAX):
        try:
            return await work()
        except Transient:
            continue
    raise AssertionError(f"{TRIES_MAX} tries came to nothing")
