"""A dispute rebuilt from its own ledger, where the database is older than what was published.

Nothing is decided again: the last entry says where the dispute stands, the entries before it what
else the next decision needs. What was told outside the ledger (refusals) leaves no trace here.
"""

from collections.abc import Sequence
from itertools import pairwise

from exchange.chassis.decider import Alarm, Decision, Effect, SetClock, StopClock
from exchange.contracts.events.base import ClockStanding, DisputeEvent, Event, Standing
from exchange.contracts.events.intake import DisputeLinkedV1, DisputeRegisteredV1
from exchange.contracts.events.routing import (
    AgreementPerformedV1,
    ClockExpiredV1,
    ClockReinstatedV1,
    ClockSetV1,
    ConfirmationRuledV1,
    MediationFailedV1,
    ReferralAcceptedV1,
)
from services.routing.lifecycle import OVER
from services.routing.state import ANSWERED_MAX, DisputeState, Registration
from services.routing.story import LOAD

FREES = (MediationFailedV1, ConfirmationRuledV1, AgreementPerformedV1)
"""After these a referral weighs on its receiver no more; after the end none does."""


class NotALedger(ValueError):
    """Events that do not begin with a registration, or that lack the standing they led to."""


def restore(before: DisputeState, ledger: Sequence[Event]) -> Decision[DisputeState]:
    """The state after the last entry; `before` is what an older backup had of it.

    `ledger` are all entries from sequence 1 on. Raises NotALedger.
    """
    entries = [entry for entry in ledger if isinstance(entry, DisputeEvent)]
    standings = [entry.standing for entry in entries if entry.standing is not None]
    if not ledger or not len(ledger) == len(entries) == len(standings):
        raise NotALedger("an entry has no standing")
    first, standing = entries[0], standings[-1]
    if not isinstance(first, DisputeRegisteredV1):
        raise NotALedger("the first entry is no registration")
    links = [entry.lead_code for entry in entries if isinstance(entry, DisputeLinkedV1)]
    counted = _counted(entries, standing)
    state = DisputeState(
        standing=standing,
        registration=Registration.of(first),
        sequence=len(entries),
        stage_sequence=_stage_sequence(standings),
        expired=_expired(entries, standings),
        counted=counted,
        answered=_answered(before, entries),
        lead_code=links[-1] if links else None,
    )
    return Decision(
        state,
        (*_clocks(before, entries, standing), *_alarms(standing)),
        tallies=_loads(standing, before.counted, counted),
    )


def _stage_sequence(standings: Sequence[Standing]) -> int:
    """The last entry that changed the stage; a registration begins as `registered`."""
    stages = ["registered", *(standing.stage for standing in standings)]
    changes = [n for n, (old, new) in enumerate(pairwise(stages), start=1) if old != new]
    return changes[-1] if changes else 0


def _expired(
    entries: Sequence[DisputeEvent], standings: Sequence[Standing]
) -> tuple[ClockStanding, ...]:
    """Clocks that ran out and were not reinstated, as they stood before."""
    expired: dict[tuple[str, str], ClockStanding] = {}
    for entry, earlier in zip(entries[1:], standings, strict=False):
        if isinstance(entry, ClockExpiredV1):
            ran_out = (c for c in earlier.clocks if c.rule == entry.rule)
            expired |= {(c.rule, c.instance): c for c in ran_out if c.instance == entry.instance}
        elif isinstance(entry, ClockReinstatedV1):
            expired.pop((entry.rule, entry.instance), None)
    return tuple(expired.values())


def _counted(entries: Sequence[DisputeEvent], standing: Standing) -> tuple[str, ...]:
    """The referrals that weigh on their receivers, in the order of their acceptance."""
    if standing.stage in OVER:
        return ()
    counted: dict[str, None] = {}
    for entry in entries:
        if isinstance(entry, ReferralAcceptedV1):
            counted[entry.referral_id] = None
        elif isinstance(entry, FREES):
            counted.pop(entry.referral_id, None)
    return tuple(counted)


def _loads(standing: Standing, before: Sequence[str], after: Sequence[str]) -> dict[str, int]:
    """How the load of each receiver differs from what the backup had counted."""
    loads: dict[str, int] = {}
    for referral in standing.referrals:
        change = (referral.referral_id in after) - (referral.referral_id in before)
        if change:
            name = LOAD + referral.receiver
            loads[name] = loads.get(name, 0) + change
    return loads


def _answered(before: DisputeState, entries: Sequence[DisputeEvent]) -> tuple[str, ...]:
    since = [entry.proposal_id for entry in entries[before.sequence :] if entry.proposal_id]
    return tuple(dict.fromkeys((*before.answered, *since)))[-ANSWERED_MAX:]


def _clocks(
    before: DisputeState, entries: Sequence[DisputeEvent], standing: Standing
) -> tuple[Effect, ...]:
    """Stop what runs no more, set what runs. Rungs that have fired are left out by the chassis."""
    warnings = {
        (entry.rule, entry.instance): entry.warn_at or ()
        for entry in entries
        if isinstance(entry, ClockSetV1)
    }
    had = before.standing.clocks if before.standing else ()
    return (
        *(StopClock(clock.rule, clock.instance) for clock in had),
        *(
            SetClock(c.rule, c.instance, c.ends_at, warnings.get((c.rule, c.instance), ()))
            for c in standing.clocks
            if c.ends_at is not None
        ),
    )


def _alarms(standing: Standing) -> tuple[Effect, ...]:
    """An alarm that was lost with the database and whose cause still stands."""
    if standing.stage != "unplaced":
        return ()
    return (Alarm("no_agency", "没有可办理的机构，请人工分流（台账已由主题读回）"),)
