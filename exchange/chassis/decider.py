"""The contract of a decider: pure values in, pure values out; the chassis does the rest.

`decide(state, arrival, view, now)` knows no Kafka, no SQL, no clock and no random numbers of its
own. The same function serves an event, a command, a due clock and a handoff's answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from exchange.chassis.ids import Ids
from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.base import Event, Evidence

S = TypeVar("S", bound=BaseModel)


# What arrives


@dataclass(frozen=True, slots=True)
class EventArrived:
    """An event from a topic, decoded.

    `sequence` and `ledger_hash` (hex of its ledger entry) are set on canonical events.
    """

    event: Event
    id: str
    sequence: int | None
    topic: str
    ledger_hash: str | None = None


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """A request at the door, its signature verified, its body validated.

    `agency` is who asks; `body` the validated form; `received_at` machine time of its receipt;
    `own_digest` the SHA-256 of the body as canonical JSON, so that spaces make no difference;
    `target` the id in the path (a referral), where there is one.
    """

    name: str
    agency: str
    body: Any
    received_at: datetime
    own_digest: str
    idempotency_key: str
    evidence: Evidence | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class ClockDue:
    """A rung of a clock has come: `rung` 0 is the end itself, 1.. the warnings before it."""

    rule: str
    instance: str
    rung: int
    due_at: datetime
    fired_at: datetime


@dataclass(frozen=True, slots=True)
class HandoffAnswered:
    """The receiver's signed answer to a handoff, or the exchange's final word that none came."""

    handoff_id: str
    agency: str
    about: str
    delivered: bool
    answered_at: datetime
    answer: Mapping[str, Any] = field(default_factory=dict)
    evidence: Evidence | None = None


Arrival: TypeAlias = EventArrived | CommandGiven | ClockDue | HandoffAnswered


# What is decided


@dataclass(frozen=True, slots=True)
class Publish:
    """An event to publish on `topic`. A `sequenced` one becomes the ledger's next entry."""

    topic: str
    event: Event
    sequenced: bool = False


@dataclass(frozen=True, slots=True)
class MakeHandoff:
    """Owe `agency` one delivery; `about` names what it is (unique per dispute and agency).

    The body is fixed here and signed anew for each attempt. In order per dispute and agency.
    """

    agency: str
    about: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CancelHandoff:
    agency: str
    about: str


@dataclass(frozen=True, slots=True)
class SetClock:
    """Set or move the clock (rule, instance): its end and its warnings, legal instants."""

    rule: str
    instance: str
    ends_at: datetime
    warn_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class StopClock:
    rule: str
    instance: str


@dataclass(frozen=True, slots=True)
class Index:
    """A row by which this dispute is found again. A second `exclusive` one is IndexTaken."""

    kind: str
    key: str
    value: str = ""
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class DropIndex:
    """This dispute is no longer found by that row."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class KeepBlob:
    """Bytes kept beside the state (always ciphertext): replaced whole, deleted by DropBlob."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DropBlob:
    name: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person must look at; raised once per (kind, subject)."""

    kind: str
    detail: str


Effect: TypeAlias = (
    Publish
    | MakeHandoff
    | CancelHandoff
    | SetClock
    | StopClock
    | Index
    | DropIndex
    | KeepBlob
    | DropBlob
    | Alarm
)


@dataclass(frozen=True, slots=True)
class Decision(Generic[S]):
    """The new state and what follows from it, in order.

    `tallies` move named counters (an agency's load); `reply` is the body answered to a command;
    `status` its HTTP status where it is not the route's own.
    """

    state: S
    effects: tuple[Effect, ...] = ()
    tallies: Mapping[str, int] = field(default_factory=dict)
    reply: Mapping[str, Any] | None = None
    status: int | None = None


# What a decider may look at


@dataclass(frozen=True, slots=True)
class Found:
    """An index row found: the dispute it leads to and the value kept with it."""

    dispute_code: str
    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class View:
    """The declared reads of one decision, taken inside its transaction.

    `code` is the dispute's, `agencies` the directory as this service last saw it, `tallies` the
    counters, `found` the index rows that the service's `lookups` asked for, `ids` gives ids that a
    rerun gives again, `trace_id` is the current trace's.
    """

    code: str
    agencies: AgencyBook
    ids: Ids
    tallies: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[tuple[str, str], Sequence[Found]] = field(default_factory=dict)
    trace_id: str | None = None


Decide: TypeAlias = Callable[[S, Arrival, View, datetime], Decision[S]]


class Refused(Exception):
    """A command that may not be done now: answered as problem+json, nothing is changed.

    `errors` are (JSON Pointer, code, Chinese, English) of each thing that is wrong; `acts_allowed`
    what may be done instead; `rule` the law's rule id where one forbids it.
    """

    def __init__(
        self,
        code: str,
        message_zh: str,
        message_en: str,
        *,
        status: int = 409,
        rule: str | None = None,
        acts_allowed: Sequence[str] = (),
        errors: Sequence["FieldError"] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message_en}")
        self.code, self.status, self.rule = code, status, rule
        self.message_zh, self.message_en = message_zh, message_en
        self.acts_allowed, self.errors = tuple(acts_allowed), tuple(errors)
        self.extra = dict(extra or {})


class Repeated(Exception):
    """The same act came before under another idempotency key: its stored answer is given again."""

    def __init__(self, idempotency_key: str) -> None:
        super().__init__(idempotency_key)
        self.idempotency_key = idempotency_key


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a body: where (JSON Pointer), which code, what to do about it."""

    pointer: str
    code: str
    message_zh: str
    message_en: str
