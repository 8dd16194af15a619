"""An agency that is pushed to: a real HTTP server that answers as the test tells it."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exchange.chassis.process import Server
from exchange.identity.keys import SigningKey, VerifyKey, choose
from exchange.identity.signatures import sign_response, verify_request
from fengqiao.client.receive import answer, receive
from tests.support.agencies import Agency

ANSWER = b'{"received":true}'
SLOW_S = 30.0


@dataclass(slots=True)
class PushedAgency:
    """`behaviours` say what becomes of the next POSTs, in order; then it answers as it should.

    answer, unsigned, wrong_key, other_request, a status code, `late` (takes it, the answer is
    lost), `dripping` (an answer without end).
    """

    agency: Agency
    url: str
    exchange: VerifyKey
    behaviours: list[str] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    at_once: int = 0
    at_once_max: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def times_posted(self) -> Counter[str]:
        return Counter(self.posted)

    async def post(self, request: Request) -> Response:
        body = await request.body()
        now = datetime.now(UTC)
        handoff = receive("POST", self.url, request.headers.items(), body, [self.exchange], now)
        about = str(handoff.body["about"])
        self.posted.append(about)
        behaviour = self.behaviours.pop(0) if self.behaviours else "answer"
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        try:
            await self.gate.wait()
        finally:
            self.at_once -= 1
        if behaviour.isdecimal():
            return Response(status_code=int(behaviour))
        self.held[handoff.handoff_id] = about
        match behaviour:
            case "unsigned":
                return Response(ANSWER)
            case "wrong_key":
                other = SigningKey.generate(self.agency.code)
                return Response(ANSWER, headers=answer(handoff, other, ANSWER, now))
            case "other_body":
                headers = answer(handoff, self.agency.key, b'{"received":false}', now)
                return Response(ANSWER, headers=headers)
            case "late":
                await asyncio.sleep(SLOW_S)
            case "endless":
                return Response(b"x" * 10_000_000)
        return Response(ANSWER, headers=answer(handoff, self.agency.key, ANSWER, now))

    async def status(self, request: Request) -> Response:
        handoff_id = request.path_params["handoff_id"]
        now = datetime.now(UTC)
        asked = verify_request(
            "GET",
            f"{self.url}/{handoff_id}",
            request.headers.items(),
            b"",
            keys=lambda key_id: choose([self.exchange], key_id, now),
            now=now,
        )
        self.asked.append(handoff_id)
        if handoff_id not in self.held:
            return Response(status_code=404)
        headers = {"Content-Type": "application/json"}
        signed = sign_response(self.agency.key, 200, headers, ANSWER, asked, created=now)
        return Response(ANSWER, headers=signed)


@asynccontextmanager
async def pushed_agency(exchange: VerifyKey, *behaviours: str) -> AsyncIterator[PushedAgency]:
    """The agency's server on a port of its own, its gate open."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/handoffs"
    agency = PushedAgency(Agency.named("PC"), url, exchange, list(behaviours))
    agency.gate.set()
    app = Starlette(
        routes=[
            Route("/handoffs", agency.post, methods=["POST"]),
            Route("/handoffs/{handoff_id}", agency.status, methods=["GET"]),
        ]
    )
    server = Server(
        uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield agency
    finally:
        server.should_exit = True
        await serving
        listener.close()
