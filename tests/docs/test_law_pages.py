"""What lawyers and clerks read of the law is true of its tables."""

import re
from pathlib import Path

import law
from fengqiao.cli.unsigned_page import unsigned_page

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "law" / "tables"


def test_every_folder_of_tables_is_explained() -> None:
    page = (ROOT / "docs" / "law.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `(\w+)/` \|", page, re.MULTILINE))

    assert explained == {folder.name for folder in TABLES.iterdir() if folder.is_dir()}


def test_every_table_says_what_it_is_in_both_languages() -> None:
    silent = [
        str(path.relative_to(TABLES))
        for path in sorted(TABLES.rglob("*.yaml"))
        if not re.match(r"#.*[一-龥].*\n(#.*\n)*#.*[a-z]{3}", path.read_text("utf-8"))
    ]

    assert silent == []


def test_every_rule_without_a_signature_waits_for_one() -> None:
    waiting = set(re.findall(r"^\| `([^`]+)` \|", unsigned_page(), re.MULTILINE))

    assert waiting == {rule.version for rule in law.load().rules if not rule.signed}
    assert waiting, "when all is signed, this page is empty and may go"


def test_the_decisions_that_the_page_names_exist() -> None:
    page = (ROOT / "docs" / "law.md").read_text("utf-8")

    for name in re.findall(r"\(decisions/([\w-]+\.md)\)", page):
        assert (ROOT / "docs" / "decisions" / name).is_file()
