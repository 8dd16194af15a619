"""What a limit is, for an act of a day in a place: from the law's tables, or from an agreement.

Nothing here invents a number: where no row holds, the limit is unknown and says so. An agreement
that is itself an invented example comes out marked as one, and unsigned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from exchange.contracts.events.base import ClockStanding
from exchange.contracts.vocabulary import Purpose
from law import SHANGHAI, Due, LawError, load
from law.clocks import AgreedRule, ClockRule
from services.routing.agreed import AgreedRow, agreed_limit

SENDER_BUFFER = timedelta(days=3)
"""What an offer leaves its sender of its statutory limit (docs/architecture.md, Clocks)."""

WARN_BEFORE = timedelta(days=1)
"""How long before a derived limit its warning comes: it has no warning days of its own."""

LIMITS_KEPT_MAX = 4096
"""Limits derived once for all acts of a day in a place."""

ACCEPT = "referral.accept"
STATUTORY_ACCEPT = "mediation.accept"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it will be shown. `ends_at` is exclusive; None where `unknown` says why."""

    version: str
    citation: str
    started_by: str
    ends_at: datetime | None = None
    warn_at: tuple[datetime, ...] = ()
    unsigned: bool = False
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """By when an offer is to be answered, and why then."""

    limit: Limit
    because: str


@lru_cache(LIMITS_KEPT_MAX)
def statutory(
    rule_id: str, region: str, started_on: date | datetime, variant: str | None = None
) -> Limit:
    """The limit that the law sets on that act; unknown where no table has one for that place."""
    try:
        rule = load().clock(rule_id, region=region, started_on=started_on, variant=variant)
        if rule is None:
            return _no_limit(rule_id, f"法律表没有适用于 {region} 的 {rule_id}")
        return _limit(rule, rule.due(started_on), rule.row.start_act_zh, started_on)
    except LawError as error:
        return _no_limit(rule_id, str(error))


def acceptance(
    purpose: Purpose, region: str, now: datetime, senders: Sequence[ClockStanding]
) -> Acceptance:
    """The earlier of the receiver's own limit and the sender's statutory one less its buffer.

    `senders` are the sender's running clocks. A buffer that is used up already counts no more:
    then the sender's own end is the limit.
    """
    own = _own(purpose, region, now)
    derived = _derived(senders, now)
    if derived is None or derived.ends_at is None:
        return Acceptance(own, _because_own(own))
    if own.ends_at is None:
        return Acceptance(derived, _because_derived(derived, "受理机构没有已知的时限"))
    if derived.ends_at < own.ends_at:
        later = f"早于受理机构自己的时限（至 {last_day(own.ends_at)}）"
        return Acceptance(derived, _because_derived(derived, later))
    return Acceptance(own, _because_own(own))


def last_day(ends_at: datetime) -> date:
    """The last day on which an act is in time."""
    return (ends_at.astimezone(SHANGHAI) - timedelta(microseconds=1)).date()


def _own(purpose: Purpose, region: str, now: datetime) -> Limit:
    """The receiver's own: what the law of the place says, else what is agreed there."""
    if purpose == "mediation":
        rule = load().clock(STATUTORY_ACCEPT, region=region, started_on=now)
        if rule is not None:
            return _limit(rule, rule.due(now), rule.row.start_act_zh, now)
    today = now.astimezone(SHANGHAI).date()
    row = agreed_limit(ACCEPT, purpose, region, today)
    if row is None:
        return _no_limit(ACCEPT, "没有法定的受理时限，机构之间也没有约定")
    return _agreed(row, now if row.unit == "hour" else today)


@lru_cache(LIMITS_KEPT_MAX)
def _agreed(row: AgreedRow, started_on: date | datetime) -> Limit:
    agreed = load().agreed_rule(row.limit())
    limit = _limit(agreed, agreed.due(started_on), agreed.limit.start_act_zh, started_on)
    return replace(limit, citation=row.example_zh, unsigned=True) if row.invented else limit


def _derived(senders: Sequence[ClockStanding], now: datetime) -> Limit | None:
    open_ends = [(c.ends_at, c) for c in senders if c.ends_at is not None and c.ends_at > now]
    if not open_ends:
        return None
    end, clock = min(open_ends, key=lambda pair: pair[0])
    ends_at = end - SENDER_BUFFER if end - SENDER_BUFFER > now else end
    early = f"提前 {(end - ends_at).days} 日" if ends_at < end else "已不足提前量，以届满为限"
    return Limit(
        version=f"{clock.rule_version}.less_{(end - ends_at).days}d",
        citation=f"{clock.citation}（至 {last_day(end)}），{early}",
        started_by=f"发出对接要约（{now.astimezone(SHANGHAI).date()}）",
        ends_at=ends_at,
        warn_at=(ends_at - WARN_BEFORE,),
        unsigned=clock.unsigned,
    )


def _limit(
    rule: ClockRule | AgreedRule, due: Due, start_act_zh: str, started_on: date | datetime
) -> Limit:
    moment = started_on.astimezone(SHANGHAI) if isinstance(started_on, datetime) else started_on
    day = moment.date() if isinstance(moment, datetime) else moment
    return Limit(
        version=rule.version,
        citation=rule.citation_zh,
        started_by=f"{start_act_zh}（{day}）",
        ends_at=due.ends_at,
        warn_at=due.warn_at,
        unsigned=rule.basis != "agreed" and not rule.signed,
        unknown=due.unknown,
    )


def _no_limit(rule_id: str, why: str) -> Limit:
    return Limit(
        version=f"{rule_id}@unknown", citation="没有已知的期限", started_by=rule_id, unknown=why
    )


def _because_own(own: Limit) -> str:
    if own.ends_at is None:
        return own.unknown or own.citation
    return f"受理机构自己的时限：{own.citation}，至 {last_day(own.ends_at)}"


def _because_derived(derived: Limit, than: str) -> str:
    assert derived.ends_at is not None
    return f"移送机构的法定期限：{derived.citation}，至 {last_day(derived.ends_at)}；{than}"
