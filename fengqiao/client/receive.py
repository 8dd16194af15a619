"""The receiving end of pushed handoffs: verify that the exchange sent it, answer under signature.

    handoff = receive("POST", public_url, request.headers, body, exchange_keys, now)
    ...                                  # keep it under handoff.handoff_id, then answer
    headers = answer(handoff, key, b'{"received": true}', now)

The same handoff may come again (its answer was lost): `handoff_id` tells, answer as before.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from exchange.identity.keys import SigningKey, VerifyKey, choose
from exchange.identity.messages import Headers
from exchange.identity.signatures import SignedRequest, sign_response, verify_request


@dataclass(frozen=True, slots=True)
class Handoff:
    """A verified handoff. `handoff_id` is its idempotency key, `request` the proof to keep."""

    handoff_id: str
    body: dict[str, Any]
    request: SignedRequest


def receive(
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    exchange_keys: Iterable[VerifyKey],
    now: datetime,
) -> Handoff:
    """The handoff in a request. `url` is the agency's own public address of this endpoint.

    Raises SignatureRefused when the exchange did not send exactly this (answer 401), ValueError
    when it did but the body is no JSON object (answer 400).
    """
    keys = list(exchange_keys)
    request = verify_request(
        method, url, headers, body, keys=lambda key_id: choose(keys, key_id, now), now=now
    )
    content = json.loads(body)
    if not isinstance(content, dict) or request.idempotency_key is None:
        raise ValueError("投递内容不是 JSON 对象 / a handoff is a POST of a JSON object")
    return Handoff(request.idempotency_key, content, request)


def answer(
    handoff: Handoff,
    key: SigningKey,
    body: bytes,
    now: datetime,
    status: int = HTTPStatus.OK,
) -> dict[str, str]:
    """The headers to answer with: JSON, signed by the agency for this handoff and no other."""
    headers = {"Content-Type": "application/json"}
    return sign_response(key, status, headers, body, handoff.request, created=now)
