"""What a signature covers, in a lawyer's words: every field of a row that rules, none left out."""

from collections.abc import Iterator, Mapping
from typing import Any

from law.clock_rows import UNIT_ZH, ClockRow
from law.rows import Row
from law.rule import Rule

ALSO, ROLL, WARNING, EXPIRY = "并见", "顺延依据", "预警", "逾期"

FIELDS_ZH: Mapping[str, str] = {
    "id": "规则", "title_zh": "名称", "title_en": "英文名称", "instrument": "规范",
    "article": "条文", "quote": "原文", "also": ALSO, "valid_from": "起", "valid_to": "止",
    "transition": "新旧衔接", "region": "区划", "basis": "性质", "mark": "把握",
    "variant": "情形", "start_act_zh": "起算", "start_act_en": "英文起算", "unit": "单位",
    "budget": "期限", "rolls": "顺延", "rolls_by": ROLL, "rolls_mark": "顺延的把握",
    "rolls_in_custody": "在押也顺延", "pauses": "扣除", "restarts": "重新计算",
    "extension": "延长", "warn_after": WARNING, "warn_mark": "预警的把握", "on_expiry_zh": EXPIRY,
    "ground": "事由", "zh": "名称", "en": "英文", "granted_by": "延长主体", "by_zh": "怎样延长",
    "by_en": "英文怎样延长", "amount": "数量", "amount_to": "至", "count_max": "至多次数",
    "message_zh": "说法", "message_en": "英文说法", "steps": "步骤", "code": "代码",
    "name_zh": "名称", "name_en": "英文名称", "is_level": "有调委会", "handles_zh": "办理",
    "topic": "事项", "entries": "各项", "says_zh": "内容",
}  # fmt: skip
"""Every field that a table may have, save those that no signature covers."""

_VALUES_ZH: Mapping[str, str] = {
    "statute": "全国规定",
    "regional": "地方规定",
    "agreed": "约定",
    **{str(unit): name for unit, name in UNIT_ZH.items()},
}


def content_lines(row: Row) -> Iterator[str]:
    """The row's covered content, a line for each field, as `content_sha256` covers it."""
    for name, value in row.content.items():
        yield f"{FIELDS_ZH[name]}：{_said(value)}"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "；".join(map(_said, value))
    if isinstance(value, dict):
        return "，".join(f"{FIELDS_ZH[name]} {_said(inner)}" for name, inner in value.items())
    return _VALUES_ZH.get(value, str(value))


def details(rule: Rule) -> dict[str, str]:
    """What a rule's one line leaves out, by column; empty where the rule says nothing of it."""
    return {ALSO: _also(rule), **dict.fromkeys((ROLL, WARNING, EXPIRY), ""), **_of_clock(rule.row)}


def _also(rule: Rule) -> str:
    cited = zip(rule.source.also_zh, rule.row.also, strict=True)
    return "；".join(f"{source}：{one.quote}" if one.quote else source for source, one in cited)


def _of_clock(row: Row) -> dict[str, str]:
    if not isinstance(row, ClockRow):
        return {}
    unit = "日" if row.unit == "month" else UNIT_ZH[row.unit]
    warning = f"第{'、'.join(map(str, row.warn_after))}{unit}" if row.warn_after else None
    return {
        ROLL: _marked(row.rolls_by, row.rolls_mark),
        WARNING: _marked(warning, row.warn_mark),
        EXPIRY: row.on_expiry_zh or "",
    }


def _marked(says: str | None, mark: str | None) -> str:
    return f"{says}（把握 {mark}）" if says and mark else says or ""
