"""`fengqiao law list|check|diff`: what stands in the tables."""

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import law
from fengqiao.cli.law.answers import RULE_KINDS_ZH, answering, tell
from fengqiao.cli.law.questions import Parts, Wrong, a_region
from fengqiao.cli.law.written_days import a_day
from law import numbers, taxonomy
from law.errors import NEAREST_MAX
from law.examples import faults_of_examples
from law.regions import chain
from law.rule import Rule


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
        rules, parts = law.load(*tables).rules, Parts()
        parts.read("link", partial(_require_link, rules), link)
        parts.read("instrument", partial(_require_instrument, rules), instrument)
        places = parts.read("region", _places, region)
        parts.require_all()
        found = [
            one
            for one in rules
            if (places is None or one.row.region in places)
            and (link is None or _link(one) == link)
            and (instrument is None or instrument in _instrument(one))
        ]
        page = "\n".join(
            f"{one.version:<50} {one.title_zh}　{one.citation_zh}（{one.mark}）" for one in found
        )
        tell({"rules": [brief(one) for one in found]}, page or "没有这样的规则", as_json)


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
        own = len(book.rules) - len(law.load().rules)
        data = {
            "clean": True,
            "faults": [],
            "counts": dict(counts),
            "own": own,
            "unsigned": unsigned,
            "examples": sum(len(rule.row.examples) for rule in book.clocks),
            "calendar": {"first": first, "last": last},
        }
        told = "、".join(f"{RULE_KINDS_ZH[kind]} {number} 条" for kind, number in counts.items())
        told += f"，其中本地的 {own} 条" if tables else ""
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
                {"rule": before[key].id, "before": brief(before[key]), "after": brief(after[key])}
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
    return None if region is None else chain(a_region(region))


def _link(rule: Rule) -> str:
    return rule.id.partition(".")[0]


def _instrument(rule: Rule) -> str:
    return f"{rule.row.instrument} {rule.instrument_zh}"


def _require_link(rules: Sequence[Rule], link: str | None) -> None:
    known = dict.fromkeys(map(_link, rules))
    if link is not None and link not in known:
        raise ValueError(f"没有以“{link}”开头的规则；有：{'、'.join(known)} / no such link")


def _require_instrument(rules: Sequence[Rule], instrument: str | None) -> None:
    known = dict.fromkeys(one.row.instrument for one in rules)
    if instrument is not None and not any(instrument in _instrument(one) for one in rules):
        near = difflib.get_close_matches(instrument, known, NEAREST_MAX, cutoff=0.3)
        raise ValueError(
            f"没有规则依据名称含“{instrument}”的规范；相近的有：{'、'.join(near) or '无'}；"
            "规范的名称见 fengqiao law list / no rule cites such an instrument"
        )


def brief(rule: Rule) -> dict[str, Any]:
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
