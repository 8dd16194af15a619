"""`fengqiao law show|list|check|diff`: what stands in the tables."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import law
from fengqiao.cli.law_answers import (
    RULE_KINDS_ZH,
    Parts,
    Wrong,
    a_day,
    a_region,
    answering,
    tell,
)
from fengqiao.cli.law_content import content_lines
from law import numbers, taxonomy
from law.examples import faults_of_examples
from law.regions import NATION, chain
from law.rule import Rule
from law.shape import plain

UNSHOWN = frozenset({"examples", "signed_by", "signed_on", "signed_sha256"})


def show(rule: str, *, tables: Sequence[Path], as_json: bool) -> None:
    """Every version of a rule: places, articles, marks."""
    with answering(as_json):
        book = law.load(*tables)
        found = [one for one in book.rules if one.id == rule]
        if not found:
            raise law.UnknownRule(rule, (one.id for one in book.rules))
        data = {"rule": rule, "kind": found[0].kind, "versions": [_whole(one) for one in found]}
        tell(data, "\n".join(line for one in found for line in _lines(one)), as_json)


def list_rules(
    *,
    instrument: str | None,
    link: str | None,
    region: str | None,
    tables: Sequence[Path],
    as_json: bool,
) -> None:
    """The rules, narrowed by a part of an instrument's name, a family or a place."""
    with answering(as_json):
        places = _places(region)
        found = [
            one
            for one in law.load(*tables).rules
            if (places is None or one.row.region in places)
            and (link is None or one.id.partition(".")[0] == link)
            and (instrument is None or instrument in f"{one.row.instrument}{one.instrument_zh}")
        ]
        page = "\n".join(
            f"{one.version:<50} {one.title_zh}　{one.citation_zh}（{one.mark}）" for one in found
        )
        tell({"rules": [_brief(one) for one in found]}, page or "没有这样的规则", as_json)


def check(*, tables: Sequence[Path], as_json: bool) -> None:
    """Validate every table and work every example again."""
    with answering(as_json):
        book = _every_table(tables)
        wrong = faults_of_examples(book.clocks)
        if wrong:
            raise Wrong({f"example {n}": why for n, why in enumerate(wrong, 1)})
        counts = Counter(one.kind for one in book.rules)
        unsigned = sum(not one.signed for one in book.rules)
        first, last = book.calendar.first.year, book.calendar.last.year
        data = {
            "clean": True,
            "faults": [],
            "counts": dict(counts),
            "unsigned": unsigned,
            "examples": sum(len(rule.row.examples) for rule in book.clocks),
            "calendar": {"first": first, "last": last},
        }
        told = "、".join(f"{RULE_KINDS_ZH[kind]} {number} 条" for kind, number in counts.items())
        page = (
            f"规则表无误：{told}；例子 {data['examples']} 个都算对；"
            f"未经审签 {unsigned} 条；工作日历 {first}–{last} 年"
        )
        tell(data, page, as_json)


def diff(*, at: Sequence[str], region: str, tables: Sequence[Path], as_json: bool) -> None:
    """Which rules in force changed between two dates."""
    with answering(as_json):
        parts = Parts()
        days: list[date] = [parts.read(f"at {text}", a_day, text) for text in at]
        place = parts.read("region", a_region, region)
        parts.require_all()
        before, after = (_in_force(law.load(*tables), place, day) for day in sorted(days))
        data = {
            "from": min(days).isoformat(),
            "to": max(days).isoformat(),
            "added": sorted(after[key].version for key in after.keys() - before.keys()),
            "ended": sorted(before[key].version for key in before.keys() - after.keys()),
            "changed": [
                {"rule": before[key].id, "before": _brief(before[key]), "after": _brief(after[key])}
                for key in sorted(before.keys() & after.keys(), key=str)
                if before[key].version != after[key].version
            ],
        }
        tell(data, "\n".join(_changes(data)), as_json)


def _every_table(tables: Sequence[Path]) -> law.Law:
    """The law, after the lists and patterns that stand beside it; LawTableError with all faults."""
    faults: list[law.TableFault] = []
    for load in (taxonomy.load, numbers.patterns, law.load):
        try:
            load(*tables)
        except law.LawTableError as error:
            faults += error.faults
    if faults:
        raise law.LawTableError(faults)
    return law.load(*tables)


Key = tuple[str, str, str | None]


def _in_force(book: law.Law, region: str, day: date) -> dict[Key, Rule]:
    places = chain(region)
    return {
        (one.id, one.row.region, one.variant): one
        for one in book.rules
        if one.row.region in places and one.holds_on(day)
    }


def _places(region: str | None) -> Sequence[str] | None:
    if region is None:
        return None
    parts = Parts()
    code = parts.read("region", a_region, region)
    parts.require_all()
    return chain(code)


def _brief(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "version": rule.version,
        "kind": rule.kind,
        "title": rule.title_zh,
        "instrument": rule.instrument_zh,
        "article": rule.row.article,
        "region": rule.row.region,
        "value": rule.value_zh,
        "mark": rule.mark,
        "signed": rule.signed,
    }


def _whole(rule: Rule) -> dict[str, Any]:
    row = plain(rule.row, without=UNSHOWN)
    return {**row, **_brief(rule), "sha256": rule.row.content_sha256, "signature": rule.signed_zh}


def _lines(rule: Rule) -> Iterator[str]:
    row = rule.row
    until = f"至 {row.valid_to}" if row.valid_to else "起"
    place = "全国" if row.region == NATION else row.region
    yield f"{rule.version}　{rule.title_zh}（{RULE_KINDS_ZH[rule.kind]}）"
    yield f"  {rule.value_zh}"
    yield f"  依据：{rule.citation_zh}；{place}；{row.valid_from} {until}；把握 {rule.mark}"
    if row.note:
        yield f"  注（不在审签之内）：{row.note}"
    yield f"  {rule.signed_zh}；校验值 {row.content_sha256}，盖住以下全部内容："
    yield from (f"    {line}" for line in content_lines(row))


def _changes(data: dict[str, Any]) -> Iterator[str]:
    yield f"{data['from']} → {data['to']}"
    yield from (f"  新增 {version}" for version in data["added"])
    yield from (f"  失效 {version}" for version in data["ended"])
    for one in data["changed"]:
        before, after = one["before"], one["after"]
        yield f"  改变 {one['rule']}：{before['value']}"
        yield f"      （{before['instrument']}{before['article']}）"
        yield f"    → {after['value']}"
        yield f"      （{after['instrument']}{after['article']}）"
    if not (data["added"] or data["ended"] or data["changed"]):
        yield "  没有变化"
