"""A run, sorted once so that each property can be asked in few words."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from tests.checker.hashing import sha256
from tests.checker.history import (
    Delivery,
    History,
    Invoke,
    Mark,
    Observation,
    Outcome,
    SeenKey,
    SeenRecord,
)

CAUSE_HEX_CHARS = 32


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as it lies on a topic: `body` is its value, `time` the text of `ce_time`."""

    record: SeenRecord
    id: str
    type: str
    code: str
    time: str
    cause: str | None
    sequence: int | None
    hash: str | None
    body: Mapping[str, Any]

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.time)

    @property
    def same_bytes(self) -> tuple[object, ...]:
        """What must be the same each time that this id lies on a topic."""
        return self.record.topic, self.record.key, self.record.headers, self.record.value


@dataclass(frozen=True, slots=True)
class Due:
    """What a clock's event names as its cause, `clock:<code>:<rule>:<instance>:<rung>:<due>`."""

    code: str
    rule: str
    instance: str
    rung: int
    due_at: datetime


class Case:
    """History and observation of one run, with the views on them that several properties share."""

    def __init__(self, history: History, observation: Observation) -> None:
        self.observation = observation
        self.history = history
        self.invokes = {e.op: e for e in history if isinstance(e, Invoke)}
        self.outcomes = {e.op: e for e in history if isinstance(e, Outcome)}
        self.deliveries = [e for e in history if isinstance(e, Delivery)]
        marks = [e for e in history if isinstance(e, Mark)]
        self.marked: dict[str, set[str]] = defaultdict(set)
        for mark in marks:
            self.marked[mark.name].add(mark.subject)
        poison = self.marked["poison"]
        self.every_fact = [f for f in _facts(observation.records) if f.id not in poison]
        self.facts: dict[str, Fact] = {}
        for fact in self.every_fact:
            self.facts.setdefault(fact.id, fact)

    @cached_property
    def stories(self) -> dict[str, list[Fact]]:
        """Each dispute's canonical events, first occurrences, as a reader of the topic has them."""
        found: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.facts.values():
            if fact.record.topic == self.observation.ledger_topic and fact.sequence is not None:
                found[fact.code].append(fact)
        return found

    @cached_property
    def proposals(self) -> list[Fact]:
        return [fact for fact in self.facts.values() if fact.type == "proposal.made"]

    @cached_property
    def answers(self) -> dict[str, list[Fact]]:
        """By proposal: the canonical events and refusals that name it, each id once."""
        found: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.facts.values():
            proposal = fact.body.get("proposal_id")
            if proposal and fact.record.topic == self.observation.ledger_topic:
                found[proposal].append(fact)
        return found

    @cached_property
    def by_cause(self) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.facts.values():
            if fact.cause is not None:
                found[fact.cause].append(fact)
        return found

    @cached_property
    def causes(self) -> dict[str, list[Invoke]]:
        """The operations by the cause that they give to what follows: all tries of one key."""
        found: dict[str, list[Invoke]] = defaultdict(list)
        for invoke in self.invokes.values():
            found[cause_of(invoke)].append(invoke)
        return found

    @cached_property
    def keys(self) -> dict[str, SeenKey]:
        return {key.key_id: key for key in self.observation.keys}

    @cached_property
    def waiting(self) -> set[str]:
        """Disputes of which something still waits: not lost, but not caught up either."""
        services = self.observation.services
        behind = {row.code for s in services for row in (*s.outbox, *s.parked)}
        parts = {(p.topic, p.partition): p.next for s in services for p in s.positions}
        unread = {
            fact.code
            for fact in self.facts.values()
            if fact.record.offset
            >= parts.get((fact.record.topic, fact.record.partition), fact.record.offset + 1)
        }
        return behind | unread

    def legal_at_most(self, machine_at: datetime) -> datetime:
        """The latest that legal time can have been at that machine time.

        Legal time's lead only grows, so the lead at the next entry is an upper bound. An entry of
        the same moment does not count: legal time may have been moved in it.
        """
        machine, lead = self._leads
        at = bisect_right(machine, machine_at)
        return machine_at + lead[min(at, len(lead) - 1)]

    @cached_property
    def _leads(self) -> tuple[list[datetime], list[Any]]:
        ends = self.observation
        times = [(e.machine_at, e.legal_at) for e in self.history]
        times = sorted([*times, (ends.machine_at, ends.legal_at)])
        return [machine for machine, _ in times], [legal - machine for machine, legal in times]

    def counted(self) -> dict[str, int]:
        """What there was to check."""
        story_facts = [fact for story in self.stories.values() for fact in story]
        return {
            "operations": len(self.invokes),
            "ok": sum(o.kind == "ok" for o in self.outcomes.values()),
            "records": len(self.observation.records),
            "disputes": len(self.stories),
            "events": len(story_facts),
            "proposals": len(self.proposals),
            "clocks_expired": sum(fact.type == "clock.expired" for fact in story_facts),
            "deliveries": len(self.deliveries),
            "handoffs": sum(len(s.handoffs) for s in self.observation.services),
            "receipts": sum(o.receipt is not None for o in self.outcomes.values()),
        }


def cause_of(invoke: Invoke) -> str:
    """What events name as their cause when a command led to them; the key itself is not told."""
    return f"command:{invoke.agency}:{sha256(invoke.key.encode())[:CAUSE_HEX_CHARS]}"


def due_of(fact: Fact) -> Due | None:
    """The clock that caused this event."""
    parts = (fact.cause or "").split(":", 5)
    if parts[0] != "clock" or len(parts) != 6:
        return None
    return Due(parts[1], parts[2], parts[3], int(parts[4]), datetime.fromisoformat(parts[5]))


def offers_of(story: Sequence[Fact]) -> dict[str, Fact]:
    """The offer of each referral of that story, by its id."""
    return {f.body["referral_id"]: f for f in story if f.type == "referral.offered"}


def _facts(records: Iterable[SeenRecord]) -> Iterator[Fact]:
    """The records that are events; what is none is poison, and the stores tell of it."""
    for record in records:
        try:
            headers = {name: raw.decode() for name, raw in record.headers}
            body = json.loads(record.value or b"")
            sequence = headers.get("ce_sequence")
            yield Fact(
                record=record,
                id=headers["ce_id"],
                type=headers["ce_type"],
                code=headers["ce_subject"],
                time=headers["ce_time"],
                cause=headers.get("ce_causationid"),
                sequence=int(sequence) if sequence is not None else None,
                hash=headers.get("ce_ledgerhash"),
                body=body if isinstance(body, dict) else {},
            )
        except (KeyError, ValueError, RecursionError):
            continue


def as_object(state: bytes | None) -> dict[str, Any]:
    """A stored state as JSON; empty where there is none, or no object."""
    value = json.loads(state) if state else {}
    return value if isinstance(value, dict) else {}
