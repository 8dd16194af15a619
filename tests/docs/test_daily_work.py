"""docs/daily-work.zh-CN.md is done by its desks, command by command, on a real exchange."""

import re
from pathlib import Path

from fengqiao.cli.town_home import RunningTown
from sandbox.story.wall_quarrel import DAY_0
from services.routing.refusals import OWN_RULES
from tests.docs.pages import ROOT, commands
from tests.docs.typing_in import addresses, typed
from tests.docs.words_of_the_code import WORDS

PAGE = (ROOT / "docs/daily-work.zh-CN.md").read_text()


def first_column(part: str) -> set[str]:
    """The codes in backticks in the first column of the tables of a part."""
    rows = re.findall(r"^\| (`.+?`) \|", part, re.MULTILINE)
    return {code for row in rows for code in re.findall(r"`([^`]+)`", row)}


def test_every_refusal_that_the_page_explains_is_one_of_the_code() -> None:
    _, _, refusals = PAGE.partition("## 被退回怎么办")
    at_once, _, afterwards = refusals.partition("202 之后才被退回的")
    codes = {code.removeprefix("signature_") for code in first_column(at_once)}

    assert len(codes) > 10
    assert codes - WORDS == set()
    assert first_column(afterwards) - OWN_RULES.keys() == set()


async def test_every_command_of_the_page_works_in_its_order(
    running: RunningTown, tmp_path: Path
) -> None:
    home = running.exchange.at.home
    environment = {**addresses(running.town.urls, home), "DAY0": DAY_0.isoformat()}

    printed, code = await typed(commands(PAGE), environment, tmp_path, tmp_path / "screen.txt")

    assert code == 0, printed
    assert "mediation.failure.inform" in printed
    assert "被退回：先告知，再提交\n" in printed
    stages = [seen.type for seen in running.watch.of(_code(tmp_path))]
    assert stages[-1] == "dispute.closed"
    assert "confirmation.ruled" in stages


def _code(place: Path) -> str:
    return re.findall(
        r"[0-9A-Z]{6}-[0-9]{4}-[0-9A-Z]{10}-[0-9A-Z]", (place / "sent.json").read_text()
    )[0]
