"""A saved run is judged again from its files, and the verdict is the same."""

import json
from pathlib import Path

from tests.checker.__main__ import VERDICT, main
from tests.checker.check import check
from tests.checker.codec import load, save
from tests.checker.scene import COMMITTEE, accept, accepted


def test_a_broken_run_is_broken_the_same_way_from_its_files(tmp_path: Path) -> None:
    scene = accepted()
    accept(scene, "p1", "c5", COMMITTEE)
    observed, run = scene.observed(), tmp_path / "run"
    save(run, scene.history, observed)

    assert load(run) == (scene.history, observed)
    assert main(run) == 1
    verdict = json.loads((run / VERDICT).read_text(encoding="utf-8"))
    assert verdict == check(scene.history, observed, scenario="run").as_json()
    assert verdict["violations"]["doubled"] == 1
    first = verdict["first"]["doubled"]
    assert [shown["is"] for shown in first["shown_by"]] == ["SeenRecord", "SeenRecord"]


def test_a_clean_run_says_what_was_looked_at(tmp_path: Path) -> None:
    scene = accepted()
    save(tmp_path, scene.history, scene.observed())

    assert main(tmp_path) == 0
    verdict = json.loads((tmp_path / VERDICT).read_text(encoding="utf-8"))
    assert verdict["clean"]
    assert verdict["counted"]["events"] == len(scene.ledger)
    assert set(verdict["violations"].values()) == {0}
