"""Leases, heartbeats and positions in memory; only a takeover writes a lease row."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from exchange.chassis.failures import Fenced
from exchange.chassis.rows import Cluster, Lease, LeaseRow
from exchange.memory.database import Database, Unit
from exchange.memory.hook import Hook
from exchange.memory.locks import Mode
from exchange.memory.tables import LeaseState


async def held(unit: Unit, lease: Lease, mode: Mode = Mode.SHARE) -> LeaseState | None:
    """The lease's row, locked, if it is still that lease's; waits for a takeover under way."""
    return await unit.lock_where(
        unit.tables.leases,
        lease.partition,
        lambda row: (row.owner, row.epoch) == (lease.owner, lease.epoch),
        mode,
    )


async def require(unit: Unit, lease: Lease, mode: Mode = Mode.SHARE) -> LeaseState:
    """The same. Raises Fenced when the lease is another's."""
    row = await held(unit, lease, mode)
    if row is None:
        raise Fenced(f"partition {lease.partition} is no longer ours")
    return row


class MemoryLeases:
    """The part of the store that shares partition numbers out among live members."""

    _database: Database
    _hook: Hook
    _partitions: int

    async def beat(self, member: str, *, alive_s: float) -> Cluster:
        async with self._database.alone(self._hook, "beat") as unit:
            tables, now = unit.tables, unit.clock.machine()
            await unit.lock(tables.members, member)
            unit.put(tables.members, member, now)
            for partition in range(self._partitions):
                if await unit.reserve(tables.leases, partition):
                    unit.put(tables.leases, partition, LeaseState())
        async with self._database.alone(self._hook, "cluster") as unit:
            since = unit.clock.machine() - timedelta(seconds=alive_s)
            seen = unit.rows(unit.tables.members)
            leases = sorted(unit.rows(unit.tables.leases).items())
        return Cluster(
            [LeaseRow(partition, row.owner, row.epoch, row.deaths) for partition, row in leases],
            frozenset(member for member, at in seen.items() if at > since),
        )

    async def take(self, row: LeaseRow, member: str) -> Lease | None:
        """The positions are read before the wait for the holder: a batch that commits meanwhile
        does not count as progress, as in one SQL statement."""
        async with self._database.alone(self._hook, "take") as unit:
            leases, mark = unit.tables.leases, _mark(unit, row.partition)
            stored = await unit.lock_where(
                leases, row.partition, lambda lease: lease.epoch == row.epoch
            )
            if stored is None:
                return None
            died = stored.owner is not None and stored.taken_mark == mark
            taken = replace(
                stored,
                owner=member,
                epoch=stored.epoch + 1,
                deaths=stored.deaths + 1 if died else 0,
                taken_mark=mark,
            )
            unit.put(leases, row.partition, taken)
        return Lease(row.partition, member, taken.epoch, taken.deaths)

    async def trying(self, lease: Lease, worker: str, what: str) -> int:
        async with self._database.alone(self._hook, "trying") as unit:
            await require(unit, lease)
            suspects, key = unit.tables.suspects, (lease.partition, worker)
            await unit.lock(suspects, key)
            tried, epoch, tries = unit.get(suspects, key) or (what, lease.epoch, 1)
            tries = tries + (epoch != lease.epoch) if tried == what else 1
            unit.put(suspects, key, (what, lease.epoch, tries))
        return tries - 1

    async def release(self, lease: Lease) -> None:
        async with self._database.alone(self._hook, "release") as unit:
            stored = await held(unit, lease, Mode.EXCLUSIVE)
            if stored is not None:
                free = replace(stored, owner=None, deaths=0)
                unit.put(unit.tables.leases, lease.partition, free)
                for suspect in unit.rows(unit.tables.suspects, lease.partition):
                    unit.drop(unit.tables.suspects, suspect)

    async def leave(self, member: str) -> None:
        async with self._database.alone(self._hook, "leave") as unit:
            tables = unit.tables
            await unit.lock(tables.members, member)
            unit.drop(tables.members, member)
            for partition in unit.rows(tables.leases):
                lease = await unit.lock_where(
                    tables.leases, partition, lambda lease: lease.owner == member
                )
                if lease is not None:
                    unit.put(tables.leases, partition, replace(lease, owner=None))

    async def positions(self, partition: int) -> Mapping[str, int]:
        async with self._database.alone(self._hook, "positions") as unit:
            stored = unit.rows(unit.tables.positions, partition)
        return {topic: next_ for (_, topic), next_ in stored.items()}

    async def relayed(self, lease: Lease, ids: Sequence[int], offsets: Mapping[str, int]) -> None:
        async with self._database.alone(self._hook, "relayed") as unit:
            await require(unit, lease)
            for number in ids:
                if await unit.lock_where(unit.tables.outbox, number, lambda _row: True):
                    unit.drop(unit.tables.outbox, number)
            for topic, last in offsets.items():
                place = (lease.partition, topic)
                await unit.lock(unit.tables.relayed, place)
                before = unit.get(unit.tables.relayed, place)
                unit.put(unit.tables.relayed, place, max(last, -1 if before is None else before))

    async def relayed_to(self, partition: int) -> Mapping[str, int]:
        async with self._database.alone(self._hook, "relayed to") as unit:
            stored = unit.rows(unit.tables.relayed, partition)
        return {topic: last for (_, topic), last in stored.items()}


def _mark(unit: Unit, partition: int) -> str:
    stored = sorted(unit.rows(unit.tables.positions, partition).items())
    return " ".join(f"{topic}:{next_}" for (_, topic), next_ in stored)
