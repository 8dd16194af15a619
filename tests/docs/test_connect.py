"""docs/connect.md is carried out, command by command, against a real exchange."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exchange.local.home import Home
from fengqiao.cli.town_home import running_town
from tests.docs.pages import ROOT, blocks, commands
from tests.support.stack import temporary_home

PAGE = (ROOT / "docs/connect.md").read_text()
VECTORS = json.loads((ROOT / "docs/connect/vectors.json").read_text())
PAGE_TIMEOUT_S = 150.0


def test_the_page_shows_the_first_vector_as_it_is() -> None:
    vector = VECTORS["requests"][0]
    shown = blocks(PAGE, "text")

    assert "\n".join(vector["signature_base"]) + "\n" in shown
    assert vector["signature"] + "\n" in shown
    assert any(block.endswith(f"\n\n{vector['body']}\n") for block in shown)


async def test_every_command_of_the_page_works_in_its_order(tmp_path: Path) -> None:
    with temporary_home() as home:
        async with running_town(home, lambda _sentence: None) as running:
            environment = addresses(running.town.urls, home)
            printed, code = await typed(commands(PAGE), environment, tmp_path)

    assert code == 0, printed
    shown = [json.loads(block) for block in blocks(PAGE, "json")]
    for block, file in ((0, "station.json"), (1, "answer.json"), (4, "handoffs.json")):
        assert shape(shown[block]) == shape(read(tmp_path / file)), file
    assert read(tmp_path / "handoffs.json")["handoffs"][0]["event"] == "referral.offered"
    assert '"status": "accepted"' in printed


def read(file: Path) -> Any:
    return json.loads(file.read_text())


def shape(value: Any) -> Any:
    """The keys of a JSON value, all the way down; of a list those of its first item."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case [first, *_]:
            return [shape(first)]
        case _:
            return None


def addresses(urls: Mapping[str, str], home: Home) -> dict[str, str]:
    """What section 1 tells a reader to put into variables."""
    return {
        "DIRECTORY": urls["directory"],
        "INTAKE": urls["intake"],
        "POLICE": urls["police_link"],
        "MEDIATION": urls["mediation"],
        "CONNECT": str(ROOT / "docs/connect"),
        "STATE": str(home.directory),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "200",
    }


async def typed(
    lines: list[str], environment: dict[str, str], place: Path
) -> tuple[str, int | None]:
    """Type the lines into one shell that stops at the first that fails."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-exc", "\n".join(lines)),
        cwd=place,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PAGE_TIMEOUT_S):
        printed, _ = await process.communicate()
    return printed.decode(), process.returncode
