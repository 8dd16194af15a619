"""Calls that no well-behaved client makes: any bytes, any nonce, one attempt."""

import json
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
