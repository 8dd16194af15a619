"""Acts and their effects: none lost, none from nowhere, none twice."""

from collections.abc import Hashable, Iterable
from typing import Any

from tests.checker.case import Case, Fact, cause_of, due_of
from tests.checker.history import Delivery, Invoke, Outcome
from tests.checker.verdict import Finding, Violation

REFERENCE = frozenset({"agency.listed"})
"""Events that are about no dispute."""

REGISTER = frozenset({"referral.requested", "dispute.registered"})


def lost(case: Case) -> Finding:
    """P1, P12: an act answered 2xx has an event; that event is answered, by a canonical event or by
    a refusal; every ledger entry is on the topic; a handoff that counts as delivered was seen by
    its agency. What still waits (outbox, backlog, parked) is not lost."""
    for op, outcome in case.outcomes.items():
        invoke = case.invokes[op]
        if outcome.kind == "ok" and invoke.tells and not _told(case, invoke, outcome):
            yield Violation(f"{invoke.operation} was answered 2xx, no event", (invoke, outcome))
    for fact in case.facts.values():
        if fact.code not in case.waiting and not _answered(case, fact):
            yield Violation(f"{fact.type} {fact.id} was never answered", (fact.record,))
    for service in case.observation.services:
        for entry in service.ledger:
            if entry.id not in case.facts and entry.code not in case.waiting:
                yield Violation(f"ledger entry {entry.code}/{entry.sequence} not sent", (entry,))
        reached = {delivery.handoff_id for delivery in case.deliveries}
        for handoff in service.handoffs:
            if handoff.state == "delivered" and handoff.id not in reached:
                yield Violation(f"{handoff.agency} never saw {handoff.about}", (handoff,))


def _told(case: Case, invoke: Invoke, outcome: Outcome) -> bool:
    if case.by_cause.get(cause_of(invoke)):
        return True
    code = outcome.dispute_code or invoke.dispute_code
    return code in case.waiting or _told_by_twin(case, invoke, outcome)


def _told_by_twin(case: Case, invoke: Invoke, outcome: Outcome) -> bool:
    """The same request was taken under another key; its receipt, given again, names its body."""
    document = (outcome.receipt or {}).get("document", {})
    return invoke.operation == "refer" and any(
        case.by_cause.get(cause_of(other))
        for other in case.invokes.values()
        if (other.agency, other.operation) == (invoke.agency, "refer")
        and other.body_sha256 == document.get("request_sha256")
    )


def _answered(case: Case, fact: Fact) -> bool:
    if fact.record.topic == case.observation.ledger_topic:
        return True
    if fact.type == "proposal.made":
        return bool(case.answers.get(fact.body["proposal_id"]))
    if fact.type in REGISTER:
        return any(f.type == "dispute.registered" for f in case.stories.get(fact.code, ()))
    return True


def phantom(case: Case) -> Finding:
    """P1: every event names its cause, and there is that cause: a request that was not refused, an
    event that lies on a topic, a clock that was set, a handoff that was answered."""
    answered = {delivery.handoff_id for delivery in case.deliveries}
    for fact in case.facts.values():
        if fact.type in REFERENCE or fact.id in case.marked["injected"]:
            continue
        if not _has_cause(case, fact, answered):
            yield Violation(f"{fact.type} {fact.id} has no cause: {fact.cause}", (fact.record,))


def _has_cause(case: Case, fact: Fact, answered: set[str]) -> bool:
    kind, _, rest = (fact.cause or "").partition(":")
    if kind == "command":
        tries = case.causes.get(fact.cause or "", ())
        return any(not _refused(case.outcomes.get(invoke.op)) for invoke in tries)
    if kind == "clock":
        return _was_set(case, fact)
    if kind == "answer":
        return rest in answered
    return fact.cause in case.facts


def _refused(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.kind == "fail" and (outcome.status or 0) < 500


def _was_set(case: Case, fact: Fact) -> bool:
    due = due_of(fact)
    return due is not None and any(
        earlier.type in ("clock.set", "clock.reinstated")
        and (earlier.body.get("rule"), earlier.body.get("instance")) == (due.rule, due.instance)
        for earlier in case.stories.get(fact.code, ())
        if (earlier.sequence or 0) < (fact.sequence or 0)
    )


def doubled(case: Case) -> Finding:
    """P2, P4: one id has one content, and lies there again only where trouble may explain it; one
    cause leads to each of its events once; one key has one answer, one request one dispute; an
    agency knows one handoff by one id and one content; a clock expires once unless it was
    reinstated or set again in between."""
    for fact in case.every_fact:
        first = case.facts[fact.id]
        if fact.same_bytes != first.same_bytes:
            yield Violation(f"{fact.id} has two contents", (first.record, fact.record))
        if case.marked["calm"] and first is not fact:
            yield Violation(f"{fact.id} lies there twice, in calm weather", (fact.record,))
    yield from _twice((_effect(fact), fact) for fact in case.facts.values())
    for answers in case.answers.values():
        refusals = [fact for fact in answers if fact.type == "proposal.refused"]
        if refusals and len(answers) > 1:
            yield Violation("a proposal was refused and answered", [f.record for f in answers])
    yield from _answers_differ(case)
    yield from _handed_twice(case.deliveries)
    for story in case.stories.values():
        yield from _expired_twice(story)


def _effect(fact: Fact) -> Hashable | None:
    """What may come of one cause only once: the same event about the same thing."""
    body = fact.body
    if fact.cause is None or fact.type in REFERENCE:
        return None
    cause = body.get("proposal_id") or fact.cause
    about = (body.get("referral_id"), body.get("rule"), body.get("instance"))
    return (fact.record.topic, fact.code, cause, fact.type, about)


def _twice(effects: Iterable[tuple[Hashable | None, Fact]]) -> Finding:
    seen: dict[Hashable, Fact] = {}
    for effect, fact in effects:
        first = seen.setdefault(effect, fact)
        if effect is not None and first is not fact:
            yield Violation(f"{fact.type} twice of one cause", (first.record, fact.record))


def _answers_differ(case: Case) -> Finding:
    """A repeated request gets the stored answer again, byte for byte."""
    by_key: dict[Hashable, tuple[Invoke, Outcome]] = {}
    by_body: dict[Hashable, tuple[Invoke, Outcome]] = {}
    for op, outcome in case.outcomes.items():
        invoke = case.invokes[op]
        if outcome.kind != "ok" or not invoke.tells:
            continue
        _, first = by_key.setdefault((invoke.agency, invoke.key), (invoke, outcome))
        if first.answer_sha256 != outcome.answer_sha256:
            yield Violation("one key has two answers", (invoke, first, outcome))
        if invoke.operation == "refer":
            body = (invoke.agency, invoke.body_sha256)
            _, first = by_body.setdefault(body, (invoke, outcome))
            if first.dispute_code != outcome.dispute_code:
                yield Violation("one referral has two codes", (invoke, first, outcome))


def _handed_twice(deliveries: Iterable[Delivery]) -> Finding:
    by_matter: dict[Hashable, Delivery] = {}
    by_id: dict[str, Delivery] = {}
    for delivery in deliveries:
        about = (delivery.agency, delivery.dispute_code, delivery.about)
        first = by_matter.setdefault(about, delivery)
        if first.handoff_id != delivery.handoff_id:
            yield Violation("one matter handed over under two ids", (first, delivery))
        first = by_id.setdefault(delivery.handoff_id, delivery)
        if first.body_sha256 != delivery.body_sha256:
            yield Violation("one handoff has two contents", (first, delivery))


def _expired_twice(story: Iterable[Fact]) -> Finding:
    expired: dict[tuple[Any, Any], Fact] = {}
    for fact in story:
        clock = (fact.body.get("rule"), fact.body.get("instance"))
        if fact.type in ("clock.set", "clock.reinstated"):
            expired.pop(clock, None)
        elif fact.type == "clock.expired":
            if clock in expired:
                yield Violation("a clock expired twice", (expired[clock].record, fact.record))
            expired[clock] = fact
