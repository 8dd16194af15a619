"""`fengqiao call` signs and sends the address as it was typed."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from exchange.identity.keys import SigningKey
from fengqiao.cli import evidence
from fengqiao.cli.program import program
from fengqiao.client.async_client import AsyncClient

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_query_reaches_the_exchange(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, asked = SigningKey.generate("PS-330803112000-01"), list[httpx.URL]()
    key.write_pem(tmp_path / "key.pem")
    (tmp_path / "exchange.json").write_text(
        json.dumps(SigningKey.generate("EX-000000000000-01").verify_key(NEW_YEAR).to_json())
    )

    def refusing(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(400, json={})

    offline = partial(AsyncClient, transport=httpx.MockTransport(refusing))
    monkeypatch.setattr(evidence, "AsyncClient", offline)
    url = "https://exchange.example/v1/files?dispute=A&purpose=other&purpose=%E4%B8%80"

    CliRunner().invoke(
        program(),
        [
            *("call", method, url, "--agency", "PS-330803112000-01"),
            *("--key", str(tmp_path / "key.pem")),
            *("--exchange-key", str(tmp_path / "exchange.json")),
        ],
    )

    assert [str(each) for each in asked] == [url]
