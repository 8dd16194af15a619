"""Who holds a dispute, who acts on it, who is told of it."""

from collections.abc import Sequence
from typing import Any

from tests.checker.case import Case, Fact, as_object, offers_of
from tests.checker.verdict import Finding, Violation

BY_RECEIVER = frozenset(
    {
        "referral.received",
        "referral.accepted",
        "mediation.started",
        "mediation.failed",
        "agreement.reached",
        "agreement.breached",
        "agreement.performed",
        "performance.recorded",
        "confirmation.applied",
        "confirmation.ruled",
    }
)
"""Acts of the agency to which their referral was offered."""

BY_HOLDER = frozenset({"mediation.started", "mediation.failed", "agreement.reached"})
"""Of these, the acts that need the acceptance first."""

BY_ORIGIN = frozenset({"closing.applied", "dispute.closed"})


def wrong_holder(case: Case) -> Finding:
    """P5: at most one agency holds a dispute, and it accepted it; every act is that
    of the agency whose it was to do, from the signed request to the ledger; all services agree on
    the holder; a handoff reaches its addressee, who has a part in the dispute."""
    for story in case.stories.values():
        yield from _held(story)
        yield from _acted(case, story)
    yield from _proposed(case)
    yield from _told_apart(case)
    for delivery in case.deliveries:
        story = case.stories.get(delivery.dispute_code, ())
        if delivery.addressee != delivery.agency:
            yield Violation(f"{delivery.agency} got what is for {delivery.addressee}", (delivery,))
        elif story and delivery.agency not in _parties(story):
            yield Violation(f"{delivery.agency} has no part in this dispute", (delivery,))


def _held(story: Sequence[Fact]) -> Finding:
    accepted: set[str] = set()
    for fact in story:
        if fact.type == "referral.accepted":
            accepted.add(fact.body["referral_id"])
        standing = fact.body.get("standing") or {}
        held = [
            referral
            for referral in standing.get("referrals", ())
            if referral["purpose"] == "mediation" and referral["status"] == "accepted"
        ]
        holder = standing.get("holder")
        if len(held) > 1:
            yield Violation(f"two hold it: {[r['receiver'] for r in held]}", (fact.record,))
        elif held and (held[0]["receiver"] != holder or held[0]["referral_id"] not in accepted):
            yield Violation(f"{holder} holds what {held[0]['receiver']} has", (fact.record,))


def _acted(case: Case, story: Sequence[Fact]) -> Finding:
    offers, accepted, failed = offers_of(story), set[str](), set[str]()
    origin = story[0].body.get("origin")
    for fact in story:
        actor, referral_id = fact.body.get("actor"), fact.body.get("referral_id", "")
        if actor == case.observation.exchange:
            continue
        offer = offers.get(referral_id)
        if fact.type in BY_RECEIVER and (offer is None or offer.body["receiver"] != actor):
            yield Violation(f"{fact.type} by {actor}, to whom it was not offered", (fact.record,))
        if fact.type in BY_ORIGIN and actor != origin:
            yield Violation(f"{fact.type} by {actor}, not the origin {origin}", (fact.record,))
        if fact.type in BY_HOLDER and (referral_id not in accepted or referral_id in failed):
            yield Violation(f"{fact.type} by {actor}, who does not hold it", (fact.record,))
        if fact.type == "referral.accepted":
            accepted.add(referral_id)
        elif fact.type == "mediation.failed":
            failed.add(referral_id)


def _proposed(case: Case) -> Finding:
    """The agency of the request, of the proposal and of what it led to are one."""
    for proposal in case.proposals:
        actor = proposal.body["actor"]
        if proposal.cause and proposal.cause.startswith("command:"):
            sender = proposal.cause.split(":")[1]
            if sender != actor:
                yield Violation(f"{sender} acted as {actor}", (proposal.record,))
        for fact in case.answers.get(proposal.body["proposal_id"], ()):
            who = fact.body.get("actor", actor)
            if who not in (actor, case.observation.exchange):
                yield Violation(f"{actor} acted, {who} is told", (proposal.record, fact.record))


def _told_apart(case: Case) -> Finding:
    """At rest every service that has read the whole story names the same holder."""
    for service in case.observation.services:
        for row in service.disputes:
            story, state = case.stories.get(row.code), as_object(row.state)
            if story and len(story) in (state.get("last_sequence"), state.get("sequence")):
                told = (story[-1].body.get("standing") or {}).get("holder")
                known = (state.get("standing") or {}).get("holder")
                if known != told:
                    yield Violation(
                        f"{service.name} holds {known} for the holder, not {told}", (row,)
                    )


def _parties(story: Sequence[Fact]) -> set[Any]:
    """Origin, senders and receivers; who proposed in vain is told of it too."""
    standing = story[-1].body.get("standing") or {}
    parties = {standing.get("origin"), story[0].body.get("origin")}
    for fact in story:
        parties |= {fact.body.get("sender"), fact.body.get("receiver")}
    return parties
