"""`make bench` and the files in bench/ say the same, and what it writes is what was promised."""

import asyncio
import json
from pathlib import Path

import pytest
from rich.console import Console

import bench.__main__ as runner
from bench import (
    bare,
    batches,
    clocks,
    dbos,
    faststream,
    growth,
    kafka_restart,
    latency,
    rebuild,
    routing,
    takeover,
    up,
)
from bench.peers.environment import LOCK
from bench.percentiles import percentile
from bench.plots import Series, chart
from bench.report import RATIOS, TARGETS, Target, bar, shortly, with_ratios, write
from tests.tidy.repository import ROOT

MODULES = {
    module.__name__.removeprefix("bench."): module
    for module in (
        *(bare, batches, clocks, dbos, faststream, growth, kafka_restart, latency),
        *(rebuild, routing, takeover, up),
    )
}
PROMISED = {
    *("routing_events_per_s", "bare_spine_events_per_s", "faststream_events_per_s"),
    *("dbos_events_per_s", "ratio_to_bare", "ratio_to_faststream", "receipt_p99_ms"),
    *("offer_p99_ms", "up_s", "resident_mib", "growth_ratio", "clock_lateness_p99_ms"),
    *("rebuild_events_per_s", "takeover_s", "kafka_restart_s"),
}


def test_every_bench_is_one_file_and_every_such_file_is_run() -> None:
    measuring = {
        path.stem
        for path in (ROOT / "bench").glob("*.py")
        if "\nasync def measure(" in path.read_text()
    }

    assert set(runner.BENCHES) == measuring == MODULES.keys()
    for name, measure in (*runner.ON_THE_ENGINES.items(), *runner.IN_A_TOWN.items()):
        assert measure is MODULES[name].measure


def test_every_promised_figure_is_some_bench_s_and_is_shown() -> None:
    measured = {figure for module in MODULES.values() for figure in module.FIGURES}

    assert measured | RATIOS.keys() == PROMISED
    assert TARGETS.keys() >= PROMISED


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
