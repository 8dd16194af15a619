"""What can go wrong with a call, each with the facts that the caller acts on."""

from typing import Any

ANSWER_BYTES_MAX = 64 * 1024 * 1024
"""A file of the largest size, and room."""


class CallRefused(Exception):
    """The exchange said no: `problem` is its problem+json (RFC 9457), in Chinese and English.

    `signed_by` is the exchange's key, None when the refusal is unsigned: then it may come from
    a proxy on the way, and the call may be made again with the same idempotency key.
    """

    def __init__(self, status: int, problem: dict[str, Any], signed_by: str | None) -> None:
        title = problem.get("title") or problem.get("code") or "no problem+json"
        super().__init__(f"交换中心未受理 / refused with {status}: {title}")
        self.status = status
        self.problem = problem
        self.signed_by = signed_by


class AnswerUntrusted(Exception):
    """A success that the exchange has not signed for this request: do not act on it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"回执未经核验，不可采信 / answer {status} does not verify: {reason}")
        self.status = status
        self.reason = reason


class AnswerTooLarge(Exception):
    """An answer over the client's limit."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"应答超过上限 / answer over the limit of {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


class ExchangeUnavailable(Exception):
    """No answer after all attempts. Whether the call took effect is unknown.

    Making it again with the same `idempotency_key` is safe, and tells.
    """

    def __init__(self, url: str, tries: int, last: str, idempotency_key: str | None) -> None:
        super().__init__(f"暂时联系不上交换中心 / no answer after {tries} attempts: {last}")
        self.url = url
        self.tries = tries
        self.last = last
        self.idempotency_key = idempotency_key
