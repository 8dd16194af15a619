"""A door on a real database, and agencies that sign their calls to it."""

import base64
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson

from exchange.chassis.decider import EventArrived
from exchange.chassis.fold import Item, fold
from exchange.chassis.process import Parts
from exchange.chassis.readiness import Readiness
from exchange.chassis.rows import Writes
from exchange.chassis.service import AnyService
from exchange.contracts.events.directory import AgencyKey, AgencyListedV1
from exchange.dossier.sealing import SealingKey
from exchange.identity.keys import SigningKey
from exchange.identity.signatures import sign_request
from exchange.local.stack import LocalStack
from tests.support.running import parts_of, provisioned
from tests.unit.doors.scene import EXCHANGE, book

URL = "http://127.0.0.1:1"
SEALING = SealingKey.generate(f"{EXCHANGE}/seal-1")


@dataclass(slots=True)
class Calling:
    """Calls a service's application as an agency would, each agency with its own key."""

    parts: Parts
    http: httpx.AsyncClient
    keys: dict[str, SigningKey] = field(default_factory=dict)

    async def call(
        self,
        agency: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        content = orjson.dumps(body) if body is not None else b""
        headers = sign_request(
            self.keys[agency],
            method,
            URL + path,
            {"Content-Type": "application/json"},
            content,
            created=datetime.now(UTC),
            nonce=secrets.token_hex(16),
            idempotency_key=(key or secrets.token_hex(8)) if method == "POST" else None,
        )
        return await self.http.request(method, URL + path, content=content, headers=headers)

    async def hear(self, code: str, *arrivals: EventArrived) -> None:
        """Let the door hear canonical events, as a batch from Kafka would."""
        async with self.parts.store.transaction() as tx:
            items = [
                Item(code, arrival, arrival.id, datetime.now(UTC), arrival.topic)
                for arrival in arrivals
            ]
            folded = await fold(tx, self.parts.service, items, self.parts.trace)
            assert (folded.applied, folded.parked) == (len(arrivals), 0)
            await tx.write(folded.writes)


@asynccontextmanager
async def door_of(service: AnyService, stack: LocalStack, tmp: Path) -> AsyncIterator[Calling]:
    """The service's application over its own real database, its directory filled."""
    await provisioned(stack)
    await _forget_agencies(stack.service_dsn(service.name))
    async with parts_of(service, stack, tmp) as parts:
        transport = httpx.ASGITransport(parts.app(Readiness(parts.store)))
        async with httpx.AsyncClient(transport=transport) as http:
            calling = Calling(parts, http)
            await _list_agencies(calling)
            yield calling


async def _forget_agencies(dsn: str) -> None:
    """What other tests listed in this database: a choice would see it."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DELETE FROM agencies")
        await connection.execute("UPDATE agencies_version SET version = version + 1")
    finally:
        await connection.close()


async def _list_agencies(calling: Calling) -> None:
    since = datetime.now(UTC) - timedelta(days=1)
    listings = []
    for agency in book():
        key = calling.keys[agency.agency] = SigningKey.generate(agency.agency)
        public = key.verify_key(since).to_json()["key"]
        keys = [
            AgencyKey(
                key_id=key.key_id, use="sign", algorithm="ed25519", public=public, valid_from=since
            )
        ]
        if agency.kind == "exchange":
            sealing = base64.b64encode(SEALING.private.public_key().public_bytes_raw()).decode()
            keys.append(
                AgencyKey(
                    key_id=SEALING.kid,
                    use="seal",
                    algorithm="x25519",
                    public=sealing,
                    valid_from=since,
                )
            )
        listed = AgencyListedV1.model_validate({**agency.model_dump(), "keys": keys})
        listings.append((agency.agency, listed.model_dump_json().encode()))
    async with calling.parts.store.transaction() as tx:
        await tx.write(Writes(agencies=listings))
