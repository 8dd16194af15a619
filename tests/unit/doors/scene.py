"""The scene of the doors' tests: 衢江's agencies, a wall, a moment, what routing would publish."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from exchange.chassis.decider import (
    CommandGiven,
    Decision,
    Effect,
    EventArrived,
    Found,
    HandoffAnswered,
    MakeHandoff,
    Publish,
    View,
)
from exchange.chassis.ids import Ids
from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.base import (
    ClockStanding,
    DisputeEvent,
    Event,
    Evidence,
    ReferralStanding,
    Standing,
)
from exchange.contracts.events.directory import AgencyKey, AgencyListedV1
from exchange.contracts.events.proposals import ProposalMadeV1
from exchange.contracts.events.routing import ProposalRefusedV1, ReferralOfferedV1
from exchange.contracts.topics import REFERRALS
from exchange.contracts.vocabulary import Act, AgencyKind, Level, Stage
from exchange.doors.forms import BEIJING

E = TypeVar("E", bound=DisputeEvent)

CODE = "330803-2026-0123456789-A"
VILLAGE = "330803112213"
TOWNSHIP = "330803112000"
STATION = f"PS-{TOWNSHIP}-01"
NATIVE_CODE = "330803600000"
COMMITTEE = f"PM-{VILLAGE}-01"
TOWN_COMMITTEE = f"PM-{TOWNSHIP}-01"
COURT = "CT-330803000000-01"
OTHER_COURT = "CT-330802000000-01"
CENTRE = "CC-330803000000-01"
GONE = "PM-330803219000-01"
EXCHANGE = "EX-330803000000-01"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=BEIJING)
REFERRAL = "0195-referral"
CONFIRMATION = "0195-confirmation"


def _agency(code: str, kind: AgencyKind, level: Level, **more: Any) -> AgencyListedV1:
    place = code.split("-")[1]
    return AgencyListedV1(agency=code, name=code, kind=kind, level=level, place=place, **more)


def book(*keys: AgencyKey) -> AgencyBook:
    listed = (
        _agency(STATION, "police", "township", native_code=NATIVE_CODE),
        _agency("PS-330803113000-01", "police", "township"),
        _agency(COMMITTEE, "committee", "village"),
        _agency(TOWN_COMMITTEE, "committee", "township"),
        _agency(COURT, "court", "county"),
        _agency(OTHER_COURT, "court", "county"),
        _agency(CENTRE, "centre", "county"),
        _agency(GONE, "committee", "township", abolished=True, successor=TOWN_COMMITTEE),
        _agency(EXCHANGE, "exchange", "county", keys=keys),
    )
    return AgencyBook(version=1, by_code={agency.agency: agency for agency in listed})


def view(found: Mapping[tuple[str, str], Sequence[Found]] | None = None) -> View:
    return View(code=CODE, agencies=book(), ids=Ids(NOW, "cause"), found=found or {})


def command(
    name: str, agency: str, body: Any, *, key: str = "key-1", target: str | None = None
) -> CommandGiven:
    return CommandGiven(
        name=name,
        agency=agency,
        body=body,
        received_at=NOW.astimezone(UTC),
        own_digest="d" * 64,
        idempotency_key=key,
        evidence=Evidence(key_id=f"{agency}/1", agency=agency, base="base", signature="sig"),
        target=target,
    )


def referral(
    status: str = "accepted",
    *,
    referral_id: str = REFERRAL,
    receiver: str = COMMITTEE,
    sender: str = STATION,
    kind: AgencyKind = "committee",
    purpose: str = "mediation",
    last_sequence: int = 3,
) -> ReferralStanding:
    return ReferralStanding.model_validate(
        {
            "referral_id": referral_id,
            "purpose": purpose,
            "mode": "entrust",
            "level": "village",
            "sender": sender,
            "receiver": receiver,
            "receiver_kind": kind,
            "status": status,
            "last_sequence": last_sequence,
        }
    )


def confirmation(status: str = "accepted") -> ReferralStanding:
    return referral(
        status,
        referral_id=CONFIRMATION,
        receiver=COURT,
        sender=COMMITTEE,
        kind="court",
        purpose="confirmation",
    )


def clock(rule: str, ends_at: datetime | None, instance: str = "1") -> ClockStanding:
    return ClockStanding(
        rule=rule,
        instance=instance,
        rule_version=f"{rule}@2026-01-01",
        citation="某法第1条",
        ends_at=ends_at,
    )


def standing(stage: Stage, *referrals: ReferralStanding, **more: Any) -> Standing:
    holder = next((r.receiver for r in referrals if r.status == "accepted"), None)
    return Standing(
        stage=stage,
        origin=STATION,
        holder=holder,
        kind="neighbourhood",
        place=VILLAGE,
        level="village",
        referrals=referrals,
        **more,
    )


def fact(kind: type[E], after: Standing, **more: Any) -> E:
    """A canonical event of that type with the standing that results."""
    given = {"dispute_code": CODE, "legal_at": NOW, "actor": COMMITTEE, "standing": after, **more}
    return kind.model_validate(given)


def arrived(event: Event, sequence: int | None) -> EventArrived:
    return EventArrived(event, id=f"event-{sequence}", sequence=sequence, topic=REFERRALS.name)


def offered(
    after: Standing, *, referral_id: str = REFERRAL, receiver: str = COMMITTEE, sequence: int = 3
) -> EventArrived:
    event = ReferralOfferedV1(
        dispute_code=CODE,
        legal_at=NOW,
        actor=EXCHANGE,
        standing=after,
        referral_id=referral_id,
        sender=STATION,
        receiver=receiver,
        purpose="confirmation" if receiver == COURT else "mediation",
        mode="entrust",
        level="village",
        kind="neighbourhood",
        place=VILLAGE,
        urgency="ordinary",
        due_at=NOW + timedelta(days=3),
        due_because="约定时限",
        reasons=(),
        dossier_version=1,
    )
    return arrived(event, sequence)


def refused(proposal_id: str, act: Act, agency: str) -> EventArrived:
    event = ProposalRefusedV1(
        dispute_code=CODE,
        proposal_id=proposal_id,
        number=1,
        agency=agency,
        referral_id=REFERRAL,
        act=act,
        rule="basis.stale",
        message_zh="所据情况已变，请按最新情况再办",
        message_en="the basis is stale",
        legal_at=NOW,
    )
    return arrived(event, None)


def answered(about: str, agency: str = COMMITTEE, *, delivered: bool = True) -> HandoffAnswered:
    return HandoffAnswered(
        handoff_id="handoff-1",
        agency=agency,
        about=about,
        delivered=delivered,
        answered_at=NOW,
    )


def proposals(decision: Decision[Any]) -> list[ProposalMadeV1]:
    return [e.event for e in published(decision) if isinstance(e.event, ProposalMadeV1)]


def published(decision: Decision[Any]) -> list[Publish]:
    return [effect for effect in decision.effects if isinstance(effect, Publish)]


def handoffs(effects: Sequence[Effect]) -> list[MakeHandoff]:
    return [effect for effect in effects if isinstance(effect, MakeHandoff)]
