"""`make bench`: what it is asked for, what it runs, what it writes."""

import asyncio
import json
from pathlib import Path

import pytest
from rich.console import Console

import bench.__main__ as runner
from bench.peers.environment import LOCK
from bench.percentiles import percentile
from bench.plots import Series, chart
from bench.report import RATIOS, TARGETS, Target, bar, shortly, unmeasured, with_ratios, write

SOURCES = {path.stem: path.read_text() for path in Path(runner.__file__).parent.glob("*.py")}


def test_every_bench_is_one_file_and_every_such_file_is_run() -> None:
    measuring = {name for name, source in SOURCES.items() if "\nasync def measure(" in source}

    assert set(runner.BENCHES) == measuring
    for name, measure in (*runner.ON_THE_ENGINES.items(), *runner.IN_A_TOWN.items()):
        assert measure.__module__ == f"bench.{name}"


def test_every_figure_with_a_target_is_one_that_some_bench_names() -> None:
    measured = {
        figure for name in runner.BENCHES for figure in TARGETS if f'"{figure}":' in SOURCES[name]
    }

    assert measured | RATIOS.keys() == TARGETS.keys()


def test_a_whole_run_that_lacks_a_figure_says_so() -> None:
    all_but_one = {name: 1.0 for name in TARGETS if name != "takeover_frozen_s"}

    assert unmeasured(all_but_one) == {"takeover_frozen_s": "not measured"}
    assert unmeasured({**all_but_one, "takeover_frozen_s": 1.0}) == {}


@pytest.mark.parametrize(
    "words",
    ["--disputes 5", "--disputes 0", "--disputes 99999999", "--disputes many", "--only nothing"],
)
def test_what_cannot_be_measured_is_said_without_a_trace(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        runner.arguments(words.split())

    assert ended.value.code == 2
    assert "python -m bench: error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("", True),
        ("--disputes 20000", True),
        ("--only routing", False),
        ("--quick", False),
        ("--profile", False),
    ],
)
def test_only_a_whole_run_at_full_size_replaces_the_latest_figures(words: str, whole: bool) -> None:
    assert runner.is_whole(runner.arguments(words.split())) is whole


def test_a_bench_that_fails_is_told_and_hides_no_other(tmp_path: Path) -> None:
    async def broken() -> dict[str, float]:
        raise ValueError("no engine")

    async def sound() -> dict[str, float]:
        return {"routing_events_per_s": 600.0, "bare_spine_events_per_s": 1_000.0}

    async def both() -> runner.Run:
        so_far = runner.Run(Console(quiet=True))
        await so_far.take("latency", broken())
        await so_far.take("routing", sound())
        return so_far

    done = asyncio.run(both())
    write(tmp_path / "latest.json", done.figures, done.failed)

    kept = json.loads((tmp_path / "latest.json").read_text())
    assert kept["failed"] == {"latency": "ValueError: no engine"}
    assert (kept["routing_events_per_s"], kept["ratio_to_bare"]) == (600.0, 0.6)


def test_a_ratio_needs_both_its_figures() -> None:
    assert with_ratios({"routing_events_per_s": 5.0}) == {"routing_events_per_s": 5.0}


@pytest.mark.parametrize(
    ("target", "measured", "reached", "full"),
    [
        (Target("at_least", 8_000), 4_000, False, 10),
        (Target("at_least", 8_000), 9_000, True, 20),
        (Target("at_most", 100), 400, False, 5),
        (Target("at_most", 100), 90, True, 20),
        (Target(), 1, True, 20),
    ],
)
def test_a_bar_is_full_where_the_target_is_reached(
    target: Target, measured: float, reached: bool, full: int
) -> None:
    assert target.reached(measured) is reached
    assert bar(target.share(measured)).count("█") == full


def test_a_figure_is_shown_without_powers_of_ten() -> None:
    assert [shortly(v) for v in (18_585.2, 0.73621, 23.58)] == ["18,585", "0.736", "23.6"]


def test_a_percentile_is_one_of_the_values() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(values, p) for p in (0, 50, 99, 100)] == [1.0, 3.0, 5.0, 5.0]


def test_a_chart_draws_every_point_within_its_frame() -> None:
    svg = chart("t", [Series("a", [(1, 0.0), (10, 7.0)]), Series("b", [(100, 5.0)])], x="x", y="y")

    assert svg.count("<circle") == 3
    assert 'cx="70.0" cy="310.0"' in svg, "the origin is at the lower left"


def test_the_peers_lock_has_hashes_and_names_no_index() -> None:
    lines = LOCK.read_text().splitlines()

    assert any(line.startswith("faststream==") for line in lines)
    assert any(line.startswith("dbos==") for line in lines)
    assert not [line for line in lines if "://" in line or line.startswith("--index")]
    pinned = [n for n, line in enumerate(lines) if "==" in line]
    assert all(lines[n + 1].lstrip().startswith("--hash=sha256:") for n in pinned)
