"""What a service declares. It starts nothing: `fengqiao run <name>` does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel

from exchange.chassis.decider import Arrival, Decide, Decision
from exchange.chassis.settings import Settings
from exchange.contracts.events.base import Event
from exchange.contracts.topics import DISPUTE_PARTITIONS, Topic, read_by
from exchange.contracts.vocabulary import AgencyKind

if TYPE_CHECKING:
    from exchange.chassis.door import Door
    from exchange.chassis.workshop import Workshop

S = TypeVar("S", bound=BaseModel)


def no_lookups(_arrival: Arrival) -> Sequence[tuple[str, str]]:
    return ()


def unprepared(arrival: Arrival, _workshop: "Workshop") -> Arrival:
    return arrival


def no_keys(_settings: Settings) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Service(Generic[S]):
    """One service: a pure decider and a few declarations.

    `state` is the model kept per dispute and `initial` makes a new one from the dispute code;
    `lookups` names the index rows (kind, key) that a decision wants to see; `prepare` does what
    is impure but needs no database (opening a sealed dossier) before the decision, with the `keys`
    that it loads once; `ledger` makes sequenced events a hash chain, and then `restore` rebuilds
    a dispute from it (the state that a backup had, the ledger's events from sequence 1 on): the
    state, clocks, index rows and tallies that they led to, publishing nothing; `partitions` is
    its topics' partition count; `serves` are the kinds of agency whose handoffs and mailbox are
    kept here; `subject` names what its rows are about, in replies and receipts.
    """

    name: str
    state: type[S]
    initial: Callable[[str], S]
    decide: Decide[S]
    router: Callable[["Door"], APIRouter]
    lookups: Callable[[Arrival], Sequence[tuple[str, str]]] = no_lookups
    prepare: Callable[[Arrival, "Workshop"], Arrival] = unprepared
    keys: Callable[[Settings], Mapping[str, Any]] = no_keys
    ledger: bool = False
    restore: Callable[[S, Sequence[Event]], Decision[S]] | None = None
    partitions: int = DISPUTE_PARTITIONS
    serves: frozenset[AgencyKind] = field(default_factory=frozenset)
    subject: Literal["dispute_code", "agency"] = "dispute_code"

    @property
    def reads(self) -> tuple[Topic, ...]:
        return read_by(self.name)


AnyService: TypeAlias = Service[Any]
"""A service of whatever state."""
