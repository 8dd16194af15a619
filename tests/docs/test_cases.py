"""The line of a cases file that both READMEs show is one that the demo carries through."""

from pathlib import Path

from fengqiao.cli.cases import KINDS, carry_cases
from fengqiao.cli.town_home import RunningTown
from tests.docs.pages import ROOT, blocks

LINE, LINE_ZH = (
    blocks((ROOT / readme).read_text(), "json")[0] for readme in ("README.md", "README.zh-CN.md")
)


async def test_the_case_shown_is_offered_to_an_agency(running: RunningTown, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(LINE)

    (case,) = await carry_cases(running, file)

    assert case.problem is None
    assert case.receiver
    assert case.label in KINDS


def test_both_readmes_show_the_same_and_count_the_labels() -> None:
    assert LINE == LINE_ZH
    assert f"one of the {len(KINDS)} in" in (ROOT / "README.md").read_text()
    assert f"{len(KINDS)} 种之一" in (ROOT / "README.zh-CN.md").read_text()
