"""A toy decider in routing's place, to test the chassis by: what it does is told by the event.

The `kind` of a registered matter is its order: `fail` raises, `slow:<rule>` sets a clock, `offer`
makes a handoff; anything else is entered in the ledger.
"""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from exchange.chassis.decider import (
    Arrival,
    ClockDue,
    Decision,
    Effect,
    EventArrived,
    HandoffAnswered,
    MakeHandoff,
    Publish,
    SetClock,
    View,
)
from exchange.chassis.door import Door
from exchange.chassis.service import Service
from exchange.contracts.envelope import Envelope
from exchange.contracts.events.intake import DisputeRegisteredV1, Matter
from exchange.contracts.topics import DISPUTES, REFERRALS

HALF_HOUR = timedelta(minutes=30)


class ToyState(BaseModel):
    model_config = ConfigDict(frozen=True)

    seen: int = 0
    expired: int = 0
    answers: int = 0


def decide(state: ToyState, arrival: Arrival, view: View, now: datetime) -> Decision[ToyState]:
    match arrival:
        case EventArrived(event=DisputeRegisteredV1() as event):
            if event.matter.kind == "fail":
                raise RuntimeError("the toy was told to fail")
            after = state.model_copy(update={"seen": state.seen + 1})
            return Decision(after, (_entry(event), *_ordered(event, now)))
        case ClockDue():
            return Decision(state.model_copy(update={"expired": state.expired + 1}))
        case HandoffAnswered():
            return Decision(state.model_copy(update={"answers": state.answers + 1}))
        case _:
            raise AssertionError(f"the toy does not know {arrival}")


def _entry(event: DisputeRegisteredV1) -> Publish:
    return Publish(REFERRALS.name, event, sequenced=True)


def _ordered(event: DisputeRegisteredV1, now: datetime) -> tuple[Effect, ...]:
    order, _, detail = event.matter.kind.partition(":")
    if order == "clock":
        return (SetClock(detail, "1", now + HALF_HOUR),)
    if order == "offer":
        return (MakeHandoff(detail, "offer", {}),)
    return ()


def _router(_door: Door) -> APIRouter:
    return APIRouter()


TOY = Service(
    name="routing",
    state=ToyState,
    initial=lambda _code: ToyState(),
    decide=decide,
    router=_router,
    ledger=True,
)


def registered(code: str, kind: str = "neighbourhood") -> DisputeRegisteredV1:
    """An event as intake would publish it."""
    now = datetime.now(UTC)
    return DisputeRegisteredV1(
        dispute_code=code,
        legal_at=now,
        actor="PS-330803112000-01",
        origin="PS-330803112000-01",
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
