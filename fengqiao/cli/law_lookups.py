"""`fengqiao law number|calendar|map`: a number's parts, a printed year, the crosswalk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import law
from fengqiao.cli.law_answers import CHECKED_INVALID, answering, tell
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
}


def calendar(year: int, *, tables: Sequence[Path], as_json: bool) -> None:
    """A year's days off and make-up days."""
    with answering(as_json):
        page = calendar_page(year, law.load(*tables).calendar)
        tell(page.as_dict(), page.text(), as_json)


def number(text: str, *, region: str, tables: Sequence[Path], as_json: bool) -> None:
    """What a number is, its parts, and which part is wrong; exit code 1 for an invalid one."""
    with answering(as_json):
        data = _dispute_code(text) or _external(text, region, tables)
        tell(data, "\n".join(_reading(data)), as_json)
        if not data["valid"]:
            raise SystemExit(CHECKED_INVALID)


def map_text(text: str, *, source: str, target: str, tables: Sequence[Path], as_json: bool) -> None:
    """What a category of one list is in another, and when a person must decide."""
    from law import taxonomy

    with answering(as_json):
        crossing = taxonomy.load(*tables).cross(text, source, target)
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
        f"{PARTS_ZH.get(name, name)} {value}" for name, value in data["parts"].items() if value
    )
    return [f"{kind}：{data['canonical']}", f"  {parts}"]
