"""The bootstrap says what is missing and how to mend it, and make passes its words on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of the bootstrap alone, with an empty lock."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "bootstrap.py", tmp_path / "deploy")
    (tmp_path / "requirements.lock").write_text("")
    return tmp_path


def test_a_python_without_ensurepip_is_told_which_package_to_install(
    checkout: Path, tmp_path: Path
) -> None:
    crippled = tmp_path / "crippled"
    crippled.mkdir()
    (crippled / "ensurepip.py").write_text("raise ImportError")

    done = bootstrap(checkout, PYTHONPATH=str(crippled))

    version = ".".join(map(str, sys.version_info[:2]))
    assert done.returncode == 1
    assert f"apt-get install python{version}-venv" in done.stdout


def test_a_package_that_cannot_be_fetched_is_shown_with_advice(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text(f"no-such-wall==1.0 --hash=sha256:{'0' * 64}\n")

    done = bootstrap(checkout, PIP_NO_INDEX="1")

    assert done.returncode == 1
    assert "no-such-wall" in done.stdout
    assert "安装失败" in done.stdout


def test_the_environment_is_made_once_per_lock(checkout: Path) -> None:
    first, second = bootstrap(checkout), bootstrap(checkout)

    assert first.returncode == second.returncode == 0
    assert "创建 Python 环境" in first.stdout
    assert second.stdout == ""


def test_the_checkout_can_be_imported_from_anywhere_without_a_build(checkout: Path) -> None:
    (checkout / "fengqiao" / "cli").mkdir(parents=True)
    (checkout / "fengqiao" / "cli" / "main.py").write_text("def app(prog_name): print(prog_name)")
    bootstrap(checkout)

    done = subprocess.run(
        [checkout / ".venv" / "bin" / "fengqiao"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "fengqiao\n"


def test_make_demo_passes_the_cases_on() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "demo", "CASES=cases of 2026.jsonl"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == '.venv/bin/fengqiao demo --cases "cases of 2026.jsonl"'


def bootstrap(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the copy of the bootstrap, as an ordinary machine without CI would."""
    inherited = {key: value for key, value in os.environ.items() if key != "CI"}
    return subprocess.run(
        [sys.executable, checkout / "deploy" / "bootstrap.py", "--packages-only"],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
