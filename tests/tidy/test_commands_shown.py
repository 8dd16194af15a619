"""A block marked `console` is a promise: the test that runs it is listed here."""

import re
from collections.abc import Iterator

from tests.tidy.repository import files, nothing_to_mend, text

RUN_BY: dict[str, str] = {
    "docs/connect.md": "tests/docs/test_connect.py",
    "docs/contributing.md": "tests/docs/test_typed_pages.py",
    "docs/law.md": "tests/docs/test_typed_pages.py",
    "docs/runbooks/README.md": "tests/docs/test_runbooks.py",
    "docs/connect.zh-CN.md": "tests/docs/test_connect.py",
    "docs/connect-committee-court.md": "tests/docs/test_connect.py",
    "docs/connect-committee-court.zh-CN.md": "tests/docs/test_connect.py",
    "docs/daily-work.zh-CN.md": "tests/docs/test_daily_work.py",
}
"""The test that runs every `console` block of a page."""

_CONSOLE = re.compile(r"^```console$", re.MULTILINE)


def _unrun(page: str, source: str, run_by: dict[str, str]) -> Iterator[str]:
    """The blocks of a page that no listed test reads."""
    test = run_by.get(page)
    if test is not None and test in files() and page.rpartition("/")[2] in text(test):
        return
    for block in _CONSOLE.finditer(source):
        line = source.count("\n", 0, block.start()) + 1
        yield f"{page}:{line} is run by {test or 'no test'}"


def test_a_block_that_no_test_runs_would_be_noticed() -> None:
    page = "# Page\n\n```console\n$ make demo\n```\n"
    assert list(_unrun("docs/page.md", page, {})) == ["docs/page.md:3 is run by no test"]
    assert len(list(_unrun("docs/page.md", page, {"docs/page.md": "tests/gone.py"}))) == 1


def test_every_command_block_is_run_by_its_test() -> None:
    nothing_to_mend(
        (
            found
            for page in files()
            if page.endswith(".md")
            for found in _unrun(page, text(page), RUN_BY)
        ),
        "write the test that runs the page's commands and list it in RUN_BY; or mark it `sh`",
    )


def test_no_page_is_listed_without_a_block() -> None:
    listed = {page for page in RUN_BY if page in files() and _CONSOLE.search(text(page))}
    nothing_to_mend(RUN_BY.keys() - listed, "take it out of RUN_BY")
