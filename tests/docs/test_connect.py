"""docs/connect.md and connect-committee-court.md, and with them their Chinese twins
connect.zh-CN.md and connect-committee-court.zh-CN.md, are carried out against a real exchange."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import pytest
import pytest_asyncio

from exchange.chassis import circuit
from exchange.chassis.answers import ANSWER_BYTES_MAX
from exchange.chassis.door import BODY_BYTES_MAX
from exchange.chassis.handoffs import ATTEMPTS_MAX
from exchange.chassis.mailbox import PAGE_MAX, WAIT_S_MAX
from exchange.dossier.files import FILE_BYTES_MAX
from exchange.dossier.sealing import DOSSIER_BYTES_MAX
from exchange.identity.policy import Purpose
from exchange.identity.signatures import MAX_AGE_S
from exchange.local.saying import silently
from fengqiao.cli.town_home import RunningTown, running_town
from services.directory.keyring import IN_FORCE_MAX
from services.intake.state import FilePurpose
from tests.docs.pages import ROOT, blocks, commands, spans
from tests.docs.typing_in import addresses, typed
from tests.support.stack import temporary_home

PAGE = (ROOT / "docs/connect.md").read_text()
PAGE_ZH = (ROOT / "docs/connect.zh-CN.md").read_text()
WALK = (ROOT / "docs/connect-committee-court.md").read_text()
WALK_ZH = (ROOT / "docs/connect-committee-court.zh-CN.md").read_text()
VECTORS = json.loads((ROOT / "docs/connect/vectors.json").read_text())
SHOWN = {0: "station.json", 1: "answer.json", 2: "status.json", 4: "handoffs.json"}
"""Which of the page's JSON blocks shows which file that its commands write."""


def test_the_page_shows_the_first_vector_as_it_is() -> None:
    vector = VECTORS["requests"][0]
    shown = blocks(PAGE, "text")

    assert "\n".join(vector["signature_base"]) + "\n" in shown
    assert vector["signature"] + "\n" in shown
    assert any(block.endswith(f"\n\n{vector['body']}\n") for block in shown)


def test_the_purposes_and_limits_that_the_page_names_are_those_of_the_code() -> None:
    named = set(re.findall(r"purpose=(\w+)", PAGE))
    limits = (BODY_BYTES_MAX >> 20, FILE_BYTES_MAX >> 20, ANSWER_BYTES_MAX >> 10)

    assert named <= {*get_args(Purpose), *get_args(FilePurpose)}
    assert "1 MiB; a file 50 MB; a handoff's answer 64 KiB" in PAGE
    assert limits == (1, 50, 64)
    assert (MAX_AGE_S, DOSSIER_BYTES_MAX >> 10, PAGE_MAX, WAIT_S_MAX) == (300, 512, 100, 30)
    assert (circuit.FAILURES_MAX, circuit.OPEN_S, ATTEMPTS_MAX, IN_FORCE_MAX) == (5, 30, 40, 4)


@pytest.mark.parametrize(("page", "page_zh"), [(PAGE, PAGE_ZH), (WALK, WALK_ZH)])
def test_the_chinese_page_shows_the_same_blocks_and_names_the_same_codes(
    page: str, page_zh: str
) -> None:
    """So what is proven of one page's commands, vectors and answers is proven of the other's."""
    for language in ("console", "json", "text", "python"):
        assert blocks(page_zh, language) == blocks(page, language)
    assert set(spans(page)) <= set(spans(page_zh))
    assert page_zh.count("\n## ") == page.count("\n## ")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running() -> AsyncIterator[RunningTown]:
    """A town of today, for pages that change how its agencies are reached."""
    with temporary_home() as home:
        async with running_town(home, silently) as town:
            yield town


async def test_every_command_of_the_page_works_in_its_order(
    running: RunningTown, tmp_path: Path
) -> None:
    printed, code = await carried_out(PAGE, running, tmp_path)

    assert code == 0, printed
    shown = [json.loads(block) for block in blocks(PAGE, "json")]
    for block, file in SHOWN.items():
        assert same_fields(shown[block], read(tmp_path / file)), file
    assert read(tmp_path / "handoffs.json")["handoffs"][0]["event"] == "referral.offered"
    assert '"status": "accepted"' in printed


async def test_a_committee_and_a_court_go_from_the_offer_to_the_ruling(
    running: RunningTown, tmp_path: Path
) -> None:
    printed, code = await carried_out(WALK, running, tmp_path)

    assert code == 0, printed
    (shown,) = blocks(WALK, "json")
    sent = read(tmp_path / "handoffs.json")
    assert same_fields(json.loads(shown), sent)
    assert sent["handoffs"][0]["asks"] == "accept_or_refuse"
    dispute = read(tmp_path / "window.json")["dispute_code"]
    stages = [seen.type for seen in running.watch.of(dispute)]
    assert stages.index("agreement.reached") < stages.index("confirmation.ruled")
    assert "agreement.performed" in stages


async def carried_out(page: str, town: RunningTown, place: Path) -> tuple[str, int | None]:
    """What a reader's shell prints, and its exit code."""
    environment = addresses(town.town.urls, town.exchange.at.home)
    return await typed(commands(page), environment, place, place / "screen.txt")


def read(file: Path) -> Any:
    return json.loads(file.read_text())


def same_fields(shown: Any, sent: Any) -> bool:
    """Whether two JSON values have the same keys all the way down; of lists the first items."""
    match shown, sent:
        case dict(), dict():
            return shown.keys() == sent.keys() and all(
                same_fields(shown[key], sent[key]) for key in shown
            )
        case [first, *_], [other, *_]:
            return same_fields(first, other)
        case _:
            return True
