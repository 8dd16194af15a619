"""The network between the exchange and agencies that are called: it loses calls and answers.

Stands in for `httpx.AsyncClient` behind the one method that the exchange uses; signatures are real
both ways. Calls fail as real ones do, each drawn for itself: never reached, taken and not
answered, put off, answered unsigned; once the plan's trouble is over none fails.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from exchange.chassis.workshop import EXCHANGE
from exchange.identity.signatures import sign_response, verify_request
from fengqiao.client.receive import answer, receive
from tests.simulation import scenery
from tests.simulation.agency import Agency

FAILS = ("well", "well", "well", "unreached", "deaf", "busy", "unsigned")
DEAF_S = 2.0


@dataclass(slots=True)
class Answer:
    """As the exchange reads it: status, headers, body in pieces."""

    status_code: int
    headers: httpx.Headers
    content: bytes = b""

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        yield self.content


@dataclass(slots=True)
class Network:
    """`agencies` are called by their host's name; `over` says that all trouble is over."""

    agencies: Mapping[str, Agency]
    seed: int
    over: Callable[[], bool]

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, *, content: bytes, headers: Mapping[str, str], **_how: Any
    ) -> AsyncIterator[Answer]:
        """Raises httpx.ConnectError where the call is lost, ReadTimeout where its answer is."""
        agency = self.agencies[_host(url)]
        how = "well" if self.over() else self._drawn(headers["Signature"])
        await asyncio.sleep(0)
        if how == "unreached":
            raise httpx.ConnectError("unreached")
        if how == "busy":
            yield Answer(httpx.codes.SERVICE_UNAVAILABLE, httpx.Headers())
            return
        taken = self._take if method == "POST" else self._tell
        answered = taken(agency, method, url, content, headers, signed=how != "unsigned")
        if how == "deaf":
            await asyncio.sleep(DEAF_S)
            raise httpx.ReadTimeout("deaf")
        yield answered

    def _drawn(self, of: str) -> str:
        return Random(f"{self.seed}/{of}").choice(FAILS)

    def _take(
        self,
        agency: Agency,
        method: str,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        signed: bool,
    ) -> Answer:
        now = agency.world.clock.machine()
        exchange = scenery.key_of(EXCHANGE).verify_key(scenery.EVER)
        handoff = receive(method, url, headers, content, [exchange], now)
        agency.handed(content, signed=signed)
        said = orjson.dumps({"received": True, "handoff_id": handoff.handoff_id})
        if not signed:
            return Answer(httpx.codes.OK, httpx.Headers(), said)
        answered = answer(handoff, scenery.key_of(agency.code), said, now)
        return Answer(httpx.codes.OK, httpx.Headers(answered), said)

    def _tell(
        self,
        agency: Agency,
        method: str,
        url: str,
        _content: bytes,
        headers: Mapping[str, str],
        *,
        signed: bool,
    ) -> Answer:
        """The status query: whether it holds that handoff."""
        now = agency.world.clock.machine()
        handoff_id = url.rpartition("/")[2]
        if handoff_id not in agency.inbox:
            return Answer(httpx.codes.NOT_FOUND, httpx.Headers())
        exchange = scenery.key_of(EXCHANGE).verify_key(scenery.EVER)
        asked = verify_request(method, url, headers, b"", keys=lambda _id: exchange, now=now)
        said = orjson.dumps({"received": True, "handoff_id": handoff_id})
        if not signed:
            return Answer(httpx.codes.OK, httpx.Headers(), said)
        key = scenery.key_of(agency.code)
        kind = {"Content-Type": "application/json"}
        answered = sign_response(key, httpx.codes.OK, kind, said, asked, created=now)
        return Answer(httpx.codes.OK, httpx.Headers(answered), said)


def _host(url: str) -> str:
    return (urlsplit(url).netloc).removesuffix(".test")
