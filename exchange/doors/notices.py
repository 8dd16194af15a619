"""Offers and notices: what an agency is handed when the story moves, ids and codes only.

Each door hands to the agencies of its own kinds; the kinds of the doors are disjoint, so an
agency is told once. An offer asks for an answer; a notice says what has become a fact.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from exchange.chassis.decider import CancelHandoff, Effect, EventArrived, Index, MakeHandoff, View
from exchange.contracts.events.base import DisputeEvent, ReferralEvent, ReferralStanding, Standing
from exchange.contracts.events.routing import ClockEvent, ProposalRefusedV1, ReferralOfferedV1
from exchange.contracts.vocabulary import LIVE, AgencyKind, Purpose
from exchange.doors.proposals import OFFER

TO_ORIGIN = frozenset(
    {
        "referral.accepted",
        "referral.declined",
        "referral.escalated",
        "mediation.failed",
        "agreement.reached",
        "agreement.performed",
        "agreement.breached",
        "confirmation.ruled",
        "closing.applied",
        "dispute.linked",
        "dispute.closed",
    }
)
TO_RECEIVER = frozenset(
    {
        "referral.accepted",
        "referral.declined",
        "referral.escalated",
        "mediation.failed",
        "agreement.reached",
        "agreement.performed",
        "agreement.breached",
        "confirmation.applied",
        "confirmation.ruled",
    }
)
TO_SENDER = frozenset({"referral.accepted", "confirmation.ruled"})
TO_ALL_WITH_A_PART = frozenset({"dispute.linked", "dispute.closed"})
OF_CLOCKS = frozenset({"clock.warned", "clock.expired", "clock.reinstated"})

TITLES_ZH: Mapping[str, str] = {
    "referral.offered": "有一件纠纷请贵单位办理",
    "referral.accepted": "已受理",
    "referral.declined": "未受理，另行分流",
    "referral.escalated": "调解不成，已逐级上报",
    "mediation.failed": "调解不成",
    "agreement.reached": "已达成调解协议",
    "agreement.performed": "协议已履行完毕",
    "agreement.breached": "协议未按期履行",
    "confirmation.applied": "已申请司法确认",
    "confirmation.ruled": "司法确认已有结果",
    "closing.applied": "双方已书面申请不予处罚",
    "dispute.linked": "与另一件合并办理",
    "dispute.closed": "已办结",
    "clock.warned": "时限将到",
    "clock.expired": "时限已过",
    "clock.reinstated": "时限恢复",
    "clock.stopped": "对接要约已收回，不必再办",
    "proposal.refused": "办理意见未被采纳",
}
ASKS: Mapping[Purpose, str] = {
    "mediation": "accept_or_decline",
    "confirmation": "accept_or_refuse",
}
LEFT_OUT = {
    "standing",
    "dispute_code",
    "alternatives",
    "proposal_id",
    "evidence_sha256",
    "request_sha256",
}


def tell(
    before: Standing | None, arrived: EventArrived, view: View, kinds: frozenset[AgencyKind]
) -> tuple[Effect, ...]:
    """The handoffs that follow from an event for agencies of `kinds`; `before` is the standing
    before it."""
    event = arrived.event
    if isinstance(event, ProposalRefusedV1):
        return tuple(_of_refusal(event, view, kinds))
    if not isinstance(event, DisputeEvent) or event.standing is None or arrived.sequence is None:
        return ()
    after = event.standing
    effects: list[Effect] = [*_withdrawn(before, after, kinds)]
    if isinstance(event, ReferralOfferedV1):
        effects += _of_offer(event, arrived.sequence, after, view, kinds)
    about = f"{event.type}:{arrived.sequence}"
    effects += [
        MakeHandoff(agency, about, _body(event, arrived.sequence, after))
        for agency in _told(before, event, after)
        if _kind(agency, after, view) in kinds
    ]
    return tuple(effects)


def _of_offer(
    event: ReferralOfferedV1,
    sequence: int,
    after: Standing,
    view: View,
    kinds: frozenset[AgencyKind],
) -> Iterator[Effect]:
    if _kind(event.receiver, after, view) not in kinds:
        return
    body = {
        **_body(event, sequence, after),
        "asks": ASKS[event.purpose],
        "dossier_path": f"/v1/disputes/{event.dispute_code}/dossier?sequence={sequence}",
    }
    yield MakeHandoff(event.receiver, OFFER + event.referral_id, body)
    yield Index("referral", event.referral_id)
    yield Index("receiver", event.receiver)


def _of_refusal(
    event: ProposalRefusedV1, view: View, kinds: frozenset[AgencyKind]
) -> Iterator[Effect]:
    agency = view.agencies.get(event.agency)
    if agency is None or agency.kind not in kinds:
        return
    body = event.model_dump(mode="json", exclude={"dispute_code", "agency"})
    title = {"event": event.type, "title_zh": TITLES_ZH[event.type]}
    yield MakeHandoff(event.agency, f"{event.type}:{event.proposal_id}", {**title, **body})


def _withdrawn(
    before: Standing | None, after: Standing, kinds: frozenset[AgencyKind]
) -> Iterator[Effect]:
    """Offers that are open no more need no delivery: they would hold back what comes after."""
    for referral in _ended(before, after):
        if referral.status == "offered" and referral.receiver_kind in kinds:
            yield CancelHandoff(referral.receiver, OFFER + referral.referral_id)


def _told(before: Standing | None, event: DisputeEvent, after: Standing) -> list[str]:
    """Who is told of an event, each once: the origin, the referral's two sides, who has a part, and
    whoever holds an offer that is open no more with it."""
    told: list[str | None] = []
    touched = after.referral(event.referral_id) if isinstance(event, ReferralEvent) else None
    if event.type in TO_ORIGIN:
        told.append(after.origin)
    if touched is not None and event.type in TO_RECEIVER:
        told.append(touched.receiver)
    if touched is not None and event.type in TO_SENDER:
        told.append(touched.sender)
    if event.type in TO_ALL_WITH_A_PART:
        told += [after.holder, *(r.receiver for r in _live(before))]
    if isinstance(event, ClockEvent) and event.type in OF_CLOCKS:
        timed = after.referral(event.instance)
        told += [timed.receiver] if timed else [after.holder, after.origin]
    told += [referral.receiver for referral in _ended(before, after)]
    return list(dict.fromkeys(agency for agency in told if agency is not None))


def _ended(before: Standing | None, after: Standing) -> Iterator[ReferralStanding]:
    """The referrals that were live and are no more, as they were."""
    for referral in _live(before):
        now = after.referral(referral.referral_id)
        if now is None or now.status not in LIVE:
            yield referral


def _live(standing: Standing | None) -> Iterator[ReferralStanding]:
    return (r for r in (standing.referrals if standing else ()) if r.status in LIVE)


def _kind(agency: str, standing: Standing, view: View) -> AgencyKind | None:
    """From the directory; from the standing where this door has not read of the agency yet."""
    listed = view.agencies.get(agency)
    if listed is not None:
        return listed.kind
    return next((r.receiver_kind for r in standing.referrals if r.receiver == agency), None)


def _body(event: DisputeEvent, sequence: int, standing: Standing) -> dict[str, Any]:
    """The event's own facts and where the dispute stands; `sequence` pins it to the ledger."""
    touched = standing.referral(event.referral_id) if isinstance(event, ReferralEvent) else None
    return {
        "event": event.type,
        "title_zh": TITLES_ZH[event.type],
        "sequence": sequence,
        "purpose": touched.purpose if touched else None,
        "stage": standing.stage,
        "kind": standing.kind,
        "place": standing.place,
        "level": standing.level,
        "clocks": [clock.model_dump(mode="json") for clock in standing.clocks],
        **event.model_dump(mode="json", exclude_none=True, exclude=LEFT_OUT),
    }
