"""A toy decider in routing's place, to test the chassis by: what it does is told by the event.

The `kind` of a registered matter is an order, with its details after colons:

    fail                     raises, unless the toy is MENDED
    clock:<rule>:<seconds>   sets a clock, due so many legal seconds from now
    warned:<rule>:<seconds>  the same, with warnings at a half and three quarters of the time
    stop:<rule>              stops it
    offer:<agency>:<about>   makes a handoff; `cancel:` takes it back
    index:<key>, own:<key>   an index row; `own` an exclusive one
    kill                     ends the process that prepares it (only in `toy_process`)

Everything is entered in the ledger and in the journal of the state, in order.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from exchange.chassis.decider import (
    Arrival,
    CancelHandoff,
    ClockDue,
    CommandGiven,
    Decision,
    Effect,
    EventArrived,
    HandoffAnswered,
    Index,
    MakeHandoff,
    Publish,
    Refused,
    SetClock,
    StopClock,
    View,
)
from exchange.chassis.door import Door, takes
from exchange.chassis.service import Service
from exchange.contracts.envelope import Envelope
from exchange.contracts.events.base import Event
from exchange.contracts.events.intake import DisputeRegisteredV1, Matter
from exchange.contracts.model import Form
from exchange.contracts.topics import DISPUTES, REFERRALS

STATION = "PS-330803112000-01"


class ToyState(BaseModel):
    """What was decided, in order: kinds, `clock:<rule>:<rung>`, `answer:<about>:<delivered>`."""

    model_config = ConfigDict(frozen=True)

    journal: tuple[str, ...] = ()

    def noting(self, what: str) -> "ToyState":
        return ToyState(journal=(*self.journal, what))


class ToldToFail(RuntimeError):
    """The toy does as it is told."""


class Act(Form):
    """What the toy's door takes: an order, as in an event."""

    class Money(Form):
        amount: int
        currency: str = "CNY"

    kind: str
    count: int = 1
    money: Money | None = None


def decider(*, fails_at: str = "fail") -> Callable[..., Decision[ToyState]]:
    """The toy's `decide`; another build of it fails elsewhere."""

    def decide(state: ToyState, arrival: Arrival, view: View, now: datetime) -> Decision[ToyState]:
        match arrival:
            case EventArrived(event=DisputeRegisteredV1() as event):
                if event.matter.kind == fails_at:
                    raise ToldToFail("张三 330803198005170011")  # what a foreign error may say
                effects = (Publish(REFERRALS.name, event, sequenced=True), *_ordered(event, now))
                return Decision(state.noting(event.matter.kind), effects)
            case CommandGiven(body=Act() as act):
                return _acted(state, act, registered(view.code, act.kind), now)
            case ClockDue(rule=rule, rung=rung, due_at=due_at, fired_at=fired_at):
                assert due_at <= fired_at <= now, "a clock fires early"
                return Decision(state.noting(f"clock:{rule}:{rung}"), _answered(rule))
            case HandoffAnswered(about=about, delivered=delivered):
                return Decision(state.noting(f"answer:{about}:{delivered}"), _answered(about))
            case _:
                raise AssertionError(f"the toy does not know {arrival}")

    return decide


def _restored(_before: ToyState, ledger: Sequence[Event]) -> Decision[ToyState]:
    """What was told in the ledger, in order: clocks and answers stand in the journal alone."""
    kinds = (entry.matter.kind for entry in ledger if isinstance(entry, DisputeRegisteredV1))
    return Decision(ToyState(journal=tuple(kinds)))


def _acted(
    state: ToyState, act: Act, event: DisputeRegisteredV1, now: datetime
) -> Decision[ToyState]:
    if act.kind == "refuse":
        raise Refused("not_now", "现在不能办理", "not now", acts_allowed=("wait",))
    effects = (Publish(REFERRALS.name, event, sequenced=True), *_ordered(event, now))
    after = state.noting(act.kind)
    return Decision(after, effects, reply={"acts": len(after.journal)})


def _ordered(event: DisputeRegisteredV1, now: datetime) -> tuple[Effect, ...]:
    order, *details = event.matter.kind.split(":")
    return ORDERS.get(order, _nothing)(now, *details)


def _nothing(_now: datetime, *_details: str) -> tuple[Effect, ...]:
    return ()


def _clock(now: datetime, rule: str, seconds: str) -> tuple[Effect, ...]:
    return (SetClock(rule, "1", now + timedelta(seconds=float(seconds))),)


def _warned(now: datetime, rule: str, seconds: str) -> tuple[Effect, ...]:
    whole = timedelta(seconds=float(seconds))
    return (SetClock(rule, "1", now + whole, (now + whole / 2, now + whole * 3 / 4)),)


ORDERS: dict[str, Callable[..., tuple[Effect, ...]]] = {
    "clock": _clock,
    "warned": _warned,
    "stop": lambda _now, rule: (StopClock(rule, "1"),),
    "offer": lambda _now, agency, about: (MakeHandoff(agency, about, {}),),
    "cancel": lambda _now, agency, about: (CancelHandoff(agency, about),),
    "index": lambda _now, key: (Index("toy", key),),
    "own": lambda _now, key: (Index("toy_own", key, exclusive=True),),
}


def _answered(about: str) -> tuple[Effect, ...]:
    """What follows from a clock or an answer may be told by its name: `nul` is a bad value."""
    if about.startswith("nul"):
        return (Index("toy", "a\x00b"),)
    if about.startswith("stops-"):
        return (StopClock(about.removeprefix("stops-"), "1"),)
    return ()


def _router(door: Door) -> APIRouter:
    router = APIRouter(prefix="/toy/v1", tags=["toy"])

    @router.post("/disputes/{code}:act", openapi_extra=takes(Act))
    async def act(request: Request, code: str) -> Response:
        return await _execute(request, "act", code)

    @router.post("/disputes/{code}:act-again", openapi_extra=takes(Act))
    async def act_again(request: Request, code: str) -> Response:
        return await _execute(request, "act_again", code)

    async def _execute(request: Request, name: str, code: str) -> Response:
        call = await door.call(request)
        form = door.form(call, Act)
        return await door.execute(call, name, form, code=code, status=201)

    return router


def toy(**changes: Any) -> Service[ToyState]:
    """The toy in routing's place, with changes to its declaration."""
    declared: dict[str, Any] = {
        "name": "routing",
        "state": ToyState,
        "initial": lambda _code: ToyState(),
        "decide": decider(),
        "router": _router,
        "ledger": True,
        "restore": _restored,
        "serves": frozenset({"committee"}),
    }
    return Service(**declared | changes)


TOY = toy()
MENDED = toy(decide=decider(fails_at=""))


def _listen(state: ToyState, arrival: Arrival, _view: View, _now: datetime) -> Decision[ToyState]:
    assert isinstance(arrival, EventArrived)
    assert isinstance(arrival.event, DisputeRegisteredV1)
    return Decision(state.noting(f"{arrival.sequence}:{arrival.event.matter.kind}"))


LISTENER = toy(
    name="court_link",
    decide=_listen,
    ledger=False,
    serves=frozenset(),
    router=lambda _door: APIRouter(),
)
"""A consumer of the ledger: its journal is the sequences and kinds that it applied."""


def registered(code: str, kind: str = "neighbourhood") -> DisputeRegisteredV1:
    """An event as intake would publish it."""
    now = datetime.now(UTC)
    return DisputeRegisteredV1(
        dispute_code=code,
        legal_at=now,
        actor=STATION,
        origin=STATION,
        channel="police",
        mode="entrust",
        matter=Matter(kind=kind, place="330803112213"),
        received_at=now,
    )


def envelope(event: DisputeRegisteredV1, event_id: str) -> Envelope:
    return Envelope(
        id=event_id,
        type=event.type,
        version=event.version,
        source=DISPUTES.writer,
        subject=event.dispute_code,
        time=event.received_at,
        value=event.model_dump_json(exclude_none=True).encode(),
        traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
    )
