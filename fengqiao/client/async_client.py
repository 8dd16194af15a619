"""The client of an agency for asyncio; the same as `client.Client`, with `await`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Self

import httpx

from exchange.identity.keys import SigningKey, VerifyKey
from fengqiao.client.agency import JSON_TYPE, WAIT_S_MAX, Agency, Body, Params
from fengqiao.client.calls import Answer, Conversation, NoReply, Outcome, Reply, Send
from fengqiao.client.errors import ANSWER_BYTES_MAX, AnswerTooLarge


class AsyncClient:
    """`transport`, `sleep` and `now` are for tests and proxies."""

    def __init__(
        self,
        base_url: str,
        key: SigningKey,
        exchange_keys: Iterable[VerifyKey],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._agency = Agency(base_url, key, exchange_keys, now)
        self._http = httpx.AsyncClient(transport=transport)
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, *, params: Params | None = None) -> Answer:
        return await self._carry_out(self._agency.get(path, params))

    async def post(
        self,
        path: str,
        body: Body,
        *,
        idempotency_key: str | None = None,
        content_type: str = JSON_TYPE,
    ) -> Answer:
        """Post a mapping as JSON, or bytes. Without an idempotency key a random one is made."""
        return await self._carry_out(self._agency.post(path, body, idempotency_key, content_type))

    async def poll_handoffs(self, after: str = "0", wait_s: int = WAIT_S_MAX) -> Answer:
        """The mailbox after that cursor; the exchange waits up to `wait_s` for a first handoff."""
        return await self._carry_out(self._agency.poll_handoffs(after, wait_s))

    async def answer_handoff(self, handoff_id: str, answer: Body) -> Answer:
        return await self._carry_out(self._agency.answer_handoff(handoff_id, answer))

    async def _carry_out(self, conversation: Conversation) -> Answer:
        outcome: Outcome = None
        while True:
            try:
                step = conversation.send(outcome)
            except StopIteration as ended:
                answer: Answer = ended.value
                return answer
            if isinstance(step, Send):
                outcome = await self._send(step)
            else:
                await self._sleep(step.seconds)
                outcome = None

    async def _send(self, step: Send) -> Reply | NoReply:
        call, body = step.call, bytearray()
        try:
            async with self._http.stream(
                call.method,
                call.url,
                content=call.body,
                headers=step.headers,
                timeout=call.timeout_s,
            ) as response:
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > ANSWER_BYTES_MAX:
                        raise AnswerTooLarge(ANSWER_BYTES_MAX)
        except httpx.TransportError as error:
            return NoReply(type(error).__name__)
        return Reply(response.status_code, response.headers.multi_items(), bytes(body))
