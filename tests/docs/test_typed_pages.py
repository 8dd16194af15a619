"""The pages whose commands need nothing but the checkout: each works as it is shown."""

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, commands
from tests.docs.typing_in import at_a_shell, typed

PAGES = ("docs/contributing.md", "docs/law.md")


@pytest.mark.parametrize("page", PAGES)
async def test_every_command_of_the_page_works_in_its_order(page: str, tmp_path: Path) -> None:
    lines = commands((ROOT / page).read_text())

    printed, code = await typed(lines, at_a_shell(), ROOT, tmp_path / "screen.txt")

    assert lines
    assert code == 0, printed
