"""Every alarm has its page, and every page is of an alarm."""

import re
from pathlib import Path
from typing import get_args

import asyncpg
import pytest

from exchange.chassis.names import AlarmKind
from fengqiao.cli.legal_time import database_dsns
from fengqiao.cli.town_home import RunningTown
from services.routing.expiry import ALARMS
from tests.docs.pages import ROOT, blocks, commands
from tests.docs.typing_in import addresses, typed
from tests.docs.words_of_the_code import WORDS

RUNBOOKS = ROOT / "docs/runbooks"
PAGES = {page.stem: page.read_text() for page in RUNBOOKS.glob("*.md") if page.stem != "README"}
INDEX = (RUNBOOKS / "README.md").read_text()
PARTS = (
    "**What it means.**",
    "**What is seen.**",
    "**Look**",
    "**Mend.**",
    "**Check.**",
    "**Call.**",
)
NOBODY_YET = "No code raises this alarm yet."


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


QUERIES = {
    (kind, query)
    for kind, page in PAGES.items()
    for query in re.findall(r'psql -d \w+ -c "(.+?)"', page)
}


@pytest.mark.parametrize(("kind", "query"), sorted(QUERIES))
async def test_every_query_of_a_page_is_answered(
    kind: str, query: str, running: RunningTown
) -> None:
    named = re.search(r"psql -d (\w+)", PAGES[kind])
    database = named[1].replace("SERVICE", "mediation") if named else ""
    dsns = database_dsns(running.exchange.at.home)
    connection = await asyncpg.connect(next(dsn for dsn in dsns if dsn.endswith(f"/{database}")))
    try:
        await connection.fetch(query)
    finally:
        await connection.close()


async def test_every_command_of_the_index_and_of_no_agency_works(
    running: RunningTown, tmp_path: Path
) -> None:
    """In the folder of the town's home, with the addresses that it printed."""
    environment = addresses(running.town.urls, running.exchange.at.home)
    mending = [
        line
        for block in blocks(PAGES["no_agency"], "sh")
        for line in block.splitlines()
        if "explain CODE" not in line
    ]

    lines = [*commands(INDEX), *mending]
    printed, code = await typed(lines, environment, tmp_path, tmp_path / "screen.txt")

    assert code == 0, printed
    assert '"chosen"' in printed
