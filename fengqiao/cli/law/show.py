"""`fengqiao law show`: every version of a rule, which is in force, and what it followed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import law
from fengqiao.cli.law.answers import RULE_KINDS_ZH, answering, tell
from fengqiao.cli.law.content import content_lines
from fengqiao.cli.law.questions import Parts, place_name
from fengqiao.cli.law.rules import brief
from fengqiao.cli.law.written_days import a_day
from law.local_time import SHANGHAI
from law.regions import NATION
from law.rule import Rule
from law.shape import plain

Standing = Literal["in_force", "ended", "not_yet"]
STANDING_ZH: Mapping[Standing, str] = {
    "in_force": "现行", "ended": "已失效", "not_yet": "尚未施行"
}  # fmt: skip
UNSHOWN = frozenset({"examples", "signed_by", "signed_on", "signed_sha256"})


def show(rule: str, *, on: str | None, tables: Sequence[Path], as_json: bool) -> None:
    """Every version of a rule by place, the latest first, and how it stands `on` a day or today."""
    with answering(as_json):
        book, parts = law.load(*tables), Parts()
        found = parts.read("rule", lambda text: _versions(book, text), rule)
        day = parts.read("on", a_day, on) if on else datetime.now(SHANGHAI).date()
        parts.require_all()
        versions = [_whole(one, found, day) for one in found]
        data = {"rule": rule, "kind": found[0].kind, "on": str(day), "versions": versions}
        lines = [line for one in found for line in _lines(one, found, day)]
        tell(data, "\n".join((f"{rule}：{len(found)} 个版本，{day} 的状态", *lines)), as_json)


def _versions(book: law.Law, rule: str) -> list[Rule]:
    """The nation's first, then place by place, the latest of each first; UnknownRule for none."""
    found = [one for one in book.rules if one.id == rule]
    if not found:
        raise law.UnknownRule(rule, (one.id for one in book.rules))
    found.sort(key=lambda one: one.row.valid_from, reverse=True)
    return sorted(found, key=lambda one: (one.row.region != NATION, *_line(one)))


def _line(rule: Rule) -> tuple[str, str]:
    """What a rule's versions follow one another in: one place, one kind of case."""
    return rule.row.region, rule.variant or ""


def _standing(rule: Rule, day: date) -> Standing:
    if day < rule.row.valid_from:
        return "not_yet"
    return "in_force" if rule.holds_on(day) else "ended"


def _neighbours(rule: Rule, versions: Sequence[Rule]) -> tuple[Rule | None, Rule | None]:
    """The version before it and the one after it, in its place."""
    line = [one for one in versions if _line(one) == _line(rule)]
    at = line.index(rule)
    after = line[at - 1] if at else None
    return (line[at + 1] if at + 1 < len(line) else None), after


def _whole(rule: Rule, versions: Sequence[Rule], day: date) -> dict[str, Any]:
    before, after = _neighbours(rule, versions)
    return {
        **plain(rule.row, without=UNSHOWN),
        **brief(rule),
        "standing": _standing(rule, day),
        "before": before.version if before else None,
        "after": after.version if after else None,
        "sha256": rule.row.content_sha256,
        "signature": rule.signed_zh,
    }


def _lines(rule: Rule, versions: Sequence[Rule], day: date) -> Iterator[str]:
    row = rule.row
    before, after = _neighbours(rule, versions)
    until = f"至 {row.valid_to}" if row.valid_to else "起"
    place = "全国" if row.region == NATION else f"{place_name(row.region)}（{row.region}）"
    yield ""
    yield (
        f"【{STANDING_ZH[_standing(rule, day)]}】{rule.version}　"
        f"{rule.title_zh}（{RULE_KINDS_ZH[rule.kind]}）"
    )
    yield f"  {rule.value_zh}"
    yield f"  依据：{rule.citation_zh}；{place}；{row.valid_from} {until}；把握 {rule.mark}"
    if before:
        yield f"  之前是 {before.version}"
    if after:
        yield f"  之后是 {after.version}"
    if row.note:
        yield f"  注（不在审签之内）：{row.note}"
    yield f"  {rule.signed_zh}；校验值 {row.content_sha256}，盖住以下全部内容："
    yield from (f"    {line}" for line in content_lines(row))
