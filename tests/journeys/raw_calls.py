"""Calls that no well-behaved client makes: any bytes, any nonce, one attempt."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from exchange.identity.keys import SigningKey
from exchange.identity.signatures import sign_request
from fengqiao.cli.town_home import AGENCIES_SIDE, RunningTown

JSON_TYPE = "application/json"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TRACE_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back, nothing tried again."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The JSON of it."""
        said: dict[str, Any] = json.loads(self.body)
        return said


@dataclass(slots=True)
class RawCaller:
    """Signs with the played agencies' own keys, and sends whatever it is given."""

    running: RunningTown
    http: httpx.AsyncClient

    async def post(
        self,
        agency: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | bytes,
        *,
        key: str | None = None,
        nonce: str | None = None,
        content_type: str = JSON_TYPE,
    ) -> RawAnswer:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        url = self.running.town.urls[service] + path
        headers = sign_request(
            self._key(agency),
            "POST",
            url,
            {"Content-Type": content_type},
            raw,
            created=datetime.now(UTC),
            nonce=nonce or secrets.token_hex(16),
            idempotency_key=key or secrets.token_hex(8),
        )
        answer = await self.http.post(url, content=raw, headers=headers)
        return RawAnswer(answer.status_code, answer.headers, answer.content)

    def _key(self, agency: str) -> SigningKey:
        keys = self.running.exchange.at.home.directory / AGENCIES_SIDE / "keys"
        return SigningKey.read_pem(agency, keys / f"{agency}.pem")


def told_properly(answer: RawAnswer, status: int, code: str) -> dict[str, Any]:
    """The problem (RFC 9457): Chinese title, English detail, stable code, trace id."""
    assert answer.status == status, answer.body.decode()
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.problem
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:fengqiao:problem:{code}"
    assert TRACE_ID.fullmatch(problem["trace_id"])
    assert problem["trace_id"] == answer.headers["trace-id"]
    for said in (problem, *problem.get("errors", ())):
        assert CHINESE.search(said["title"]), said
        assert not CHINESE.search(said["detail"]), said
    return problem


def errors_of(problem: dict[str, Any]) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in problem["errors"]}
