"""Which clock starts and stops at which act, and how a clock's life is told.

The numbers stand in the law's tables; here are only rule ids. A clock keeps the rule version that
it started under.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from exchange.chassis.decider import SetClock, StopClock
from exchange.contracts.events.base import ClockStanding
from exchange.contracts.events.routing import (
    ClockExpiredV1,
    ClockReinstatedV1,
    ClockSetV1,
    ClockStoppedV1,
)
from exchange.contracts.vocabulary import Act, Purpose
from services.routing.limits import ACCEPT, Limit, statutory
from services.routing.story import Story

CONDUCT = "mediation.conduct"
APPLY = "confirmation.apply"
DECIDE = "confirmation.decide"
POLICE_CASE = "police.case"

ORIGIN = "origin"
"""The instance of the clocks that the sender's own acts started; others bear a referral's id."""

SPECIALIST = "specialist"


@dataclass(frozen=True, slots=True)
class Timing:
    """What an act does to the clocks: `stops` what it was awaited by, `starts` the next."""

    stops: tuple[str, ...] = ()
    starts: str | None = None
    because_zh: str = ""


TIMINGS: Mapping[tuple[Act, Purpose], Timing] = {
    ("accept", "mediation"): Timing((ACCEPT,), CONDUCT, "已受理"),
    ("decline", "mediation"): Timing((ACCEPT,), None, "不予受理"),
    ("fail", "mediation"): Timing((CONDUCT,), None, "调解不成，已终止"),
    ("agree", "mediation"): Timing((CONDUCT,), APPLY, "已达成协议"),
    ("accept", "confirmation"): Timing((ACCEPT, APPLY), DECIDE, "法院已立案"),
    ("decline", "confirmation"): Timing((ACCEPT,), None, "法院不予受理"),
    ("rule", "confirmation"): Timing((ACCEPT, DECIDE), None, "法院已裁定"),
}


def keep_time(
    story: Story, act: Act, purpose: Purpose, referral_id: str, started_on: date | None = None
) -> None:
    """Stop and start what `TIMINGS` says of that act; a clock that the act met late is undone."""
    timing = TIMINGS[act, purpose]
    for rule in timing.stops:
        instance = referral_id if rule == ACCEPT else None
        undo_expiry(story, rule, instance)
        stop(story, rule, instance, timing.because_zh)
    if timing.starts is not None and started_on is not None:
        receiver = story.referral(referral_id).receiver_kind
        variant = SPECIALIST if receiver == "specialist_committee" else None
        place = story.registration.matter.place
        limit = statutory(timing.starts, place, started_on, variant)
        set_clock(story, timing.starts, referral_id, limit)


def set_clock(story: Story, rule: str, instance: str, limit: Limit) -> None:
    """Tell that a clock runs; one without a known end is shown as such and raised to a person."""
    clock = ClockStanding(
        rule=rule,
        instance=instance,
        rule_version=limit.version,
        citation=limit.citation,
        ends_at=limit.ends_at,
        unsigned=limit.unsigned,
    )
    story.change(clocks=(*story.standing.clocks, clock))
    warn_at = tuple(at for at in limit.warn_at if at > story.now)
    story.follow(
        ClockSetV1,
        **facts_of(clock),
        started_by=limit.started_by,
        unknown=limit.unknown,
        warn_at=warn_at,
    )
    if limit.ends_at is None:
        story.alarm("clock_unknown", f"{rule}: {limit.unknown}")
        return
    story.effects.append(SetClock(rule, instance, limit.ends_at, warn_at))


def stop(story: Story, rule: str, instance: str | None, because: str) -> None:
    """Tell that the clock waits no more, where it runs."""
    clock = story.running(rule, instance)
    if clock is None:
        return
    _drop(story, clock)
    story.follow(ClockStoppedV1, **facts_of(clock), because=because)
    story.effects.append(StopClock(clock.rule, clock.instance))


def stop_all(story: Story, because: str, *, but: Sequence[str] = ()) -> None:
    """Stop every clock that runs, save those of the instances in `but`."""
    for clock in story.standing.clocks:
        if clock.instance not in but:
            stop(story, clock.rule, clock.instance, because)


def expire(story: Story, clock: ClockStanding, fired_at: datetime) -> None:
    """Tell that a clock has run out; it is remembered, so that a timely act may undo it."""
    _drop(story, clock)
    story.expired = (*story.expired, clock)
    story.follow(ClockExpiredV1, **facts_of(clock), fired_at=fired_at)


def is_timely(story: Story, clock: ClockStanding) -> bool:
    """Whether the act was done before that clock's end, whenever it arrived: see `late`."""
    return clock.ends_at is None or story.at < clock.ends_at


def undo_expiry(story: Story, rule: str, instance: str | None = None) -> None:
    """Tell `clock.reinstated` where the clock has run out although the act was timely."""
    clock = story.run_out(rule, instance)
    if clock is None or not is_timely(story, clock):
        return
    story.expired = tuple(c for c in story.expired if c is not clock)
    story.change(clocks=(*story.standing.clocks, clock))
    story.follow(ClockReinstatedV1, **facts_of(clock))


def facts_of(clock: ClockStanding) -> dict[str, object]:
    """What every event of a clock says of it."""
    return {
        "rule": clock.rule,
        "rule_version": clock.rule_version,
        "instance": clock.instance,
        "citation": clock.citation,
        "ends_at": clock.ends_at,
    }


def _drop(story: Story, clock: ClockStanding) -> None:
    story.change(clocks=tuple(c for c in story.standing.clocks if c is not clock))
