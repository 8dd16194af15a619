"""Every alarm has its page, and every page is of an alarm."""

import ast
from typing import get_args

import pytest

from exchange.chassis.names import AlarmKind
from services.routing.expiry import ALARMS
from tests.docs.pages import ROOT

RUNBOOKS = ROOT / "docs/runbooks"
PAGES = {page.stem: page.read_text() for page in RUNBOOKS.glob("*.md") if page.stem != "README"}
INDEX = (RUNBOOKS / "README.md").read_text()
PARTS = ("**What it means.**", "**What is seen.**", "**Look**", "**Mend.**", "**Call.**")
NOBODY_YET = "No code raises this alarm yet."


def words_of_the_code() -> set[str]:
    """Every text constant of the kernel and the services, save the list of names itself."""
    files = {*ROOT.glob("exchange/**/*.py"), *ROOT.glob("services/**/*.py")}
    return {
        node.value
        for file in files - {ROOT / "exchange/chassis/names.py"}
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


WORDS = words_of_the_code()


def test_every_alarm_has_a_page_and_no_page_is_of_none() -> None:
    assert set(PAGES) == {*get_args(AlarmKind), *ALARMS.values()}


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_says_all_that_an_operator_needs(kind: str) -> None:
    assert PAGES[kind].startswith(f"# {kind} (")
    assert [part for part in PARTS if part not in PAGES[kind]] == []
    assert f"[{kind}]({kind}.md)" in INDEX


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_says_so_where_nobody_raises_its_alarm(kind: str) -> None:
    assert (NOBODY_YET in PAGES[kind]) == (kind not in WORDS)
