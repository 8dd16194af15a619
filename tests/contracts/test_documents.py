"""`fengqiao contracts`: the files in git are what the code says, and a released one only grows."""

import json
import shutil
from pathlib import Path

from typer.testing import CliRunner, Result

from exchange.contracts.goldens import SCHEMAS
from fengqiao.cli.contracts import contracts_app
from fengqiao.cli.documents import SCHEMAS as IN_CHECKOUT
from fengqiao.cli.documents import generated
from fengqiao.cli.failures import CONFLICT, FAILED

ROOT = Path(__file__).parents[2]
CLOSED = "dispute.closed/v1.json"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(contracts_app, arguments)


def _checkout(tmp: Path, *, released: bool, golden: str = CLOSED) -> Path:
    """A checkout whose golden has a field that the code no longer has."""
    schemas = tmp / IN_CHECKOUT
    shutil.copytree(SCHEMAS, schemas)
    schema = json.loads((schemas / golden).read_text(encoding="utf-8"))
    schema["properties"]["dropped"] = {"type": "string", "default": ""}
    (schemas / golden).write_text(json.dumps(schema), encoding="utf-8")
    if released:
        (schemas / "RELEASED").write_text("0.1.0\n", encoding="utf-8")
    return tmp


def test_a_breaking_change_of_a_released_schema_is_not_written(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path, released=True)
    before = (checkout / IN_CHECKOUT / CLOSED).read_text(encoding="utf-8")
    result = _run("write", "--root", str(checkout))
    assert result.exit_code == CONFLICT
    assert "dispute.closed/v1#/properties/dropped field_removed" in result.stderr
    assert (checkout / IN_CHECKOUT / CLOSED).read_text(encoding="utf-8") == before


def test_a_breaking_change_of_a_released_schema_does_not_pass_the_check(tmp_path: Path) -> None:
    result = _run("check", "--root", str(_checkout(tmp_path, released=True)))
    assert result.exit_code == FAILED
    assert "dispute.closed/v1#/properties/dropped field_removed" in result.stderr


def test_before_the_first_release_a_schema_is_simply_written_again(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path, released=False)
    assert _run("check", "--root", str(checkout)).exit_code == FAILED
    written = _run("write", "--root", str(checkout))
    assert (written.exit_code, CLOSED in written.stdout) == (0, True)
    assert _run("check", "--root", str(checkout)).exit_code == 0
    assert _run("write", "--root", str(checkout)).stdout == ""


def test_the_generated_files_are_current() -> None:
    stale = [str(path) for path, text in generated().items() if _in_git(path) != text]
    assert stale == [], "run `fengqiao contracts write` and read its diff"


def test_the_documents_are_printed_for_other_tools() -> None:
    assert json.loads(_run("asyncapi").stdout)["asyncapi"] == "3.0.0"
    assert json.loads(_run("openapi", "intake").stdout)["openapi"].startswith("3.1")


def test_an_unknown_service_is_said_to_be_none() -> None:
    assert _run("openapi", "no_such").exit_code != 0


def _in_git(path: Path) -> str | None:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else None
