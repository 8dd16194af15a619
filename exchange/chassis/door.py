"""The door of a service: who asks, what they send, how it is answered. Every `api.py` gets one.

A call is verified (RFC 9421), its form read with all errors at once, its command decided and
committed, and only then answered, signed by the exchange.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from exchange.chassis.commands import Commands, busy
from exchange.chassis.decider import CommandGiven, FieldError, Refused
from exchange.chassis.ports import Store
from exchange.chassis.problems import field_errors, not_found, not_valid
from exchange.chassis.verify_keys import key_lookup
from exchange.chassis.workshop import Workshop, with_exchange
from exchange.contracts.dispute_code import BadDisputeCode, parse
from exchange.contracts.events.base import Evidence
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.privacy_lint import number_of_a_person
from exchange.contracts.terms import AGENCY_KINDS, said
from exchange.contracts.vocabulary import AgencyKind
from exchange.identity.canonical import canonical_bytes
from exchange.identity.evidence import evidence_of
from exchange.identity.refusals import SignatureRefused
from exchange.identity.signatures import SignedRequest, sign_response, verify_request_head
from exchange.identity.verification import check_body

F = TypeVar("F", bound=BaseModel)

BODY_BYTES_MAX = 1_048_576
BODY_TIMEOUT_S = 60.0
"""To the last byte of any body: nobody keeps a request open for ever."""

LARGE_BODIES_MAX = 4
"""Bodies of a route for more than BODY_BYTES_MAX that are read at the same time."""

PLACE_TIMEOUT_S = 1.0
"""How long such a request waits for one of these places."""

IDEMPOTENCY_KEY_CHARS_MAX = 128
IDEMPOTENCY_KEY = re.compile(rf"[!-~]{{1,{IDEMPOTENCY_KEY_CHARS_MAX}}}")
"""Printable ASCII without a space. It stands in the evidence of events, so it names nobody."""


@dataclass(frozen=True, slots=True)
class Call:
    """A verified request: `agency` is the directory's entry of who signed it."""

    agency: AgencyListedV1
    body: bytes
    received_at: datetime
    signed: SignedRequest

    @property
    def evidence(self) -> Evidence:
        return evidence_of(self.signed)


class Door:
    """What an agency's API is built from. One per process."""

    def __init__(self, store: Store, commands: Commands, workshop: Workshop) -> None:
        self.store = store
        self.workshop = workshop
        self._commands = commands
        self._large_bodies = asyncio.Semaphore(LARGE_BODIES_MAX)

    async def call(
        self,
        request: Request,
        *,
        kinds: frozenset[AgencyKind] | None = None,
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> Call:
        """The verified call; the signature over the headers holds before a byte is read.

        Raises Refused: 413 too large, 401 bad signature, 403 wrong kind, 503 no place for it.
        """
        require_fitting(request, body_bytes_max)
        book = with_exchange(await self.store.book(), self.workshop)
        now = self.workshop.now()
        try:
            signed = verify_request_head(
                request.method,
                self.public_url(request),
                request.headers.items(),
                keys=key_lookup(book),
                now=now,
            )
            agency = book.by_code[signed.agency]
            _require_kind(agency, kinds)
            body = await self._body(request, body_bytes_max)
            check_body(body, signed.base)
        except SignatureRefused as refused:
            raise _unauthorised(refused) from refused
        return Call(agency, body, now, signed)

    async def _body(self, request: Request, bytes_max: int) -> bytes:
        """A large one needs one of few places. Raises Refused 413, 503 where it takes too long."""
        try:
            async with AsyncExitStack() as place:
                if bytes_max > BODY_BYTES_MAX:
                    async with asyncio.timeout(PLACE_TIMEOUT_S):
                        await place.enter_async_context(self._large_bodies)
                async with asyncio.timeout(BODY_TIMEOUT_S):
                    return await read_body(request, bytes_max)
        except TimeoutError:
            raise busy() from None

    def public_url(self, request: Request) -> str:
        """The request's URL under the public address, path and query as they came."""
        path = request.scope["raw_path"].decode("ascii")
        query = request.scope["query_string"].decode("ascii")
        base = self.workshop.settings.public_url.rstrip("/")
        return f"{base}{path}?{query}" if query else f"{base}{path}"

    def form(self, call: Call, form: type[F]) -> F:
        """The body as that form. Raises Refused 422 with every error and its JSON Pointer."""
        try:
            return form.model_validate_json(call.body)
        except ValidationError as error:
            raise not_valid(field_errors(error)) from None

    async def execute(
        self,
        call: Call,
        name: str,
        body: Any,
        *,
        code: str,
        target: str | None = None,
        status: int = 200,
    ) -> Response:
        """Decide and commit the command for dispute `code`; its answer, signed, with a receipt."""
        key = call.signed.idempotency_key or ""
        _require_key(key)
        _require_nobody("Idempotency-Key", key)
        _require_nobody("nonce", call.signed.nonce)
        command = CommandGiven(
            name=name,
            agency=call.agency.agency,
            body=body,
            received_at=call.received_at,
            own_digest=canonical_digest(call.body),
            idempotency_key=key,
            evidence=call.evidence,
            target=target,
        )
        reply = await self._commands.execute(code, command, call.signed, status)
        return self._signed(reply.body, reply.status, call)

    def answer(
        self,
        body: Mapping[str, Any],
        *,
        status: int = 200,
        call: Call | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A signed answer that changes nothing (a status, a page of handoffs)."""
        return self._signed(orjson.dumps(body), status, call, headers)

    def _signed(
        self,
        raw: bytes,
        status: int,
        call: Call | None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        signed = sign_response(
            self.workshop.signing,
            status,
            {"content-type": "application/json", **(headers or {})},
            raw,
            request=call.signed if call else None,
            created=self.workshop.now(),
        )
        return Response(raw, status, headers=signed)

    async def code_of(self, text: str, own_number: Callable[[str], str] | None = None) -> str:
        """The dispute code in a path: a code itself, or an own number through the index.

        Raises Refused 404 when nothing is known by that text.
        """
        try:
            code = parse(text)
        except BadDisputeCode as bad:
            if own_number is None:
                raise _bad_code(bad) from bad
            found = await self.store.find("own_number", own_number(text))
            if not found:
                raise not_found() from bad
            return found[0].dispute_code
        if await self.store.row(code) is None:
            raise not_found()
        return code


def _bad_code(bad: BadDisputeCode) -> Refused:
    return not_valid(
        [FieldError("/dispute_code", "bad_dispute_code", bad.reason_zh, bad.reason_en)]
    )


def _unauthorised(refused: SignatureRefused) -> Refused:
    """401 with the signature base that we computed and the first line that differs."""
    difference = refused.first_difference
    return Refused(
        f"signature_{refused.code}",
        refused.message_zh,
        refused.message_en,
        status=401,
        extra={
            "signature_base": refused.base,
            "first_difference": None
            if difference is None
            else {
                "line": difference.line_no,
                "expected": difference.expected,
                "got": difference.got,
            },
        },
    )


def canonical_digest(body: bytes) -> str:
    """SHA-256 of the body as JSON with sorted keys; of the bytes where it is no JSON.

    Integers are exact however long they are; fractions count as they are written.
    """
    try:
        body = canonical_bytes(json.loads(body, parse_float=lambda text: {"as written": text}))
    except (ValueError, RecursionError):
        return hashlib.sha256(body).hexdigest()
    return hashlib.sha256(body).hexdigest()


def _require_key(key: str) -> None:
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise Refused(
            "bad_idempotency_key",
            f"Idempotency-Key 须为 1 至 {IDEMPOTENCY_KEY_CHARS_MAX} 个字母、数字或者英文符号",
            f"Idempotency-Key must be 1 to {IDEMPOTENCY_KEY_CHARS_MAX} printable ASCII "
            "characters without a space",
            status=400,
        )


def _require_nobody(header: str, value: str) -> None:
    """Raises Refused 422 for a citizen's or a telephone's number: it would be kept in the clear."""
    if number_of_a_person(value):
        raise Refused(
            "names_a_person",
            f"{header} 不能用公民身份号码或者手机号；请改用本系统的流水号或者随机号",
            f"{header} must not hold a citizen identity or mobile number; use one of your own",
            status=422,
            extra={"header": header},
        )


def _require_kind(agency: AgencyListedV1, kinds: frozenset[AgencyKind] | None) -> None:
    if kinds is not None and agency.kind not in kinds:
        raise Refused(
            "wrong_door",
            f"本接口不对{said(agency.kind, AGENCY_KINDS)}开放",
            f"this door is not open to agencies of kind {agency.kind}",
            status=403,
        )


def require_fitting(request: Request, bytes_max: int) -> None:
    """Raises Refused 413 for a body that says itself that it is longer than `bytes_max`."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > bytes_max:
        raise _too_large(bytes_max)


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The body. Raises Refused 413 as soon as it is longer than `bytes_max`."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > bytes_max:
            raise _too_large(bytes_max)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(bytes_max: int) -> Refused:
    return Refused(
        "too_large",
        f"请求体超过上限 {bytes_max} 字节",
        f"the body is over the limit of {bytes_max} bytes",
        status=413,
    )


def takes(form: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` for a route that reads its body itself, so that its schema is published."""
    schema = form.model_json_schema(ref_template=f"#/components/schemas/{form.__name__}.{{model}}")
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"title": form.__name__, **schema}}},
        }
    }
