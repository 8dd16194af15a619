"""`fengqiao law number|calendar|map`: a number's parts, a printed year, the crosswalk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import law
from fengqiao.cli.law.answers import CHECKED_INVALID, answering, tell
from fengqiao.cli.law.questions import Parts, Wrong, a_region
from law.calendar_page import calendar_page

NUMBERS_ZH = {
    "dispute_code": "案码",
    "court_case": "案号",
    "dossier": "人民调解卷号",
    "citizen_id": "公民身份号码",
    "uscc": "统一社会信用代码",
    "division": "区划代码",
    "police_call": "接警单号",
    "petition": "信访件编号",
}
PARTS_ZH = {
    "year": "年份",
    "court": "法院",
    "special": "专门审判",
    "type": "类型",
    "seq": "序号",
    "suffix": "后缀",
    "birth": "出生日期",
    "sex": "性别",
    "division": "区划",
    "registrar": "登记机关",
    "category": "机构类别",
    "org_code": "主体代码",
    "level": "层级",
    "name": "名称",
    "full_name": "全称",
    "parent": "上级",
    "status": "状态",
    "successors": "承接",
    "county": "区县",
    "random": "随机部分",
    "place": "地名",
    "date": "日期",
    "region": "登记写法的地方",
}
LEVELS_ZH = {
    "province": "省级", "city": "地级", "county": "县级", "township": "乡级", "village": "村级"
}  # fmt: skip


def calendar(year: int, *, tables: Sequence[Path], as_json: bool) -> None:
    """A year's days off and make-up days."""
    with answering(as_json):
        known = law.load(*tables).calendar
        if not known.first.year <= year <= known.last.year:
            told = f"没有 {year} 年的工作日历，有 {known.first.year} 至 {known.last.year} 年"
            why = f"{told}；怎样添加见 docs/law.md / no calendar of that year"
            raise Wrong({"year": why})
        page = calendar_page(year, known)
        tell(page.as_dict(), page.text(), as_json)


def number(text: str, *, region: str, tables: Sequence[Path], as_json: bool) -> None:
    """What a number is, its parts, and which part is wrong; exit code 1 for an invalid one."""
    with answering(as_json):
        parts = Parts()
        place = parts.read("region", a_region, region)
        parts.require_all()
        data = _dispute_code(text) or _external(text, place, tables)
        tell(data, "\n".join(_reading(data)), as_json)
        if not data["valid"]:
            raise SystemExit(CHECKED_INVALID)


def map_text(text: str, *, source: str, target: str, tables: Sequence[Path], as_json: bool) -> None:
    """What a category of one list is in another, and when a person must decide."""
    from law import taxonomy

    with answering(as_json):
        try:
            crossing = taxonomy.load(*tables).cross(text, source, target)
        except taxonomy.UnknownCategory as unknown:
            raise Wrong({"text": str(unknown)}, unknown.nearest) from unknown
        tell(crossing.as_dict(), crossing.text(), as_json)


def _dispute_code(text: str) -> dict[str, Any] | None:
    """Our own code, if the text reads as one; it is no number of the outside world."""
    from exchange.contracts import dispute_code

    try:
        code = dispute_code.parse(text)
    except dispute_code.BadDisputeCode:
        return None
    county, year, random, _ = code.split("-")
    parts = {"county": county, "year": int(year), "random": random}
    return {
        "kind": "dispute_code", "valid": True, "canonical": code, "parts": parts, "problem": None
    }  # fmt: skip


def _external(text: str, region: str, tables: Sequence[Path]) -> dict[str, Any]:
    from law import numbers

    return numbers.number(text, region=region, local=numbers.patterns(*tables)).as_dict()


def _reading(data: dict[str, Any]) -> list[str]:
    kind = NUMBERS_ZH.get(data["kind"], "不认识的号码")
    if not data["valid"]:
        return [f"✗ {kind}：{data['problem']}"]
    parts = "；".join(
        f"{PARTS_ZH.get(name, name)} {_said(name, value)}"
        for name, value in data["parts"].items()
        if value
    )
    return [f"{kind}：{data['canonical']}", f"  {parts}"]


def _said(name: str, value: Any) -> str:
    """A part's value as a clerk reads it."""
    from law.divisions import STATUS_ZH

    if name == "status":
        return STATUS_ZH.get(value, "没有收录，只核对到乡级")
    if isinstance(value, list):
        return "、".join(value)
    return LEVELS_ZH[value] if name == "level" else str(value)
