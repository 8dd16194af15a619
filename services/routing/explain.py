"""Why a dispute went as it did: each step of its ledger in Chinese, with its rule and article."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.contracts.events.base import Event
from exchange.contracts.terms import (
    CHANNELS,
    DECLINE_REASONS,
    EVENTS,
    FAIL_REASONS,
    GROUNDS,
    OUTCOMES,
    RULINGS,
    said,
)
from law import SHANGHAI, UnknownRule, load
from law.taxonomy import load as taxonomy
from services.routing.choice import LEVEL_ZH
from services.routing.limits import last_day


@dataclass(frozen=True, slots=True)
class Why:
    """What made a step: a rule's id, the article that it stands in, and the words for a clerk."""

    text: str
    rule: str | None = None
    article: str | None = None


def explain(sequence: int, event: Event) -> dict[str, Any]:
    """One step: what happened, by which rule, why."""
    why = EXPLAINED[event.type](event)
    at: datetime | None = getattr(event, "legal_at", None)
    return {
        "sequence": sequence,
        "legal_at": at.astimezone(SHANGHAI).isoformat() if at else None,
        "event": event.type,
        "actor": getattr(event, "actor", None),
        "title": EVENTS[event.type],
        "rule": why.rule,
        "article": why.article,
        "why": why.text,
    }


def _by_gate(event: Any, text: str, rule_id: str) -> Why:
    """By a gate as it stood on the day of the act, where the dispute is."""
    try:
        gate = load().gate(rule_id, region=event.standing.place, on=event.legal_at)
    except UnknownRule:
        return Why(text, rule_id)
    return Why(text, rule_id, gate.citation_zh if gate else None)


def _registered(event: Any) -> Why:
    passed = f"，已过 {len(event.gates_passed)} 项法定条件" if event.gates_passed else ""
    kept = "；敏感事项，不自动分流" if event.sensitive else ""
    source = f"{said(event.channel, CHANNELS)}，{event.origin}"
    return Why(f"来源 {source}；类别 {_kind(event.matter.kind)}{passed}{kept}")


def _kind(code: str) -> str:
    """The kind by its name in the statistics of people's mediation; the code where it has none."""
    kinds = {kind.code: kind.name_zh for kind in taxonomy().named("people_mediation").categories}
    return f"{kinds[code]}（{code}）" if code in kinds else code


def _linked(event: Any) -> Why:
    return Why(
        f"与 {event.lead_code} 为同一纠纷：{'、'.join(said(one, GROUNDS) for one in event.grounds)}"
    )


def _offered(event: Any) -> Why:
    reasons = "；".join(reason.text for reason in event.reasons)
    passed = "；".join(f"{other.agency} {other.why_not}" for other in event.alternatives)
    text = f"选 {event.receiver}：{reasons}。答复期限：{event.due_because}"
    rule = event.reasons[0].rule if event.reasons else None
    return Why(f"{text}。未选：{passed}" if passed else text, rule)


def _declined(event: Any) -> Why:
    silent = "受理时限届满未答复，视为不受理"
    said_so = (
        silent if event.reason == "silence" else f"理由：{said(event.reason, DECLINE_REASONS)}"
    )
    return Why(said_so, "referral.accept")


def _escalated(event: Any) -> Why:
    path = load().levels(event.standing.place, on=event.legal_at) if event.standing else None
    climb = f"{LEVEL_ZH[event.from_level]} → {LEVEL_ZH[event.to_level]}"
    return Why(
        f"{climb}：{event.because}", path.id if path else None, path.citation_zh if path else None
    )


def _failed(event: Any) -> Why:
    end = "；已无上一级，退回来源机构" if event.exhausted else ""
    return _by_gate(
        event,
        f"理由：{said(event.reason, FAIL_REASONS)}；已告知其他途径{end}",
        "mediation.failure.inform",
    )


def _agreed(event: Any) -> Why:
    form = "书面" if event.form == "written" else "口头"
    rule = "content" if event.form == "written" else "oral_recorded"
    return _by_gate(
        event, f"{form}协议，分 {event.instalments} 期履行", f"mediation.agreement.{rule}"
    )


def _recorded(event: Any) -> Why:
    text = f"第 {event.instalment} 期，共 {event.instalments} 期"
    return _by_gate(event, text, "mediation.performance.supervised")


def _performed(event: Any) -> Why:
    return _by_gate(event, "全部履行", "mediation.performance.supervised")


def _breached(event: Any) -> Why:
    return _by_gate(
        event, f"第 {event.instalment} 期未履行，可以起诉", "mediation.performance.suit"
    )


def _applied(event: Any) -> Why:
    text = f"双方共同向 {event.court} 申请，材料 {len(event.package)} 份"
    return _by_gate(event, text, "confirmation.apply.window")


def _ruled(event: Any) -> Why:
    cited = "、".join(_ground(event, ground) for ground in event.grounds)
    grounds = f"：{cited}" if cited else ""
    rule = event.grounds[0] if event.grounds else "confirmation.ruling"
    return _by_gate(event, f"{said(event.ruling, RULINGS)}{grounds}", rule)


def _ground(event: Any, rule_id: str) -> str:
    article = _by_gate(event, "", rule_id).article
    return f"{article}（{rule_id}）" if article else rule_id


def _closing(event: Any) -> Why:
    return _by_gate(event, "协议履行后双方书面申请", "police.close.application")


def _closed(event: Any) -> Why:
    if event.outcome == "not_punished":
        return _by_gate(
            event, "协议已履行，双方书面申请，公安机关认可：不予处罚", "police.close.approval"
        )
    return Why(said(event.outcome, OUTCOMES))


def _of_clock(text: str) -> Callable[[Any], Why]:
    def why(event: Any) -> Why:
        end = f"至 {last_day(event.ends_at)}" if event.ends_at else "届满日未知"
        return Why(text.format(event=event, end=end), event.rule, event.citation)

    return why


def _clock_set(event: Any) -> Why:
    end = f"至 {last_day(event.ends_at)}" if event.ends_at else f"届满日未知（{event.unknown}）"
    begun = "" if event.unknown else f"{event.started_by} 起算，"
    return Why(f"{begun}{end}", event.rule, event.citation)


EXPLAINED: Mapping[str, Callable[[Any], Why]] = {
    "dispute.registered": _registered,
    "dispute.linked": _linked,
    "dispute.closed": _closed,
    "referral.offered": _offered,
    "referral.received": lambda _e: Why("机构系统已收到，尚未受理"),
    "referral.accepted": lambda _e: Why("自此承办"),
    "referral.declined": _declined,
    "referral.escalated": _escalated,
    "mediation.started": lambda e: Why(f"第 {e.session} 次"),
    "mediation.failed": _failed,
    "agreement.reached": _agreed,
    "agreement.performed": _performed,
    "agreement.breached": _breached,
    "performance.recorded": _recorded,
    "confirmation.applied": _applied,
    "confirmation.ruled": _ruled,
    "closing.applied": _closing,
    "clock.set": _clock_set,
    "clock.warned": _of_clock("将届满，{end}"),
    "clock.expired": _of_clock("已届满（{end}）"),
    "clock.reinstated": _of_clock("期限内作出的行为已送达，届满撤销（{end}）"),
    "clock.stopped": _of_clock("{event.because}"),
}
