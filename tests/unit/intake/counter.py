"""Intake over HTTP on its own real database, and agencies that sign their calls to it."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson

from exchange.chassis.consumer import prepared
from exchange.chassis.decider import EventArrived
from exchange.chassis.fold import Folded, Item, fold
from exchange.chassis.process import Parts
from exchange.chassis.readiness import Readiness
from exchange.chassis.rows import Writes
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.events.directory import AgencyKey, AgencyListedV1
from exchange.contracts.events.intake import ReferralRequestedV1
from exchange.identity.keys import SigningKey
from exchange.identity.signatures import sign_request
from exchange.local.stack import LocalStack
from services.intake.keys import KEYS as KEYS_NAME
from services.intake.service import SERVICE
from tests.support.running import parts_of, provisioned
from tests.unit.intake.window import AGENCIES, KEYS, listed

URL = "http://127.0.0.1:1"
JSON = "application/json"
DAY = timedelta(days=1)


@dataclass(slots=True)
class Counter:
    """Calls intake as agencies would, each with its own key."""

    parts: Parts
    http: httpx.AsyncClient
    keys: dict[str, SigningKey] = field(default_factory=dict)

    async def post(
        self, agency: str, path: str, body: Mapping[str, Any], *, key: str | None = None
    ) -> httpx.Response:
        return await self.send(agency, "POST", path, orjson.dumps(body), key=key)

    async def get(self, agency: str, path: str, *, nonce: str | None = None) -> httpx.Response:
        return await self.send(agency, "GET", path, nonce=nonce)

    async def send(
        self,
        agency: str,
        method: str,
        path: str,
        content: bytes = b"",
        *,
        media: str = JSON,
        key: str | None = None,
        nonce: str | None = None,
    ) -> httpx.Response:
        headers = sign_request(
            self.keys[agency],
            method,
            URL + path,
            {"Content-Type": media},
            content,
            created=datetime.now(UTC),
            nonce=nonce or secrets.token_hex(16),
            idempotency_key=(key or secrets.token_hex(8)) if method == "POST" else None,
        )
        return await self.http.request(method, URL + path, content=content, headers=headers)

    async def hear(self, code: str, *arrivals: EventArrived) -> Folded:
        """Let intake hear events, as a batch from Kafka would."""
        parts = self.parts
        items = [
            prepared(
                Item(code, arrival, secrets.token_hex(16), datetime.now(UTC), arrival.topic),
                SERVICE,
                parts.workshop,
            )
            for arrival in arrivals
        ]
        async with parts.store.transaction() as tx:
            folded = await fold(tx, SERVICE, items, parts.trace)
            await tx.write(folded.writes)
        return folded

    async def refer(self, request: ReferralRequestedV1) -> Folded:
        """A referral comes in from its topic."""
        arrival = EventArrived(request, secrets.token_hex(8), None, "police_link.request.v1")
        return await self.hear(request.dispute_code, arrival)


@asynccontextmanager
async def counter(stack: LocalStack, tmp: Path) -> AsyncIterator[Counter]:
    """Intake's application over its own real database, its directory filled."""
    await provisioned(stack)
    async with parts_of(SERVICE, stack, tmp) as bare:
        parts = replace(bare, workshop=replace(bare.workshop, keys={KEYS_NAME: KEYS}))
        transport = httpx.ASGITransport(parts.app(Readiness(parts.store)))
        async with httpx.AsyncClient(transport=transport) as http:
            opened = Counter(parts, http)
            await _list_agencies(opened)
            yield opened


async def _list_agencies(opened: Counter) -> None:
    since = datetime.now(UTC) - DAY
    operator = listed(EXCHANGE, "exchange", "county", "330803000000")
    listings = []
    for agency in (*AGENCIES, operator):
        key = opened.keys[agency.agency] = SigningKey.generate(agency.agency)
        form = key.verify_key(since).to_json()
        public = AgencyKey(
            key_id=key.key_id,
            use="sign",
            algorithm="ed25519",
            public=str(form["key"]),
            valid_from=since,
        )
        event: AgencyListedV1 = agency.model_copy(update={"keys": (public,)})
        listings.append((agency.agency, event.model_dump_json().encode()))
    async with opened.parts.store.transaction() as tx:
        await tx.write(Writes(agencies=listings))
