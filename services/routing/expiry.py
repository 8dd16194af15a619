"""What follows when a clock warns or runs out: silence becomes an event."""

from collections.abc import Callable, Mapping

from exchange.chassis.decider import ClockDue
from exchange.contracts.events.base import ClockStanding
from exchange.contracts.events.routing import ClockWarnedV1, ReferralDeclinedV1
from exchange.contracts.vocabulary import OFFERED
from services.routing.choice import LEVEL_ZH, ladder_zh
from services.routing.clocks import APPLY, CONDUCT, DECIDE, POLICE_CASE, expire, facts_of
from services.routing.limits import ACCEPT
from services.routing.placing import place, search
from services.routing.story import Story


def clock_due(story: Story, due: ClockDue) -> None:
    """Warn, or expire with what follows. A clock that runs no more, or waits for a court that has
    the application already, does nothing.
    """
    clock = story.running(due.rule, due.instance)
    if clock is None or (due.rule == APPLY and story.standing.confirmation == "applied"):
        return
    if due.rung > 0:
        story.follow(ClockWarnedV1, **facts_of(clock), rung=due.rung, fired_at=due.fired_at)
        return
    expire(story, clock, due.fired_at)
    FOLLOWS.get(due.rule, _call_a_person)(story, clock)


def _silence(story: Story, clock: ClockStanding) -> None:
    """No answer in time: the next agency is asked. A court is not passed over: a person calls."""
    referral = story.standing.referral(clock.instance)
    if referral is None or referral.status not in OFFERED:
        return
    if referral.purpose == "confirmation":
        story.alarm("court_silent", f"法院未在约定时限内答复：{referral.referral_id}")
        return
    story.touch(referral.referral_id, status="silent")
    found = search(story, referral.level)
    story.follow(ReferralDeclinedV1, referral_id=referral.referral_id, reason="silence")
    nobody = f"{LEVEL_ZH[referral.level]}无人答复，按{ladder_zh(story.law)}"
    place(story, found, ended=referral, because=nobody)


def _lapse(_story: Story, _clock: ClockStanding) -> None:
    """The window to apply is over; the agreement binds all the same (调解法 31)."""


def _call_a_person(story: Story, clock: ClockStanding) -> None:
    kind = ALARMS.get(clock.rule, "clock_expired")
    story.alarm(kind, f"{clock.rule} 已届满（{clock.citation}）")


ALARMS: Mapping[str, str] = {
    POLICE_CASE: "police_case_expired",
    CONDUCT: "mediation_conduct_expired",
    DECIDE: "confirmation_decide_expired",
}

FOLLOWS: Mapping[str, Callable[[Story, ClockStanding], None]] = {ACCEPT: _silence, APPLY: _lapse}

CONSEQUENCES_ZH: Mapping[str, str] = {
    ACCEPT: "视为不受理：改派同级其他机构，没有的逐级上报；法院未答复的提请人工催办",
    APPLY: "不能再申请司法确认，协议仍有约束力；已向法院申请而未立案的不受影响",
    CONDUCT: "提请人工处理；双方同意的可以继续调解",
    DECIDE: "提请人工处理",
    POLICE_CASE: "提请人工处理；此后不能以不予处罚结案",
}
"""What a lawyer and a clerk read of `FOLLOWS` and `ALARMS`."""
