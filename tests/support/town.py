"""A whole town for a folder of tests, and calls to its doors that no well-behaved client makes."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from exchange.chassis.workshop import EXCHANGE
from exchange.identity.keys import SigningKey
from exchange.identity.signatures import sign_request
from fengqiao.cli.town_home import AGENCIES_SIDE, STORY_START, RunningTown, running_town
from tests.support.door import Signed
from tests.support.stack import temporary_home

JSON_TYPE = "application/json"


@asynccontextmanager
async def temporary_town() -> AsyncIterator[RunningTown]:
    """Every service as its own process on real engines; legal day 0 is that of the story."""
    with temporary_home() as home:
        async with running_town(home, print, legal_start=STORY_START) as running:
            yield running


@dataclass(slots=True)
class Stranger:
    """Sends whatever it is given, once, signed with any key that it has."""

    running: RunningTown
    http: httpx.AsyncClient

    def key_of(self, agency: str) -> SigningKey:
        """A played agency's own key, or the exchange's."""
        if agency == EXCHANGE:
            return self.running.exchange.at.exchange_key()
        keys = self.running.exchange.at.home.directory / AGENCIES_SIDE / "keys"
        return SigningKey.read_pem(agency, keys / f"{agency}.pem")

    def signed(
        self,
        agency: str | SigningKey,
        service: str,
        method: str,
        target: str,
        body: Mapping[str, Any] | bytes = b"",
        *,
        key: str | None = None,
        nonce: str | None = None,
        age_s: float = 0,
        content_type: str = JSON_TYPE,
    ) -> Signed:
        """The request with every header; it may be altered before it is sent."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        url = self.running.town.urls[service] + target
        headers = sign_request(
            self.key_of(agency) if isinstance(agency, str) else agency,
            method,
            url,
            {"Content-Type": content_type},
            raw,
            created=datetime.now(UTC) - timedelta(seconds=age_s),
            nonce=nonce or secrets.token_hex(16),
            idempotency_key=None if method == "GET" else key or secrets.token_hex(8),
            with_base=True,
        )
        return Signed(method, url, raw, headers)

    async def sends(self, request: Signed) -> httpx.Response:
        return await self.http.request(
            request.method, request.url, content=request.body, headers=request.headers
        )

    async def asks(
        self,
        agency: str | SigningKey,
        service: str,
        method: str,
        target: str,
        body: Mapping[str, Any] | bytes = b"",
        **how: Any,
    ) -> httpx.Response:
        """Sign and send, as it should be done."""
        return await self.sends(self.signed(agency, service, method, target, body, **how))


@asynccontextmanager
async def stranger_in(running: RunningTown) -> AsyncIterator[Stranger]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        yield Stranger(running, http)
