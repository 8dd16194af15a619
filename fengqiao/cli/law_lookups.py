"""`fengqiao law number|calendar`: a number's parts, a printed year."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import law
from fengqiao.cli.law_answers import answering, tell
from law.calendar_page import calendar_page

KINDS_ZH = {
    "dispute_code": "案码",
    "court_case": "案号",
    "dossier": "人民调解卷号",
    "citizen_id": "公民身份号码",
    "uscc": "统一社会信用代码",
    "division": "区划代码",
    "police_call": "接警单号",
    "petition": "信访件编号",
}


def calendar(year: int, *, tables: Sequence[Path], as_json: bool) -> None:
    """A year's days off and make-up days."""
    with answering(as_json):
        page = calendar_page(year, law.load(*tables).calendar)
        tell(page.as_dict(), page.text(), as_json)


def number(text: str, *, region: str, as_json: bool) -> None:
    """What a number is, its parts, and which part is wrong."""
    with answering(as_json):
        data = _dispute_code(text) or _external(text, region)
        tell(data, "\n".join(_reading(data)), as_json)


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


def _external(text: str, region: str) -> dict[str, Any]:
    from law import numbers

    return numbers.number(text, region=region).as_dict()


def _reading(data: dict[str, Any]) -> list[str]:
    kind = KINDS_ZH.get(data["kind"], "不认识的号码")
    if not data["valid"]:
        return [f"✗ {kind}：{data['problem']}"]
    parts = "；".join(f"{name} {value}" for name, value in data["parts"].items())
    return [f"{kind}：{data['canonical']}", f"  {parts}"]
