"""The blocking client of an agency: signs what it sends, believes only what the exchange signed.

    with Client("https://exchange.example", key, exchange_keys) as exchange:
        answer = exchange.post("/police/v1/referrals", form, idempotency_key="JJD-2026-0001")
        receipt = answer.json()["receipt"]

Give your own number of the matter as idempotency key: a call that is made again after a crash
then has no second effect. Every method raises CallRefused, AnswerUntrusted, AnswerTooLarge or
ExchangeUnavailable.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Self

import httpx

from exchange.identity.keys import SigningKey, VerifyKey
from fengqiao.client.agency import JSON_TYPE, WAIT_S_MAX, Agency, Body, Params
from fengqiao.client.calls import Answer, Conversation, NoReply, Outcome, Reply, Send
from fengqiao.client.errors import ANSWER_BYTES_MAX, AnswerTooLarge


class Client:
    """`transport`, `sleep` and `now` are for tests and proxies."""

    def __init__(
        self,
        base_url: str,
        key: SigningKey,
        exchange_keys: Iterable[VerifyKey],
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._agency = Agency(base_url, key, exchange_keys, now)
        self._http = httpx.Client(transport=transport)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, *, params: Params | None = None) -> Answer:
        return self._carry_out(self._agency.get(path, params))

    def post(
        self,
        path: str,
        body: Body,
        *,
        idempotency_key: str | None = None,
        content_type: str = JSON_TYPE,
    ) -> Answer:
        """Post a mapping as JSON, or bytes. Without an idempotency key a random one is made."""
        return self._carry_out(self._agency.post(path, body, idempotency_key, content_type))

    def poll_handoffs(self, after: str = "0", wait_s: int = WAIT_S_MAX) -> Answer:
        """The mailbox after that cursor; the exchange waits up to `wait_s` for a first handoff."""
        return self._carry_out(self._agency.poll_handoffs(after, wait_s))

    def answer_handoff(self, handoff_id: str, answer: Body) -> Answer:
        return self._carry_out(self._agency.answer_handoff(handoff_id, answer))

    def _carry_out(self, conversation: Conversation) -> Answer:
        outcome: Outcome = None
        while True:
            try:
                step = conversation.send(outcome)
            except StopIteration as ended:
                answer: Answer = ended.value
                return answer
            if isinstance(step, Send):
                outcome = self._send(step)
            else:
                self._sleep(step.seconds)
                outcome = None

    def _send(self, step: Send) -> Reply | NoReply:
        call, body = step.call, bytearray()
        try:
            with self._http.stream(
                call.method,
                call.url,
                content=call.body,
                headers=step.headers,
                timeout=call.timeout_s,
            ) as response:
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > ANSWER_BYTES_MAX:
                        raise AnswerTooLarge(ANSWER_BYTES_MAX)
        except httpx.TransportError as error:
            return NoReply(type(error).__name__)
        return Reply(response.status_code, response.headers.multi_items(), bytes(body))
