"""Words that have no place here: names that say nothing, promises for later, other people's hosts.

The words stand here in pieces or backwards, so that this file may be searched like any other.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.tidy.repository import nothing_to_mend, python, readable, tree

EMPTY_WORDS = frozenset(
    {"util", "utils", "common", "helper", "helpers", "manager", "misc", "stuff"}
)
LATER = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
BACKWARDS = (
    "gro.ipyp",
    "gro.detsohnohtyp.selif",
    "gro.sjmpn.yrtsiger",
    "oi.setarc",
    "gnalog.yxorp",
    "gro.nevam.1oper",
    "gro.ehcapa.nevam.oper",
    "gro.naibed.bed",
    "oiduts-mraf",
    "yrarbil./",
)
ELSEWHERE = re.compile(
    "|".join(re.escape(word[::-1]) for word in BACKWARDS) + "|(?<![\\w.])/wor" + r"k(?=[/\s`'\"]|$)"
)


A_PAGE_ELSEWHERE = re.compile("design" + r"(?:\.md| §)")


def _empty_names(path: str, module: ast.Module) -> Iterator[str]:
    for part in re.split(r"[/.]", path):
        if EMPTY_WORDS & set(part.lower().split("_")):
            yield f"{path}:1 a module named {part}"
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            words = {word.lower() for word in re.findall(r"[A-Z][a-z]+", node.name)}
            if EMPTY_WORDS & words:
                yield f"{path}:{node.lineno} a class named {node.name}"


def _lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    for path, source in readable():
        if pattern.search(source):
            for number, line in enumerate(source.splitlines(), 1):
                if found := pattern.search(line):
                    yield f"{path}:{number} {found[0]!r}"


@pytest.mark.parametrize(
    ("path", "source"), [("law/utils.py", ""), ("law/a.py", "class ClockManager: ...")]
)
def test_an_empty_name_would_be_noticed(path: str, source: str) -> None:
    assert len(list(_empty_names(path, ast.parse(source)))) == 1


@pytest.mark.parametrize("word", [*(word[::-1] for word in BACKWARDS), "/wor" + "k/here"])
def test_a_host_or_this_workplace_would_be_noticed(word: str) -> None:
    assert ELSEWHERE.search(f"see {word} for it")


def test_work_as_a_word_is_no_workplace() -> None:
    assert not ELSEWHERE.search("the network/worker, a piece of work, /workflow")


def test_every_module_and_class_says_what_it_is() -> None:
    nothing_to_mend(
        (found for path in python() for found in _empty_names(path, tree(path))),
        "name it for what it does",
    )


def test_nothing_is_left_for_later() -> None:
    nothing_to_mend(_lines_with(LATER), "do it now, or file it as an issue")


def test_no_file_names_a_package_registry_or_this_workplace() -> None:
    nothing_to_mend(_lines_with(ELSEWHERE), "name the package and its version, not where it lies")


def test_no_file_cites_a_page_that_is_not_in_the_repository() -> None:
    nothing_to_mend(
        _lines_with(A_PAGE_ELSEWHERE), "cite docs/architecture.md, another page, or a decision"
    )
