"""One call of the exchange, as a conversation without I/O: what to send, when to try again.

`conversation` yields what its driver is to do and is sent the outcome: `Send` → Reply or NoReply,
`Pause` → None. Each attempt is signed anew (another nonce, the time of now); the idempotency key
stays, so however often a call arrives it has one effect and one answer.
"""

import json
import secrets
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from exchange.identity.keys import SigningKey
from exchange.identity.refusals import SignatureRefused
from exchange.identity.signatures import (
    KeyLookup,
    SignedRequest,
    sign_request,
    verify_request,
    verify_response,
)
from fengqiao.client.errors import AnswerUntrusted, CallRefused, ExchangeUnavailable

TRIES_MAX = 5
BACKOFF_S = 0.5
PAUSE_S_MAX = 30.0
NONCE_BYTES = 16
RETRIED = frozenset({425, 429, 500, 502, 503, 504})
CONFLICT = 409
"""Made again only where the exchange says when: an earlier act of ours is not answered yet."""

UNAUTHORISED = 401
FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Call:
    """What the caller wants: `url` absolute, `timeout_s` for one attempt."""

    method: str
    url: str
    body: bytes
    content_type: str
    idempotency_key: str | None
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request, once."""

    call: Call
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next attempt."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP, nothing believed yet."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class NoReply:
    """Nothing came back: the request may or may not have arrived."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The exchange's own answer, its signature verified; `signed_by` is the exchange's key id."""

    status: int
    body: bytes
    signed_by: str

    def json(self) -> Any:
        return json.loads(self.body)


Step: TypeAlias = Send | Pause
Outcome: TypeAlias = Reply | NoReply | None
Conversation: TypeAlias = Generator[Step, Outcome, Answer]


def conversation(
    call: Call, key: SigningKey, exchange_keys: KeyLookup, now: Callable[[], datetime]
) -> Conversation:
    """Returns the answer. Raises CallRefused, AnswerUntrusted, ExchangeUnavailable."""
    last = ""
    for tried in range(1, TRIES_MAX + 1):
        headers, request = _signed(call, key, now())
        outcome = yield Send(call, headers)
        if isinstance(outcome, Reply) and _is_final(outcome, tried):
            return _judged(outcome, request, exchange_keys, now())
        last = _described(outcome)
        if tried < TRIES_MAX:
            yield Pause(_pause_s(tried, outcome))
    raise ExchangeUnavailable(call.url, TRIES_MAX, last, call.idempotency_key)


def _is_final(reply: Reply, tried: int) -> bool:
    """A conflict that outlasts every attempt is an answer too, and tells why."""
    if reply.status == CONFLICT:
        return tried == TRIES_MAX or "retry-after" not in dict(reply.headers)
    return reply.status not in RETRIED


def _described(outcome: Outcome) -> str:
    match outcome:
        case Reply(status=status):
            return f"HTTP {status}"
        case NoReply(reason=reason):
            return reason
        case None:
            raise TypeError("a Send was answered with nothing")


def _signed(call: Call, key: SigningKey, now: datetime) -> tuple[dict[str, str], SignedRequest]:
    headers = sign_request(
        key,
        call.method,
        call.url,
        {"Content-Type": call.content_type, "Accept-Encoding": "identity"},
        call.body,
        created=now,
        nonce=secrets.token_hex(NONCE_BYTES),
        idempotency_key=call.idempotency_key,
        with_base=True,
    )
    own_key = key.verify_key(now)
    request = verify_request(
        call.method, call.url, headers, call.body, keys=lambda _: own_key, now=now
    )
    return headers, request


def _judged(
    reply: Reply, request: SignedRequest, exchange_keys: KeyLookup, now: datetime
) -> Answer:
    """A success must be signed for this request; an error is told even if it is unsigned."""
    bound_to = None if reply.status == UNAUTHORISED else request
    refused: SignatureRefused | None = None
    signed_by = None
    try:
        signed_by = verify_response(
            reply.status, reply.headers, reply.body, request=bound_to, keys=exchange_keys, now=now
        ).key_id
    except SignatureRefused as error:
        refused = error
    if reply.status >= FIRST_ERROR:
        raise CallRefused(reply.status, _problem(reply.body), signed_by)
    if signed_by is None:
        raise AnswerUntrusted(reply.status, str(refused)) from refused
    return Answer(reply.status, reply.body, signed_by)


def _problem(body: bytes) -> dict[str, Any]:
    """The problem+json (RFC 9457) of an error; an empty one where a proxy answered otherwise."""
    try:
        problem = json.loads(body)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _pause_s(tried: int, outcome: Outcome) -> float:
    """Retry-After in seconds where it is given (RFC 9110, 10.2.3), else doubling; bounded."""
    asked = dict(outcome.headers).get("retry-after", "") if isinstance(outcome, Reply) else ""
    seconds = float(asked) if asked.isdecimal() else BACKOFF_S * 2 ** (tried - 1)
    return min(seconds, PAUSE_S_MAX)
