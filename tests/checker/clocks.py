"""Time limits: never early, and never against who acted in time."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from tests.checker.case import Case, Fact, due_of
from tests.checker.verdict import Finding, Violation

AWAITED: Mapping[str, frozenset[str]] = {
    "referral.accept": frozenset({"accept", "decline"}),
    "mediation.conduct": frozenset({"fail", "agree"}),
    "confirmation.decide": frozenset({"rule"}),
}
"""The acts that each clock waits for: done before its end, they stop it or undo its expiry."""

TAKEN_ELSEWHERE = "late.other_accepted"
LATE = "late.after_end"
UNDONE = frozenset({"clock.reinstated"})


def early_clock(case: Case) -> Finding:
    """P4: when a clock warned or expired, legal time had reached what was due, by the driver's
    clock and not only by the service's own word."""
    for fact in case.facts.values():
        due = due_of(fact)
        if due is None:
            continue
        latest = case.legal_at_most(_told_at_most(case, fact))
        said = fact.body.get("fired_at")
        if latest < due.due_at:
            yield Violation(f"fired at most at {latest}, due {due.due_at}", (fact.record,))
        elif said is not None and datetime.fromisoformat(said) < due.due_at:
            yield Violation(f"says itself that it fired at {said}", (fact.record,))


def _told_at_most(case: Case, fact: Fact) -> datetime:
    """The event bears the time of who told it; told it was before it lay on the topic."""
    appended_at = fact.record.appended_at or fact.at
    return min(fact.at, appended_at, case.observation.machine_at)


def expired_though_timely(case: Case) -> Finding:
    """Who acted before the end is not expired. What lay on the topic before the end
    is read before the clock fires; what came later undoes the expiry, unless another agency has
    accepted meanwhile."""
    for story in case.stories.values():
        for expiry in story:
            if expiry.type == "clock.expired" and expiry.body.get("ends_at"):
                for act in _timely_acts(case, expiry):
                    yield from _wronged(case, story, expiry, act)


def _timely_acts(case: Case, expiry: Fact) -> Iterator[Fact]:
    """The proposals that this clock waited for, made before its end."""
    awaited = AWAITED.get(expiry.body["rule"], frozenset())
    ends_at = datetime.fromisoformat(expiry.body["ends_at"])
    for act in case.proposals:
        if (
            act.code == expiry.code
            and act.body.get("referral_id") == expiry.body["instance"]
            and act.body["facts"]["act"] in awaited
            and datetime.fromisoformat(act.body["legal_at"]) < ends_at
        ):
            yield act


def _wronged(case: Case, story: list[Fact], expiry: Fact, act: Fact) -> Finding:
    answers = case.answers.get(act.body["proposal_id"], ())
    refusal = next((a for a in answers if a.type == "proposal.refused"), None)
    entered = [a for a in answers if a.sequence is not None]
    shown = (act.record, expiry.record, *(a.record for a in answers))
    if entered and min(a.sequence or 0 for a in entered) < (expiry.sequence or 0):
        return
    if refusal is not None and not refusal.body["rule"].startswith("late."):
        return
    if _lay_there(case, act, expiry):
        yield Violation("expired although the act lay on the topic before the end", shown)
    elif refusal is not None and refusal.body["rule"] == LATE:
        yield Violation("a timely act was refused as late", shown)
    elif refusal is not None and not _taken_elsewhere(story, expiry):
        yield Violation("refused for another acceptance that there is not", shown)
    elif entered and not any(a.type in UNDONE for a in entered):
        yield Violation("the act stands, and so does the expiry", shown)


def _lay_there(case: Case, act: Fact, expiry: Fact) -> bool:
    appended, ends_at = act.record.appended_at, datetime.fromisoformat(expiry.body["ends_at"])
    return appended is not None and case.legal_at_most(appended) <= ends_at


def _taken_elsewhere(story: list[Fact], expiry: Fact) -> bool:
    return any(
        fact.type == "referral.accepted"
        and (fact.sequence or 0) > (expiry.sequence or 0)
        and fact.body["referral_id"] != expiry.body["instance"]
        for fact in story
    )
