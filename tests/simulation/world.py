"""The world of one run: six services on the memory world, their processes, legal time, rest."""

import asyncio
import contextvars
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from exchange.chassis.process import Parts
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.contracts.topics import AGENCIES as AGENCIES_TOPIC
from exchange.contracts.topics import REFERRALS, TOPICS
from exchange.memory.broker import MemoryBroker
from exchange.memory.clock import LoopClock
from exchange.memory.database import Database
from exchange.memory.store import MemoryStore
from tests.checker.history import Entry, Mark
from tests.simulation import scenery
from tests.simulation.log import LaggingLog
from tests.simulation.plan import SERVICES, Again, Plan, Twin
from tests.simulation.process import Process
from tests.simulation.trouble import Trouble

REST_LOOK_S = 0.1
REST_TIMEOUT_S = 240.0
"""Of virtual time, once all trouble is over: claims, circuits and backoffs run out before."""


class NoRest(Exception):
    """Trouble is over, and still something waits: which."""


@dataclass(slots=True)
class World:
    """Made inside a running SimulatedLoop. `busy` counts what agencies are still about to do."""

    plan: Plan
    client: Any = None
    history: list[Entry] = field(default_factory=list)
    processes: dict[str, list[Process]] = field(default_factory=dict)
    crashes: list[tuple[str, BaseException]] = field(default_factory=list)
    busy: int = 0
    operations: int = 0
    over: bool = False
    clock: LoopClock = field(init=False)
    log: LaggingLog = field(init=False)
    databases: dict[str, Database] = field(init=False)
    troubles: dict[str, Trouble] = field(init=False)
    _started: int = 0
    _outside: contextvars.Context = field(default_factory=contextvars.copy_context)

    def __post_init__(self) -> None:
        loop, plan = asyncio.get_running_loop(), self.plan
        self.clock = LoopClock(start=scenery.START)
        counts = {t.name: self.partitions_of(t.writer) for t in TOPICS.values()}
        self.log = LaggingLog(self.clock, counts, plan.lags, loop.time)
        self.databases = {name: self._database() for name in SERVICES}
        self.troubles = {
            name: Trouble(
                (f for f in plan.faults if f.service == name),
                plan.yields,
                Random(f"{plan.seed}/{name}"),
                loop.time,
            )
            for name in SERVICES
        }

    def partitions_of(self, service: str) -> int:
        return 1 if service == "directory" else self.plan.partitions

    def _database(self) -> Database:
        """As the directory's topic has filled it before."""
        database = Database(self.clock)
        listed = {a: scenery.listed(a, push=a in self.plan.push) for a in scenery.AGENCIES}
        database.tables.agencies.apply(listed)
        database.tables.agencies_version.apply({True: 1})
        return database

    # Time

    @property
    def legal(self) -> datetime:
        return self.clock.machine() + self.clock.legal_shift

    def advance_legal(self, by: timedelta) -> None:
        self.mark("time", f"+{by}")
        self.clock.advance_legal(by)
        self.mark("time", f"+{by}")

    def mark(self, name: str, subject: str) -> None:
        self.history.append(Mark(name, subject, self.clock.machine(), self.legal))

    # Processes

    def start(self, service: str) -> Process:
        self._started += 1
        name = f"{service}-{self._started}"
        process = Process(service, name, self.troubles[service], self._killed)
        process.parts = self._parts(process)
        self.processes.setdefault(service, []).append(process)
        process.start()
        return process

    def serving(self, service: str) -> list[Process]:
        return [process for process in self.processes[service] if process.serves]

    def _parts(self, process: Process) -> Parts:
        name, plan = process.service, self.plan
        declared = scenery.service(name, self.partitions_of(name))
        settings = scenery.settings(plan.batch)
        return Parts(
            service=declared,
            settings=settings,
            store=MemoryStore(
                self.databases[name],
                partitions=declared.partitions,
                ledger_topic=REFERRALS.name,
                hook=process.hook,
            ),
            broker=MemoryBroker(self.log, process.hook),
            workshop=Workshop(
                settings,
                scenery.key_of(EXCHANGE),
                now=self.clock.machine,
                chance=Random(f"{plan.seed}/{process.name}"),
            ),
            trace=scenery.TRACE,
            metrics=scenery.metrics(name),
            wake=Wake(),
            client=self.client,
        )

    def _killed(self, process: Process, again_in_s: float | None) -> None:
        self.processes[process.service].remove(process)
        if process.crashed is not None:
            self.crashes.append((process.name, process.crashed))
        if again_in_s is not None:
            self.mark("killed", process.name)
            loop = asyncio.get_running_loop()
            loop.call_later(again_in_s, self.start, process.service, context=self._outside)

    # What the plan does to it

    async def twin(self, twin: Twin) -> None:
        """A second process comes, and goes."""
        await asyncio.sleep(twin.at_s)
        process = self.start(twin.service)
        await asyncio.sleep(twin.for_s)
        if twin.killed:
            process.kill(again_in_s=None)
        elif not process.dead:
            await process.stop()

    async def again(self, again: Again) -> None:
        await asyncio.sleep(again.at_s)
        if self.log.repeat(again.topic, again.nth):
            self.mark("again", again.topic)

    # Rest

    async def play(self, for_s: float) -> None:
        """Until nothing waits although the trouble goes on, or for so long."""
        until_s = asyncio.get_running_loop().time() + for_s
        while self.waiting() and asyncio.get_running_loop().time() < until_s:
            await asyncio.sleep(REST_LOOK_S)

    async def rest(self) -> None:
        """All trouble ends; return when nothing waits any more. Raises NoRest."""
        self.over = self.log.over = True
        self.mark("healed", "all")
        for name, trouble in self.troubles.items():
            trouble.over = True
            for process in self.processes[name]:
                process.thaw()
        until_s = asyncio.get_running_loop().time() + REST_TIMEOUT_S
        while waits := self.waiting():
            if asyncio.get_running_loop().time() > until_s:
                raise NoRest(waits)
            await asyncio.sleep(REST_LOOK_S)

    def waiting(self) -> str:
        """The first thing that is not at rest, or nothing."""
        if self.busy:
            return f"{self.busy} acts of agencies"
        for name in SERVICES:
            if not self.serving(name):
                return f"{name} is down"
            if what := self._waiting_at(name):
                return f"{name}: {what}"
        return ""

    def _waiting_at(self, name: str) -> str:
        tables = self.databases[name].tables
        if tables.outbox.rows:
            return f"{len(tables.outbox.rows)} outbox rows"
        for topic in scenery.service(name, self.partitions_of(name)).reads:
            for number in range(self.partitions_of(topic.writer)):
                if tables.positions.rows.get((number, topic.name), 0) < self.log.end(
                    (topic.name, number)
                ):
                    return f"{topic.name}/{number} is not consumed"
        if name in AGENCIES_TOPIC.readers and tables.positions.rows.get(
            (0, AGENCIES_TOPIC.name), 0
        ) < self.log.end((AGENCIES_TOPIC.name, 0)):
            return "the directory is not consumed"
        legal = self.legal
        if any(clock.due_at <= legal for clock in tables.clocks.rows.values()):
            return "a due clock"
        if any(handoff.waits for handoff in tables.handoffs.rows.values()):
            return "a handoff"
        return ""

    def end(self) -> None:
        """Every process is gone, so that the loop can be left."""
        for name in SERVICES:
            for process in list(self.processes[name]):
                process.kill(again_in_s=None)
