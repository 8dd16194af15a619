"""The played agencies' own systems: they take handoffs pushed to them and sign for each."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import orjson
from fastapi import APIRouter, Request, Response

from exchange.identity.keys import VerifyKey
from exchange.identity.refusals import SignatureRefused
from exchange.identity.signatures import sign_response, verify_request
from fengqiao.client.receive import answer, receive
from sandbox.behaviour import Behaviour
from sandbox.cast import Cast
from sandbox.inbox import Inbox


class AgencySystems:
    """Every played agency's endpoint: `POST /agencies/{code}/handoffs`, and its status query."""

    def __init__(self, cast: Cast, inbox: Inbox, exchange: VerifyKey, base_url: str) -> None:
        self.cast, self.inbox, self._exchange, self._base_url = cast, inbox, exchange, base_url
        self.behaviours: dict[str, Behaviour] = {}
        self.turned_away: Counter[str] = Counter()

    def behaviour(self, agency: str) -> Behaviour:
        return self.behaviours.get(agency, Behaviour())

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/agencies/{agency}/handoffs", self.take, methods=["POST"])
        router.add_api_route("/agencies/{agency}/handoffs/{handoff_id}", self.tell)
        return router

    async def take(self, request: Request, agency: str) -> Response:
        """A pushed handoff: verified, kept, answered."""
        behaviour = self.behaviour(agency)
        if away := 503 if behaviour.down else behaviour.refuse:
            self.turned_away[agency] += 1
            return Response(status_code=away)
        body = await request.body()
        url = f"{self._base_url}{request.url.path}"
        try:
            handoff = receive(
                "POST", url, request.headers.items(), body, [self._exchange], datetime.now(UTC)
            )
        except SignatureRefused:
            return Response(status_code=401)
        self.inbox.keep(agency, handoff.body)
        await asyncio.sleep(behaviour.slow_s)
        if behaviour.deaf:
            return Response(status_code=504)
        said = orjson.dumps({"received": True, "handoff_id": handoff.handoff_id})
        if behaviour.unsigned:
            return Response(said, media_type="application/json")
        headers = answer(handoff, self.cast.keys[agency], said, datetime.now(UTC))
        return Response(said, headers=headers)

    async def tell(self, request: Request, agency: str, handoff_id: str) -> Response:
        """The status query: whether this agency holds that handoff."""
        if self.behaviour(agency).down:
            return Response(status_code=503)
        if not self.inbox.holds(handoff_id):
            return Response(status_code=404)
        url = f"{self._base_url}{request.url.path}"
        try:
            signed = verify_request(
                "GET",
                url,
                request.headers.items(),
                b"",
                keys={self._exchange.key_id: self._exchange}.get,
                now=datetime.now(UTC),
            )
        except SignatureRefused:
            return Response(status_code=401)
        said = orjson.dumps({"received": True, "handoff_id": handoff_id})
        if self.behaviour(agency).unsigned:
            return Response(said, media_type="application/json")
        headers = sign_response(
            self.cast.keys[agency],
            200,
            {"Content-Type": "application/json"},
            said,
            signed,
            created=datetime.now(UTC),
        )
        return Response(said, headers=headers)
