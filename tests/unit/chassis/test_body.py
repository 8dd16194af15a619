"""A body is read only where its signature holds, it fits, and there is a place for it."""

import asyncio
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from opentelemetry.sdk.trace import TracerProvider

from exchange.chassis.commands import Commands
from exchange.chassis.decider import Refused
from exchange.chassis.door import BODY_BYTES_MAX, LARGE_BODIES_MAX, Door
from exchange.chassis.settings import Settings
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.contracts.topics import REFERRALS
from exchange.identity.keys import SigningKey
from exchange.identity.signatures import sign_request
from exchange.memory.clock import ManualClock
from exchange.memory.database import Database
from exchange.memory.store import MemoryStore
from tests.support.agencies import Agency, list_agencies
from tests.support.toy import TOY

URL = "http://exchange.test/v1/files"
LARGE = 50 * BODY_BYTES_MAX
SCAN = b"%PDF-1.7"
STATION = Agency.named("PS")


class Upload:
    """A request whose body comes when it is let go on; `asked` says whether anybody wants it."""

    def __init__(self, headers: dict[str, str], body: bytes = SCAN) -> None:
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()
        self._body = body
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/files",
            "raw_path": b"/v1/files",
            "query_string": b"",
            "headers": [(n.lower().encode(), v.encode()) for n, v in headers.items()],
        }
        self.request = Request(scope, self._receive)

    async def _receive(self) -> MutableMapping[str, Any]:
        self.asked.set()
        await self.goes_on.wait()
        return {"type": "http.request", "body": self._body, "more_body": False}


def signed(key: SigningKey = STATION.key, **headers: str) -> dict[str, str]:
    return sign_request(
        key,
        "POST",
        URL,
        headers,
        SCAN,
        created=datetime.now(UTC),
        nonce="n-1",
        idempotency_key="k-1",
    )


@pytest.fixture
async def door() -> Door:
    """A door on a store in memory whose directory lists the station."""
    settings = Settings(
        kafka_bootstrap="",
        postgres_dsn="",
        http_port=1,
        public_url="http://exchange.test",
        signing_key_file=Path("unread"),
    )
    clock = ManualClock(now=datetime.now(UTC) - timedelta(days=1))
    store = MemoryStore(Database(clock), partitions=TOY.partitions, ledger_topic=REFERRALS.name)
    await list_agencies(store, STATION.listed("police"))
    workshop = Workshop(settings, SigningKey.generate(EXCHANGE))
    trace = Trace(TracerProvider().get_tracer("test"))
    return Door(store, Commands(TOY, store, workshop, trace, Wake()), workshop)


async def refusal(door: Door, upload: Upload) -> Refused:
    with pytest.raises(Refused) as caught:
        await door.call(upload.request, body_bytes_max=LARGE)
    return caught.value


async def test_who_only_names_a_listed_key_has_nothing_read(door: Door) -> None:
    stranger = SigningKey.generate(STATION.code)
    forged = signed(stranger)
    forged["Signature-Input"] = forged["Signature-Input"].replace(
        stranger.key_id, STATION.key.key_id
    )
    upload = Upload(forged)

    refused = await refusal(door, upload)

    assert (refused.status, refused.code) == (401, "signature_altered")
    assert not upload.asked.is_set()


async def test_a_body_that_says_that_it_is_too_long_is_refused_at_once(door: Door) -> None:
    upload = Upload(signed(**{"Content-Length": str(LARGE + 1)}))

    assert (await refusal(door, upload)).status == 413
    assert not upload.asked.is_set()


async def test_a_body_that_is_not_the_signed_one_is_refused_once_it_is_there(door: Door) -> None:
    upload = Upload(signed(), body=SCAN + b" ")
    upload.goes_on.set()

    assert (await refusal(door, upload)).code == "signature_altered"


async def test_with_all_places_taken_the_next_is_asked_to_come_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.chassis.door.PLACE_TIMEOUT_S", 0)
    reading = [Upload(signed()) for _ in range(LARGE_BODIES_MAX)]
    calls = [asyncio.create_task(door.call(one.request, body_bytes_max=LARGE)) for one in reading]
    for one in reading:
        await one.asked.wait()
    late = Upload(signed())

    refused = await refusal(door, late)

    assert (refused.status, refused.code, refused.extra["retry_after_s"]) == (503, "busy", 1)
    assert not late.asked.is_set()
    for one in reading:
        one.goes_on.set()
    assert [call.body for call in await asyncio.gather(*calls)] == [SCAN] * LARGE_BODIES_MAX
    again = Upload(signed())
    again.goes_on.set()
    assert (await door.call(again.request, body_bytes_max=LARGE)).body == SCAN


async def test_a_body_that_never_ends_does_not_keep_its_place(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.chassis.door.BODY_TIMEOUT_S", 0)

    assert (await refusal(door, Upload(signed()))).code == "busy"
