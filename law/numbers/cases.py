"""Numbers of cases: a court's 案号, and the 卷号 of a people's mediation dossier."""

import re

from law.numbers.reading import NumberKind, NumberReading, PartValue, compact, wrong

Heads = tuple[tuple[str, str], ...]
"""How a number begins, longer and longer, and what is wrong where that stops to fit."""

_COURT_CASE = re.compile(
    r"^[（(〔](?P<year>\d{4})[）)〕](?P<court>最高法|[一-龥](?:\d{4}|\d{2})?)(?P<special>知)?"
    r"(?P<type>[一-龥]{1,6})(?P<seq>[1-9]\d*)号(?P<suffix>之[一二三四五六七八九十]+)?$"
)
_COURT_CASE_HEADS: Heads = (
    (r"^[（(〔]\d{4}[）)〕]", "年份：应为括号里的四位年份，如（2026）"),
    (
        r"^.{6}(?:最高法|[一-龥](?:\d{4}|\d{2})?)",
        "法院代字：应为省份简称加两位或四位数字，如 浙0803",
    ),
    (
        r"^.{6}(?:最高法|[一-龥](?:\d{4}|\d{2})?)知?[一-龥]{1,6}",
        "类型代字：应为一至六个汉字，如 民初、民特",
    ),
    (r"^.*?[一-龥][1-9]\d*号", "序号：应为不以 0 开头的数字，后接“号”"),
    (r"$.", "末尾：“号”之后只能是“之一”“之二”这样的后缀"),
)
_DOSSIER = re.compile(
    r"^[（(〔](?P<year>\d{4})[）)〕](?P<place>[一-龥]{0,12}?)人调字第(?P<seq>\d{1,9})号$"
)
_DOSSIER_HEADS: Heads = (
    (r"^[（(〔]\d{4}[）)〕]", "年份：应为括号里的四位年份，如（2026）"),
    (r"^.{6}[一-龥]{0,12}?人调字", "字号：年份之后应为“人调字”，前面可有地名简称"),
    (r"^.*?人调字第\d{1,9}号", "序号：应为“第”加数字加“号”，如 第12号"),
    (r"$.", "末尾：“号”之后不应再有别的字"),
)


def court_case(text: str) -> NumberReading:
    """案号 (法〔2018〕335号): （年）court, special, type, sequence 号, suffix; full-width brackets.

    Types are an open vocabulary. 诉前调 is read like any other and never generated: no number is
    made here.
    """
    number = compact(text)
    found = _COURT_CASE.match(number)
    if found is None:
        return _stops_at("court_case", number, _COURT_CASE_HEADS)
    named = found.groupdict(default="")
    parts: dict[str, PartValue] = {**named, "year": int(named["year"]), "seq": int(named["seq"])}
    canonical = (
        f"（{named['year']}）{named['court']}{named['special']}{named['type']}{named['seq']}号"
        f"{named['suffix']}"
    )
    return NumberReading("court_case", True, canonical, parts)


def dossier(text: str) -> NumberReading:
    """人民调解卷号, by common practice （年）人调字第N号, a place's short name before it allowed.

    Zeros before the sequence say nothing and are dropped.
    """
    number = compact(text)
    found = _DOSSIER.match(number)
    if found is None:
        return _stops_at("dossier", number, _DOSSIER_HEADS)
    year, place, seq = int(found["year"]), found["place"], int(found["seq"])
    if seq == 0:
        return wrong("dossier", "序号：应从 1 起")
    parts: dict[str, PartValue] = {"year": year, "place": place, "seq": seq}
    return NumberReading("dossier", True, f"（{year}）{place}人调字第{seq}号", parts)


def _stops_at(kind: NumberKind, number: str, heads: Heads) -> NumberReading:
    """The part of a number at which it stops to look like its kind."""
    return wrong(kind, next(problem for head, problem in heads if not re.match(head, number)))
