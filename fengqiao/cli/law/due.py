"""`fengqiao law due`: when a limit ends, step by step, with its article."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import law
from fengqiao.cli.law.answers import RULE_KINDS_ZH, answering, tell
from fengqiao.cli.law.grounds import Grounds, pause_grounds, restart_grounds
from fengqiao.cli.law.no_limit import why_no_limit
from fengqiao.cli.law.questions import Parts, a_region
from fengqiao.cli.law.written_days import a_day_with_ground, a_moment, a_period
from law.local_time import SHANGHAI, local_day

WEEKDAYS_ZH = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Asked:
    """What happened to the clock, as the user told it."""

    start: date | datetime
    region: str
    pauses: tuple[law.Pause, ...]
    extensions: tuple[law.Extension, ...]
    restarts: tuple[law.Restart, ...]
    in_custody: bool


def due(
    rule: str,
    *,
    start: str,
    paused: Sequence[str],
    extended: int,
    extended_by: int | None,
    restarted: Sequence[str],
    in_custody: bool,
    region: str,
    variant: str | None,
    version: str | None,
    tables: Sequence[Path],
    as_json: bool,
) -> None:
    """When the limit `rule` ends that an act of `start` started."""
    with answering(as_json):
        book, parts = law.load(*tables), Parts()
        parts.read("rule", partial(_require_clock, book), rule)
        pause = partial(_pause, pause_grounds(book, rule))
        restart = partial(_restart, restart_grounds(book, rule))
        asked = Asked(
            start=parts.read("from", a_moment, start),
            region=parts.read("region", a_region, region),
            pauses=tuple(parts.read(f"paused {text}", pause, text) for text in paused),
            extensions=(parts.read("by", law.Extension, extended_by),) * extended,
            restarts=tuple(parts.read(f"restarted {text}", restart, text) for text in restarted),
            in_custody=in_custody,
        )
        parts.read("variant", partial(_require_variant, book, rule), variant)
        bound = parts.read("version", partial(_bound, book, rule), version)
        parts.require_all()
        found = bound or book.clock(
            rule, region=asked.region, started_on=asked.start, variant=variant
        )
        if found is None:
            day = local_day(asked.start)
            why = why_no_limit(book, rule, region=asked.region, day=day, variant=variant)
            tell(_no_data(rule, why), f"{rule}\n  届满：未知。{why}", as_json)
        else:
            answer = _due(found, asked)
            tell(_data(found, answer), "\n".join(_lines(found, answer)), as_json)


def _require_clock(book: law.Law, rule: str) -> None:
    """UnknownRule for an id of no table; ValueError for one that is there and has no due date."""
    found = next((known for known in book.rules if known.id == rule), None)
    if found is None:
        raise law.UnknownRule(rule, (known.id for known in book.clocks))
    if found.kind != "clock":
        raise ValueError(
            f"{rule}（{found.title_zh}）是{RULE_KINDS_ZH[found.kind]}，不是期限，"
            f"没有届满之日；请用 fengqiao law show {rule} / a rule that is no clock"
        )


def _require_variant(book: law.Law, rule: str, variant: str | None) -> None:
    versions = [one for one in book.clocks if one.id == rule]
    known = sorted({one.variant for one in versions if one.variant})
    if versions and variant is not None and variant not in known:
        told = f"只有：{'、'.join(known)}" if known else "不分情形"
        raise ValueError(f"{rule} 没有情形“{variant}”，{told} / unknown variant")


def _bound(book: law.Law, rule: str, version: str | None) -> law.ClockRule | None:
    """The version that the clock is bound to, if it was said; one of no rule is not looked for."""
    if version is None or all(one.id != rule for one in book.clocks):
        return None
    found = book.clock_version(version if "@" in version else f"{rule}@{version}")
    if found.id != rule:
        raise ValueError(f"{version} 不是 {rule} 的版本 / a version of another rule")
    return found


def _due(rule: law.ClockRule, asked: Asked) -> law.Due:
    return rule.due(asked.start, asked.pauses, asked.extensions, asked.restarts, asked.in_custody)


def _pause(grounds: Grounds, text: str) -> law.Pause:
    first, last, ground = a_period(text)
    return law.Pause(first, last, _ground(grounds, ground))


def _restart(grounds: Grounds, text: str) -> law.Restart:
    day, ground = a_day_with_ground(text)
    return law.Restart(day, _ground(grounds, ground))


def _ground(grounds: Grounds, text: str) -> str | None:
    return grounds.code(text) if text else None


def _no_data(rule_id: str, why: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("instrument", "article", "unit", "due", "version", "not_before"))
    flags = dict.fromkeys(
        ("rolled", "extended", "pause_refused", "extension_refused", "restart_refused"), False
    )
    return {
        "rule": rule_id, **nothing, **flags, "status": "unknown", "unknown": why,
        "steps": [], "refused": [],
    }  # fmt: skip


def _data(rule: law.ClockRule, due: law.Due) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "instrument": rule.instrument_zh,
        "article": rule.row.article,
        "unit": rule.unit,
        "due": _shown(due, rule),
        "status": "unknown" if due.unknown else "known",
        "unknown": due.unknown,
        "not_before": due.not_before.isoformat() if due.not_before else None,
        "rolled": due.rolled,
        "extended": due.extended,
        "pause_refused": due.pause_refused,
        "extension_refused": due.extension_refused,
        "restart_refused": due.restart_refused,
        "version": rule.version,
        "mark": rule.mark,
        "signed": rule.signed,
        "warn_at": [at.isoformat() for at in due.warn_at],
        "steps": [step.zh for step in due.steps],
        "refused": [refusal.zh for refusal in due.refused],
    }


def _shown(due: law.Due, rule: law.ClockRule) -> str | None:
    if due.on is None or due.ends_at is None:
        return None
    if rule.unit == "hour":
        return due.ends_at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    return due.on.isoformat()


def _lines(rule: law.ClockRule, due: law.Due) -> Iterator[str]:
    yield f"{rule.title_zh}（{rule.id}）"
    yield f"  依据：{rule.citation_zh}"
    yield f"  版本：{rule.version}；把握 {rule.mark}；{rule.signed_zh}"
    yield from (f"  {step.zh}" for step in due.steps)
    yield from _refusals(due.refused)
    if due.unknown:
        early = f"；不早于 {due.not_before}" if due.not_before else ""
        yield f"  届满：未知。{due.unknown}{early}"
    elif due.on is not None:
        last = str(_shown(due, rule)).replace("T", " ")
        yield f"  届满：{last}（周{WEEKDAYS_ZH[due.on.weekday()]}）"
    if rule.row.on_expiry_zh:
        yield f"  逾期：{rule.row.on_expiry_zh}"
    if rule.row.note:
        yield f"  注：{rule.row.note}"


def _refusals(refused: Sequence[law.Refusal]) -> Iterator[str]:
    asked_zh = {
        "pause_refused": "扣除",
        "extension_refused": "延长",
        "restart_refused": "重新计算",
    }
    for refusal in refused:
        yield f"  不予{asked_zh[refusal.code]}：{refusal.zh}"
