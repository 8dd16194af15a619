"""Calls to a service's door as an agency makes them, and as somebody makes them who meddles."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from exchange.chassis.process import Parts
from exchange.chassis.readiness import Readiness
from exchange.identity.keys import VerifyKey
from exchange.identity.signatures import sign_request, verify_request, verify_response
from tests.support.agencies import EVER, Agency, list_agencies


@dataclass(frozen=True, slots=True)
class Signed:
    """A request, signed: what is sent may be altered afterwards."""

    method: str
    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Caller:
    """An agency at the door of a process."""

    agency: Agency
    parts: Parts
    http: httpx.AsyncClient
    readiness: Readiness = field(repr=False)

    def signed(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        nonce: str | None = None,
        age_s: float = 0,
    ) -> Signed:
        url = self.parts.settings.public_url + path
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        headers = sign_request(
            self.agency.key,
            method,
            url,
            {"Content-Type": "application/json"},
            raw,
            created=datetime.now(UTC) - timedelta(seconds=age_s),
            nonce=nonce or secrets.token_hex(8),
            idempotency_key=(key or secrets.token_hex(8)) if method == "POST" else None,
            with_base=True,
        )
        return Signed(method, url, raw, headers)

    async def sends(self, signed: Signed) -> httpx.Response:
        return await self.http.request(
            signed.method, signed.url, content=signed.body, headers=signed.headers
        )

    async def acts(self, code: str, kind: str, **how: Any) -> httpx.Response:
        """The toy's act, by order."""
        return await self.sends(
            self.signed("POST", f"/toy/v1/disputes/{code}:act", {"kind": kind}, **how)
        )

    async def gets(self, path: str) -> httpx.Response:
        return await self.sends(self.signed("GET", path))

    def is_signed_by_the_exchange(self, answer: httpx.Response, asked: Signed) -> bool:
        """Whether the answer holds as the exchange's answer to exactly this request."""
        now = datetime.now(UTC)
        own = self.agency.key.verify_key(EVER)
        exchange = self.parts.workshop.signing.verify_key(EVER)

        def known(key_id: str) -> VerifyKey | None:
            return exchange if key_id == exchange.key_id else None

        request = verify_request(
            asked.method, asked.url, asked.headers, asked.body, keys=lambda _id: own, now=now
        )
        verify_response(
            answer.status_code,
            answer.headers.multi_items(),
            answer.content,
            request=request,
            keys=known,
            now=now,
        )
        return True


@asynccontextmanager
async def caller_of(parts: Parts, agency: Agency | None = None) -> AsyncIterator[Caller]:
    """A police station (or this agency, listed already) at the door."""
    if agency is None:
        agency = Agency.named("PS")
        await list_agencies(parts.store, agency.listed("police"))
    readiness = Readiness(parts.store)
    app = parts.app(readiness)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        yield Caller(agency, parts, http, readiness)


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """The problem in an error's body; fails where it is no problem+json."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    return problem
