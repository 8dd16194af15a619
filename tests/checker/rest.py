"""What the world looks like at rest: nothing waits but what must."""

from tests.checker.case import Case
from tests.checker.history import SeenService
from tests.checker.verdict import Finding, Violation

WAITS = frozenset({"open", "unknown"})


def not_caught_up(case: Case) -> Finding:
    """P1, P4, P8, P9: after quiescence every position is at its watermark, every outbox is empty,
    no clock is overdue, every push handoff is settled, every reader of the ledger stands at its
    end; parked and quarantined is what was poisoned, and nothing else."""
    for service in case.observation.services:
        for part in service.positions:
            if part.next < part.end:
                yield Violation(f"{service.name} has not read {part.topic}", (part,))
        for waiting in service.outbox:
            yield Violation(f"{service.name} has not sent an event", (waiting,))
        for parked in service.parked:
            if parked.code not in case.marked["poison"]:
                yield Violation(f"{service.name} parked {parked.code}: {parked.cause}", (parked,))
        for place in service.quarantine:
            if place not in case.marked["poison"]:
                yield Violation(f"{service.name} quarantined {place}")
        yield from _overdue(case, service)
        yield from _undelivered(case, service)
        yield from _behind(case, service)


def _overdue(case: Case, service: SeenService) -> Finding:
    for clock in service.clocks:
        if clock.due_at <= case.observation.legal_at and clock.code not in case.marked["poison"]:
            yield Violation(f"{clock.rule} was due {clock.due_at}", (clock,))


def _undelivered(case: Case, service: SeenService) -> Finding:
    excused = case.marked["deaf"] | set(case.observation.mailbox)
    for handoff in service.handoffs:
        if handoff.state in WAITS and handoff.agency not in excused:
            yield Violation(f"{handoff.about} is still {handoff.state}", (handoff,))


def _behind(case: Case, service: SeenService) -> Finding:
    if not any(part.topic == case.observation.ledger_topic for part in service.positions):
        return
    rows = {row.code: row for row in service.disputes}
    for code, story in case.stories.items():
        row = rows.get(code)
        stands = row.sequence_in if row else 0
        if stands != len(story) and code not in case.marked["poison"]:
            shown = (row,) if row else (story[-1].record,)
            yield Violation(f"{service.name} stands at {stands} of {len(story)}", shown)
