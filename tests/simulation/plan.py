"""What one run is made of, all of it drawn from its seed before it starts.

A plan is plain data: it goes into a file and comes back, and a smaller one can be tried in its
place. Few kinds of trouble are switched on in one run, so that some run has any two of them alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, Literal, Self

SERVICES = ("directory", "intake", "routing", "police_link", "mediation", "court_link")

FaultKind = Literal[
    "kill", "stall", "freeze", "deadlock", "commit_lost", "unreachable", "database_away"
]
STATEMENTS = ("begin", "times", "prove", "unseen", "lock", "reply", "found", "agencies", "outbox")
LOCKS = ("lock disputes", "lock leases", "lock inbox", "lock ledger", "lock outbox")
WRITES = ("write rows", "write ledger", "write outbox", "write handoffs", "write clocks")
COMMITS = ("commit sent", "commit done")
SENDS = ("send", "sent")
READS = ("fetch", "watermarks", "consumer", "producer")
OTHERS = ("claim", "attempted", "take", "beat", "relayed", "due", "positions", "mailbox")
ANYWHERE = "anywhere"

POINTS: Mapping[FaultKind, Sequence[str]] = {
    "kill": (ANYWHERE, *STATEMENTS, *LOCKS, *WRITES, *COMMITS, *COMMITS, *SENDS, *READS, *OTHERS),
    "stall": (ANYWHERE, *STATEMENTS, *LOCKS, *COMMITS, *SENDS, *READS, *OTHERS),
    "freeze": (ANYWHERE, *STATEMENTS, *LOCKS, *WRITES, *COMMITS, *SENDS, *OTHERS),
    "deadlock": (*LOCKS, *WRITES, "lock", "prove", "unseen"),
    "commit_lost": COMMITS,
    "unreachable": (*SENDS, *SENDS, *READS),
    "database_away": ("begin",),
}
"""Where each kind may strike: the points that the memory world announces."""

NTH_MAX = {ANYWHERE: 1_500}
NTH_MAX_OTHERWISE = 24
FOR_S: Mapping[FaultKind, tuple[float, float]] = {
    "kill": (0.02, 0.4),
    "stall": (0.001, 0.4),
    "freeze": (0.2, 3.0),
    "database_away": (0.05, 0.5),
}
FAULTS_MAX = 6


@dataclass(frozen=True, slots=True)
class Fault:
    """Strikes `service` when `point` is reached for the `nth` time; `for_s` is how long it lasts,
    for a kill until the process is started again."""

    kind: FaultKind
    service: str
    point: str
    nth: int
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Twin:
    """A second process of a service: joins at `at_s`, leaves `for_s` later, in order or killed."""

    service: str
    at_s: float
    for_s: float
    killed: bool


@dataclass(frozen=True, slots=True)
class Lag:
    """For a while nobody is given a topic's newest records: it falls behind the others."""

    topic: str
    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class Again:
    """A record is written a second time, as a stalled relay would: the `nth` of its topic."""

    topic: str
    nth: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Story:
    """One dispute. What its agencies do is drawn by `number`; after `acts_max` they are silent."""

    number: int
    place: str
    begins_s: float
    acts_max: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A run. `yields` is the share of await points at which another task may come first; `batch`
    how many records are folded at once; `push` the agencies that are called, the others fetch."""

    seed: int
    partitions: int
    yields: float
    batch: int
    stories: tuple[Story, ...]
    faults: tuple[Fault, ...] = ()
    twins: tuple[Twin, ...] = ()
    lags: tuple[Lag, ...] = ()
    again: tuple[Again, ...] = ()
    push: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        given: dict[str, Any] = json.loads(text)
        parts = {"stories": Story, "faults": Fault, "twins": Twin, "lags": Lag, "again": Again}
        for name, kind in parts.items():
            given[name] = tuple(kind(**one) for one in given[name])
        return cls(**{**given, "push": tuple(given["push"])})


def plan_of(seed: int, places: Sequence[str], agencies: Sequence[str]) -> Plan:
    """The plan that a seed stands for."""
    chance = Random(seed)
    partitions = chance.choice((1, 1, 1, 1, 1, 2, 3))
    stories = chance.choice((1, 1, 1, 1, 1, 1, 2, 3))
    kinds = [kind for kind in POINTS if chance.random() < 0.5]
    return Plan(
        seed=seed,
        partitions=partitions,
        yields=chance.choice((0.0, 0.05, 0.3)),
        batch=chance.choice((1, 3, 500)),
        stories=tuple(_story(chance, number, places) for number in range(stories)),
        faults=tuple(_fault(chance, kinds) for _ in range(chance.randint(0, FAULTS_MAX)) if kinds),
        twins=tuple(_twin(chance) for _ in range(chance.choice((0, 0, 1, 2)))),
        lags=tuple(_lag(chance) for _ in range(chance.choice((0, 0, 1, 3)))),
        again=tuple(_again(chance) for _ in range(chance.choice((0, 0, 2, 5)))),
        push=tuple(a for a in agencies if chance.random() < 0.5) if chance.random() < 0.15 else (),
    )


def _story(chance: Random, number: int, places: Sequence[str]) -> Story:
    return Story(
        number=number,
        place=chance.choice(places),
        begins_s=round(chance.uniform(0, 0.3), 3),
        acts_max=chance.choice((0, 0, 1, 1, 1, 2, 2, 3, 4, 9)),
    )


def _fault(chance: Random, kinds: Sequence[FaultKind]) -> Fault:
    kind = chance.choice(kinds)
    point = chance.choice(POINTS[kind])
    nth_max = NTH_MAX.get(point, NTH_MAX_OTHERWISE)
    shortest_s, longest_s = FOR_S.get(kind, (0.0, 0.0))
    return Fault(
        kind=kind,
        service=chance.choice(SERVICES),
        point=point,
        nth=1 + int(nth_max ** chance.random()),
        for_s=round(chance.uniform(shortest_s, longest_s), 3),
    )


def _twin(chance: Random) -> Twin:
    return Twin(
        service=chance.choice(SERVICES),
        at_s=round(chance.uniform(0, 0.8), 3),
        for_s=round(chance.uniform(0.1, 0.8), 3),
        killed=chance.random() < 0.5,
    )


TOPICS = (
    "intake.dispute.v1",
    "routing.referral.v1",
    "police_link.request.v1",
    "police_link.proposal.v1",
    "mediation.proposal.v1",
    "court_link.proposal.v1",
)


def _lag(chance: Random) -> Lag:
    return Lag(
        topic=chance.choice(TOPICS),
        at_s=round(chance.uniform(0, 1.0), 3),
        for_s=round(chance.uniform(0.1, 1.0), 3),
    )


def _again(chance: Random) -> Again:
    return Again(
        topic=chance.choice(TOPICS),
        nth=chance.randint(1, 5),
        at_s=round(chance.uniform(0.1, 1.5), 3),
    )
