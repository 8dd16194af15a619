"""The control routes: who is played, how it behaves, what it holds, what it is to send."""

import asyncio
import base64
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from exchange.identity.keys import VerifyKey
from fengqiao.client.async_client import AsyncClient
from fengqiao.client.errors import AnswerUntrusted, CallRefused, ExchangeUnavailable
from sandbox.agencies import AgencySystems
from sandbox.behaviour import Behaviour
from sandbox.fetching import fetch_for

TIMES_MAX = 10


class Play(BaseModel):
    """One call that an agency is to make: to `url` + `path`, `times` times under the same key.

    `file_b64` sends bytes of `content_type` instead of JSON. With `new_key` every repetition takes
    another idempotency key; `altered` is laid over the JSON of the repetitions.
    """

    model_config = ConfigDict(extra="forbid")

    url: str
    path: str
    method: Literal["GET", "POST"] = "POST"
    body: dict[str, Any] = Field(default_factory=dict)
    params: dict[str, str | int] = Field(default_factory=dict)
    file_b64: str | None = None
    content_type: str = "application/json"
    idempotency_key: str | None = None
    times: int = Field(1, ge=1, le=TIMES_MAX)
    new_key: bool = False
    altered: dict[str, Any] = Field(default_factory=dict)


class Behave(BaseModel):
    """How to behave from now on; a mailbox agency is told its door's address."""

    model_config = ConfigDict(extra="forbid")

    behaviour: Behaviour
    door_url: str | None = None


class Control:
    """The routes under /control."""

    def __init__(self, systems: AgencySystems, exchange: VerifyKey) -> None:
        self._systems, self._exchange = systems, exchange
        self._fetching: dict[str, asyncio.Task[None]] = {}

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/control")
        router.add_api_route("/keys", self.keys)
        router.add_api_route("/{agency}/behaviour", self.behave, methods=["PUT"])
        router.add_api_route("/{agency}/held", self.held)
        router.add_api_route("/{agency}/arrivals", self.arrivals)
        router.add_api_route("/{agency}/turned-away", self.turned_away)
        router.add_api_route("/{agency}/play", self.play, methods=["POST"])
        return router

    async def keys(self) -> list[dict[str, str | None]]:
        """The public keys of the cast."""
        return self._systems.cast.public()

    async def behave(self, agency: str, told: Behave) -> dict[str, bool]:
        self._known(agency)
        self._systems.behaviours[agency] = told.behaviour
        if told.behaviour.mailbox and told.door_url and agency not in self._fetching:
            task = asyncio.create_task(
                fetch_for(agency, told.door_url, self._exchange, self._systems)
            )
            self._fetching[agency] = task
            task.add_done_callback(lambda _: self._fetching.pop(agency, None))
        return {"told": True}

    async def held(self, agency: str, dispute: str | None = None) -> list[dict[str, Any]]:
        """The handoffs that this agency holds, oldest first."""
        return list(self._systems.inbox.of(self._known(agency), dispute))

    async def arrivals(self, agency: str, dispute: str | None = None) -> dict[str, int]:
        """How often each of its handoffs came, by what it is about."""
        return self._systems.inbox.arrivals(self._known(agency), dispute)

    async def turned_away(self, agency: str) -> int:
        """How many handoffs it did not take, being down or refusing."""
        return self._systems.turned_away[self._known(agency)]

    async def play(self, agency: str, play: Play) -> list[dict[str, Any]]:
        """Make the call; each answer as {status, body, signed}."""
        key = self._systems.cast.keys[self._known(agency)]
        async with AsyncClient(play.url, key, [self._exchange]) as client:
            return await played(client, play)

    def _known(self, agency: str) -> str:
        if agency not in self._systems.cast.keys:
            raise HTTPException(404, f"the sandbox does not play {agency}")
        return agency


async def played(client: AsyncClient, play: Play) -> list[dict[str, Any]]:
    """Make the call so many times; each answer as {status, body, signed}."""
    return [await _call(client, play, nth) for nth in range(play.times)]


async def _call(client: AsyncClient, play: Play, nth: int) -> dict[str, Any]:
    try:
        if play.method == "GET":
            answer = await client.get(play.path, params=play.params or None)
        else:
            key = None if play.new_key and nth else play.idempotency_key
            answer = await client.post(
                play.path, _body(play, nth), idempotency_key=key, content_type=play.content_type
            )
    except CallRefused as refused:
        return {"status": refused.status, "body": refused.problem, "signed": False}
    except AnswerUntrusted as untrusted:
        return {"status": untrusted.status, "body": {}, "signed": False}
    except ExchangeUnavailable:
        return {"status": 0, "body": {}, "signed": False}
    return {"status": answer.status, "body": answer.json(), "signed": True}


def _body(play: Play, nth: int) -> dict[str, Any] | bytes:
    if play.file_b64 is not None:
        return base64.b64decode(play.file_b64)
    return play.body | play.altered if nth else play.body
