"""The generator says what became of each township and guesses nothing beyond the lists."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[3] / "deploy" / "directory" / "make_facts.py"
LISTED_2023 = {
    "990101001": "东门街道",
    "990101100": "留名镇",
    "990101101": "改码镇",
    "990101200": "升格乡",
    "990101201": "旧名乡",
    "990101202": "无踪乡",
    "990102001": "邻县街道",
}
LISTED_2025 = {
    "东门街道": "990101001000",
    "留名镇": "990101100000",
    "改码镇": "990101105000",
    "升格镇": "990101106000",
    "新名乡": "990101201000",
    "新设街道": "990101002000",
}
VILLAGES = {
    "990101001001": "一号社区居委会",
    "990101100200": "二号村村委会",
    "990101100500": "三号农场",
    "990102001001": "邻县社区居委会",
}


def made_from(folder: Path) -> dict[str, dict[str, Any]]:
    """Run the script on invented lists; its rows by code."""
    lists = {
        "streets.csv.gz": "code,name,areaCode\n"
        + "".join(f'{code},"{name}",{code[:6]}\n' for code, name in LISTED_2023.items()),
        "villages.csv.gz": "code,name,areaCode\n"
        + "".join(f'{code},"{name}",{code[:6]}\n' for code, name in VILLAGES.items()),
        "townships.json.gz": json.dumps(
            {"990101000000": {"county": "虚构县", "townships": LISTED_2025}}
        ),
    }
    for name, text in lists.items():
        (folder / name).write_bytes(gzip.compress(text.encode()))
    out = folder / "divisions.json"
    command = [sys.executable, str(SCRIPT), "990101", "--out", str(out)]
    for option in ("streets", "villages"):
        command += [f"--{option}", str(folder / f"{option}.csv.gz")]
    subprocess.run(
        [*command, "--townships", str(folder / "townships.json.gz")], check=True, timeout=30
    )
    document = json.loads(out.read_text(encoding="utf-8"))
    return {row["code"]: row for row in document["divisions"]}


def test_each_township_is_followed_into_the_later_list(tmp_path: Path) -> None:
    rows = made_from(tmp_path)
    followed = {
        row["name"]: (row["later"], row.get("successor"))
        for row in rows.values()
        if row["level"] == "township"
    }
    assert followed == {
        "无踪乡": ("not_listed", None),
        "东门街道": ("same", None),
        "留名镇": ("same", None),
        "改码镇": ("recoded", "990101105000"),
        "升格乡": ("recoded", "990101106000"),
        "旧名乡": ("renamed", "990101201000"),
        "新设街道": ("first_listed", None),
    }
    assert rows["990101200000"]["successor_name"] == "升格镇"


def test_villages_keep_their_unit_and_other_counties_stay_out(tmp_path: Path) -> None:
    rows = made_from(tmp_path)
    units = {row["name"]: row["unit"] for row in rows.values() if row["level"] == "village"}
    assert units == {
        "一号社区居委会": "residents",
        "二号村村委会": "villagers",
        "三号农场": "similar",
    }
