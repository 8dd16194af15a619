"""An operator's file: everything that is wrong with it is said at once, without a trace."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from exchange.identity.keys import SigningKey
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.operator import BEGINNING
from fengqiao.cli.operator_file import BadOperatorFile, read_operator
from fengqiao.cli.program import program

EXCHANGE = "EX-000000000000-01"
ROOT = Path(__file__).parents[3]


def good(folder: Path) -> dict[str, Any]:
    """A file's content whose key lies beside it."""
    SigningKey.generate(EXCHANGE).write_pem(folder / "exchange.pem")
    services = {name: f"https://{name}.example/" for name in SERVICES}
    return {"services": services, "private_key": "exchange.pem"}


def written(folder: Path, content: Any) -> Path:
    file = folder / "operator.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return file


@pytest.mark.parametrize("content", ["", "[]", "{", "services: [", "a: &a [*a]", "\0"])
def test_what_is_no_operator_file_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    with pytest.raises(BadOperatorFile):
        read_operator(written(tmp_path, content))


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    content = good(tmp_path)
    del content["services"]["routing"]
    content["services"]["intake"] = "ftp://intake.example"
    content |= {"privat_key": "x"}

    with pytest.raises(BadOperatorFile) as bad:
        read_operator(written(tmp_path, content))

    places = sorted(reason.partition(":")[0] for reason in bad.value.reasons)
    assert places == ["privat_key", "services/intake", "services/routing"]


def test_a_service_that_is_none_is_told_with_those_that_are(tmp_path: Path) -> None:
    content = good(tmp_path)
    content["services"] |= {"police": "https://police.example", "mediation": None}

    with pytest.raises(BadOperatorFile) as bad:
        read_operator(written(tmp_path, content))

    none, missing = sorted(bad.value.reasons, reverse=True)
    assert none.startswith("services/police: 没有名为 police 的服务；可用：directory, intake, ")
    assert missing == "services/mediation: 缺少这一项 / missing"


def test_every_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    content = good(tmp_path) | {"private_key": "gone.pem", "exchange_keys": ["gone", "empty"]}
    (tmp_path / "empty").write_text("[]")

    with pytest.raises(BadOperatorFile) as bad:
        read_operator(written(tmp_path, content))

    places = [reason.partition(":")[0] for reason in bad.value.reasons]
    assert places == ["private_key", "exchange_keys/0", "exchange_keys/1"]


def test_a_command_says_so_with_exit_code_3_and_no_trace(tmp_path: Path) -> None:
    file = written(tmp_path, {"services": {}})

    ended = CliRunner().invoke(program(), ["alarms", "--at", str(file)])

    assert ended.exit_code == 3
    assert "services/mediation: 缺少这一项" in ended.stderr
    assert "private_key: 缺少这一项" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_good_file_gives_addresses_and_keys(tmp_path: Path) -> None:
    content = good(tmp_path)
    other = SigningKey.generate(EXCHANGE).verify_key(BEGINNING)
    (tmp_path / "next.json").write_text(json.dumps(other.to_json()))

    alone = read_operator(written(tmp_path, content))
    changing = read_operator(written(tmp_path, content | {"exchange_keys": ["next.json"]}))

    assert alone.urls["routing"] == "https://routing.example"
    assert [key.key_id for key in alone.trusted] == [alone.key.key_id]
    assert [key.key_id for key in changing.trusted] == [other.key_id]


def test_the_file_of_compose_names_every_service_where_it_runs_and_its_secret() -> None:
    example = yaml.safe_load((ROOT / "deploy/operator.yaml").read_text())
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

    assert tuple(example["services"]) == SERVICES
    assert example["private_key"] == "secrets/exchange.pem"
    for name, address in example["services"].items():
        published = compose[name.replace("_", "-") if name not in compose else name]["ports"]
        assert published == [f"127.0.0.1:{address.rpartition(':')[2]}:8080"]
