"""Every alarm has its page, and every page is of an alarm."""

import ast
from collections.abc import Iterator
from pathlib import Path
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


def raised() -> set[str]:
    """The kinds of alarm that some line of the kernel or of a service raises."""
    files = [*ROOT.glob("exchange/**/*.py"), *ROOT.glob("services/**/*.py")]
    return {kind for file in files for kind in raised_in(file)} | set(ALARMS.values())


def raised_in(file: Path) -> Iterator[str]:
    """First arguments of `Alarm(...)` and `x.alarm(...)`, and of what is put into `x.alarms`."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Call(
                func=ast.Name("Alarm") | ast.Attribute(attr="alarm"),
                args=[ast.Constant(str(kind)), *_],
            ):
                yield kind
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="alarms"), attr="append"),
                args=[ast.Tuple(elts=[ast.Constant(str(kind)), *_])],
            ):
                yield kind
            case ast.AugAssign(
                target=ast.Attribute(attr="alarms"),
                value=ast.ListComp(elt=ast.Tuple(elts=[ast.Constant(str(kind)), *_])),
            ):
                yield kind


def test_the_search_finds_each_way_of_raising_an_alarm() -> None:
    assert {"handoff_dead", "quarantined", "partition_stalled", "no_agency"} <= raised()


def test_every_alarm_that_is_declared_or_raised_has_a_page_and_no_other_has() -> None:
    assert set(PAGES) == set(get_args(AlarmKind)) | raised()


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_says_all_that_an_operator_needs(kind: str) -> None:
    assert PAGES[kind].startswith(f"# {kind} (")
    assert [part for part in PARTS if part not in PAGES[kind]] == []
    assert f"[{kind}]({kind}.md)" in INDEX


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_says_so_where_nobody_raises_its_alarm(kind: str) -> None:
    known_default = {"clock_expired"}  # the kind of every rule that ALARMS does not name
    assert (NOBODY_YET in PAGES[kind]) == (kind not in raised() | known_default)
