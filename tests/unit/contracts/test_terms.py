"""Every closed word has its Chinese, and the glossary says the same."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from exchange.contracts import terms, topics, vocabulary
from exchange.contracts.terms import said

GLOSSARY = (Path(__file__).parents[3] / "docs/glossary.md").read_text(encoding="utf-8")

LISTS: dict[str, tuple[Mapping[Any, str], Any]] = {
    "act": (terms.ACTS, vocabulary.Act),
    "channel": (terms.CHANNELS, vocabulary.Channel),
    "decline_reason": (terms.DECLINE_REASONS, vocabulary.DeclineReason),
    "fail_reason": (terms.FAIL_REASONS, vocabulary.FailReason),
    "ruling": (terms.RULINGS, vocabulary.Ruling),
    "outcome": (terms.OUTCOMES, vocabulary.ClosingOutcome),
}


@pytest.mark.parametrize("name", LISTS)
def test_every_word_of_a_list_has_its_chinese_and_the_glossary_the_same(name: str) -> None:
    table, words = LISTS[name]
    (row,) = re.findall(rf"^\| [^|]+ \| `{name}` \| (.+?) \| [^|]+ \|$", GLOSSARY, re.MULTILINE)

    assert tuple(table) == get_args(words)
    explained = dict(re.findall(r"`(\w+)` ([^,]+)", row))
    assert {code: explained[code] for code in table} == dict(table)


def test_every_kind_of_agency_has_its_chinese_and_the_glossary_the_same() -> None:
    assert tuple(terms.AGENCY_KINDS) == get_args(vocabulary.AgencyKind)
    missing = [c for c, zh in terms.AGENCY_KINDS.items() if f"| {zh} | `{c}` |" not in GLOSSARY]
    assert missing == []


def test_every_event_of_a_story_has_its_chinese_and_the_glossary_the_same() -> None:
    assert terms.EVENTS.keys() >= topics.CANONICAL_TYPES
    rows = dict(re.findall(r"^\| ([^|]+) \| `(\w+\.\w+)` \|", GLOSSARY, re.MULTILINE))
    called = {code: zh.split("、") for zh, code in rows.items()}
    assert [code for code, zh in terms.EVENTS.items() if zh not in called[code]] == []


def test_a_word_is_said_in_chinese_with_its_code_in_brackets() -> None:
    assert said("no_capacity", terms.DECLINE_REASONS) == "力量不足（no_capacity）"
    assert said("days_apart:3", terms.GROUNDS) == "相隔天数 3（days_apart）"
    assert said("tired", terms.DECLINE_REASONS) == "tired"
