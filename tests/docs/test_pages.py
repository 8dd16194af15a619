"""Every page leads where it says, and names only what there is."""

import re
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from exchange.contracts.topics import TOPICS
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.program import program
from tests.docs.pages import PAGES, ROOT, anchors, blocks, links

DECISION_LINES_MAX = 40
README = (ROOT / "README.md").read_text()
README_ZH = (ROOT / "README.zh-CN.md").read_text()
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_heading_that_exist(page: Path) -> None:
    for target in links(page.read_text()):
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page

        assert there.exists(), target
        assert not anchor or anchor in anchors(there.read_text()), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_named_is_one_of_the_program(page: Path) -> None:
    root = typer.main.get_command(program())
    assert isinstance(root, TyperGroup)
    text = page.read_text()
    named = re.findall(r"`fengqiao ([a-z]+)", text)
    for language in ("sh", "console"):
        for block in blocks(text, language):
            named += re.findall(r"(?:^|[\s/])fengqiao ([a-z]+)", block)

    assert set(named) <= set(root.commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_named_is_in_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"`make ([a-z]+)", page.read_text())) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_in_backticks_exists(page: Path) -> None:
    """Paths of our folders; the example of docs/add-a-link.md is not in the tree."""
    named = re.findall(
        r"`((?:fengqiao|law|exchange|services|sandbox|deploy|docs|tests)/[\w./-]*)`",
        page.read_text(),
    )
    ours = [path for path in named if "petition" not in path]

    assert [path for path in ours if not (ROOT / path).exists()] == []


def test_the_first_thing_in_a_readme_is_the_two_commands() -> None:
    for readme in (README, README_ZH):
        first = blocks(readme, "sh")[0]
        assert re.findall(r"^make (\w+)", first, re.MULTILINE) == ["demo", "test"]


def test_the_two_readmes_have_the_same_parts() -> None:
    assert README.count("\n## ") == README_ZH.count("\n## ")
    assert len(blocks(README, "mermaid")) == len(blocks(README_ZH, "mermaid")) == 1


def test_the_architecture_names_every_service_and_topic() -> None:
    for service in SERVICES:
        assert f"(../services/{service})" in ARCHITECTURE
    for topic in TOPICS.values():
        assert f"`{topic.name}`" in ARCHITECTURE


def test_a_decision_is_one_short_page() -> None:
    numbers = [page.name[:4] for page in DECISIONS]

    assert len(numbers) == len(set(numbers))
    for page in DECISIONS:
        text = page.read_text()
        assert len(text.splitlines()) <= DECISION_LINES_MAX, page.name
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert part in text, page.name
        assert text.startswith(f"# {int(page.name[:4])}. ")


def test_the_index_of_decisions_has_each_under_its_title_in_order() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text()
    titles = [page.read_text().splitlines()[0].removeprefix("# ") for page in DECISIONS]
    rows = re.findall(r"^\| \[(.+)\]\((.+)\) \| .+ \|$", index, re.MULTILINE)

    assert rows == list(zip(titles, [page.name for page in DECISIONS], strict=True))
