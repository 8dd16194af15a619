"""The glossary's words of the kernel stand in the files that it names.

The words of the contracts are held by tests/unit/directory/test_glossary.py.
"""

import re

import pytest

from tests.docs.pages import ROOT

_, _, KERNEL = (ROOT / "docs/glossary.md").read_text().partition("## The kernel's own words")
ROWS = re.findall(r"^\| .+? \| (`.+?) \| .+ \| (\[.+\)) \|$", KERNEL, re.MULTILINE)


def test_every_line_of_the_table_is_read() -> None:
    assert len(ROWS) == KERNEL.count("\n| ") - 1


@pytest.mark.parametrize(("words", "where"), ROWS, ids=lambda cell: cell)
def test_a_word_of_the_kernel_stands_in_its_file(words: str, where: str) -> None:
    files = [ROOT / "docs" / target for target in re.findall(r"\]\((.+?)\)", where)]
    there = " ".join(f"{file.name} {file.read_text()}" for file in files).lower()

    assert [word for word in re.findall(r"`(.+?)`", words) if word.lower() not in there] == []
