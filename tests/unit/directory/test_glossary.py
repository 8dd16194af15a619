"""The glossary has every closed word of the contracts, every event type and every dispute kind."""

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

from exchange.contracts import topics, vocabulary
from services.directory.districts import LETTERS
from services.directory.facts.reading import read

GLOSSARY = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS = frozenset(re.findall(r"`([^`]+)`", GLOSSARY))


def test_every_word_of_the_contracts_vocabulary_is_explained() -> None:
    lists = [value for value in vars(vocabulary).values() if get_origin(value) is Literal]
    used = {word for closed in lists for word in get_args(closed)}
    assert "hand_over" in used
    assert sorted(used - WORDS) == []


def test_every_event_type_of_a_dispute_is_explained() -> None:
    assert sorted(topics.CANONICAL_TYPES - WORDS) == []


def test_every_dispute_kind_stands_under_its_chinese_name() -> None:
    missing = [
        kind.slug
        for kind in read("330803").kinds
        if f"| {kind.name_zh} | `{kind.slug}` |" not in GLOSSARY
    ]
    assert missing == []


def test_every_kind_of_agency_stands_with_the_letters_of_its_code() -> None:
    missing = [
        kind for kind, letters in LETTERS.items() if f"| `{kind}` | {letters} |" not in GLOSSARY
    ]
    assert missing == []
