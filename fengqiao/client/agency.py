"""Who calls whom: an agency with its key, the exchange with its keys, and the calls between them.

Each method starts a conversation (see `calls`); the clients carry it out.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import httpx

from exchange.identity.keys import SigningKey, VerifyKey
from fengqiao.client.calls import Call, Conversation, conversation

TIMEOUT_S = 10.0
WAIT_S_MAX = 30
JSON_TYPE = "application/json"

Body: TypeAlias = Mapping[str, Any] | bytes
Params: TypeAlias = Mapping[str, str | int]


class Agency:
    """The caller's side. `now` is machine time, for signatures."""

    def __init__(
        self,
        base_url: str,
        key: SigningKey,
        exchange_keys: Iterable[VerifyKey],
        now: Callable[[], datetime],
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._exchange_keys = {each.key_id: each for each in exchange_keys}
        self._now = now

    def get(
        self, path: str, params: Params | None = None, timeout_s: float = TIMEOUT_S
    ) -> Conversation:
        return self._start("GET", path, b"", params=params, timeout_s=timeout_s)

    def post(
        self,
        path: str,
        body: Body,
        idempotency_key: str | None = None,
        content_type: str = JSON_TYPE,
    ) -> Conversation:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        key = idempotency_key or secrets.token_urlsafe()
        return self._start("POST", path, raw, content_type=content_type, idempotency_key=key)

    def poll_handoffs(self, after: str, wait_s: int) -> Conversation:
        wait_s = min(wait_s, WAIT_S_MAX)
        params: Params = {"after": after, "wait": wait_s}
        return self.get("/v1/handoffs", params, timeout_s=wait_s + TIMEOUT_S)

    def answer_handoff(self, handoff_id: str, answer: Body) -> Conversation:
        """A handoff is answered once: its id is the idempotency key."""
        return self.post(f"/v1/handoffs/{handoff_id}:answer", answer, handoff_id)

    def _start(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        params: Params | None = None,
        content_type: str = JSON_TYPE,
        idempotency_key: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Conversation:
        url = httpx.URL(self._base_url + path)
        url = url.copy_merge_params(dict(params)) if params else url
        call = Call(method, str(url), body, content_type, idempotency_key, timeout_s)
        return conversation(call, self._key, self._exchange_keys.get, self._now)
