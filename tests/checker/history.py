"""What a run leaves behind: its history, append-only, and what was observed after quiescence.

Contract between those who drive a run (the simulator, the fault tests, the mutants) and the
checker. Instants are aware datetimes: `machine_at` is machine time, `legal_at` legal time at the
same moment, both as the driver's own clock has them. A digest is the SHA-256 in hex of the bytes
as sent.

History (`history.jsonl`, one entry a line, in the order in which they happened):

    invoke      an agency's system sends a request; `op` numbers it within the run
    ok          it was answered 2xx
    fail        it was answered 4xx: nothing may come of it
    info        no answer came, or 5xx: it may have happened, but never twice
    delivery    an agency's system was handed a handoff, by push or from its mailbox
    mark        something that the driver did: a fault, a move of legal time, a poisoned record
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Invoke:
    """A signed request goes out. A retry under the same `key` is an operation of its own.

    `operation` is the act or `refer`; `tells` says whether an event must follow when it is
    answered 2xx (an upload or a status query has none).
    """

    op: int
    agency: str
    service: str
    operation: str
    key: str
    nonce: str
    body_sha256: str
    machine_at: datetime
    legal_at: datetime
    dispute_code: str | None = None
    referral_id: str | None = None
    tells: bool = True
    kind: Literal["invoke"] = "invoke"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of operation `op`.

    `status` is the HTTP status, None where no answer came; `answer_sha256` the digest of the
    answer's body; `receipt` the signed form in it as JSON (alg, key_id, document, signature).
    """

    op: int
    kind: Literal["ok", "fail", "info"]
    machine_at: datetime
    legal_at: datetime
    status: int | None = None
    dispute_code: str | None = None
    proposal_id: str | None = None
    answer_sha256: str | None = None
    receipt: Mapping[str, Any] | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A handoff reached the system of `agency` (again, maybe), which wrote it down before it
    answered.

    `dispute_code`, `about` and `sequence` as in the handoff's body, `addressee` its `agency`,
    `body_sha256` the digest of that body. `signed` says whether a signed answer was given.
    """

    agency: str
    addressee: str
    handoff_id: str
    dispute_code: str
    about: str
    sequence: int | None
    body_sha256: str
    machine_at: datetime
    legal_at: datetime
    signed: bool = True
    kind: Literal["delivery"] = "delivery"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that the driver did. `subject` is what it did it to.

    The checker reads: `injected` (subject: the ce_id of a record that the driver wrote itself, so
    that no request is its cause); `poison` (subject: a dispute code that may stay parked, the
    topic/partition/offset of a record that may be quarantined, or the ce_id of a record that only
    looks like an event); `deaf` (subject: an agency whose
    system does not answer at the end, so that handoffs to it may be left); `time` (written just
    before legal time is moved and again just after); `calm` (no fault is in the plan: nothing is
    excused, not even a record that is written twice). All other names are for the reader.
    """

    name: str
    subject: str
    machine_at: datetime
    legal_at: datetime
    kind: Literal["mark"] = "mark"


Entry: TypeAlias = Invoke | Outcome | Delivery | Mark
History: TypeAlias = Sequence[Entry]


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """One record of a topic; `headers` in their order. `appended_at` is machine time, where the
    log knows it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    appended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeenDispute:
    """A row of `disputes`; `state` is the service's own JSON."""

    code: str
    partition: int
    state: bytes | None
    sequence_in: int
    sequence_out: int
    head: bytes
    parked: int


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """A row of `ledger`."""

    code: str
    sequence: int
    id: str
    type: str
    headers: tuple[tuple[str, bytes], ...]
    value: bytes
    prev: bytes
    hash: bytes
    evidence: bytes | None


@dataclass(frozen=True, slots=True)
class SeenHandoff:
    """A row of `handoffs`; `outcomes` are those of its attempts, in order."""

    id: str
    position: int
    code: str
    agency: str
    about: str
    state: str
    attempts: int
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenClock:
    """A rung that is still set; `due_at` is a legal instant."""

    code: str
    rule: str
    instance: str
    rung: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class SeenParked:
    """A row of `parked_events`."""

    code: str
    kind: str
    cause: str
    error: str
    event_id: str


@dataclass(frozen=True, slots=True)
class SeenPosition:
    """How far one part was consumed (`next`, 0 where no row is), and its high watermark."""

    topic: str
    partition: int
    next: int
    end: int


@dataclass(frozen=True, slots=True)
class SeenOutbox:
    """A row of `outbox`: an event that Kafka does not have for sure."""

    topic: str
    code: str
    event_id: str


@dataclass(frozen=True, slots=True)
class SeenService:
    """One service's database. `inbox` holds event ids, `quarantine` topic/partition/offset;
    `positions` has every part that the service reads."""

    name: str
    disputes: tuple[SeenDispute, ...] = ()
    ledger: tuple[SeenEntry, ...] = ()
    inbox: tuple[str, ...] = ()
    outbox: tuple[SeenOutbox, ...] = ()
    handoffs: tuple[SeenHandoff, ...] = ()
    clocks: tuple[SeenClock, ...] = ()
    positions: tuple[SeenPosition, ...] = ()
    parked: tuple[SeenParked, ...] = ()
    quarantine: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenKey:
    """A key that may sign: `public` are the 32 bytes of an Ed25519 key."""

    key_id: str
    agency: str
    public: bytes


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything at rest, read at one moment. `records` are each topic's, by partition and offset;
    `keys` those of agencies and of the exchange; `ledger_topic` the topic that carries the
    canonical events, `exchange` the exchange's own agency code. `mailbox` names the agencies that
    fetch their handoffs themselves."""

    machine_at: datetime
    legal_at: datetime
    ledger_topic: str
    exchange: str
    records: tuple[SeenRecord, ...]
    services: tuple[SeenService, ...]
    keys: tuple[SeenKey, ...]
    mailbox: tuple[str, ...] = ()
