"""Sign and verify HTTP messages: RFC 9421 with Ed25519, over an RFC 9530 Content-Digest (sha-256).

A request's signature covers `@method`, `@authority`, `@path`, `@query`, `content-digest` (of an
empty body too) and, when it writes (POST, PUT, PATCH), `idempotency-key`; its parameters are
`created`, `keyid`, `alg` and `nonce`, all required. Not `@target-uri`: a proxy that ends TLS
changes the scheme that the server sees. `@authority` is there so that a request to one exchange
cannot be replayed at another; a server gives its own *public* address as `url`, never an inner
one. A signer may cover more; what is covered must hold.

An answer's signature covers `@status`, `content-digest` and the signature of the request that it
answers (`"signature";req`, RFC 9421 section 2.4), so it can be the answer to nothing else. Only
an answer to a request that could not be verified (401) is signed without it.

A nonce is to be remembered per key until `created` + `max_age_s`: later it is stale anyway.
"""

import base64
from dataclasses import dataclass
from datetime import datetime

from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ED25519

from exchange.identity.keys import SigningKey
from exchange.identity.messages import HeaderLines, Headers, RequestMessage, ResponseMessage
from exchange.identity.verification import BASE_HEADER, KeyLookup, check_body, verify

__all__ = [
    "MAX_AGE_S",
    "KeyLookup",
    "SignedRequest",
    "SignedResponse",
    "sign_request",
    "sign_response",
    "verify_request",
    "verify_request_head",
    "verify_response",
]

LABEL = "fengqiao"
MAX_AGE_S = 300
WRITES = frozenset({"POST", "PUT", "PATCH"})
REQUEST_COMPONENTS = ('"@method"', '"@authority"', '"@path"', '"@query"', '"content-digest"')
WRITE_COMPONENT = '"idempotency-key"'
RESPONSE_COMPONENTS = ('"@status"', '"content-digest"')
SIGNATURE_HEADERS = ("Content-Digest", "Signature-Input", "Signature", BASE_HEADER)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request whose signature holds. `base` and `signature` are the proof to keep.

    `digest_sha256` is the body's SHA-256 in hex, `created` has whole seconds.
    """

    key_id: str
    agency: str
    method: str
    url: str
    created: datetime
    nonce: str
    idempotency_key: str | None
    digest_sha256: str
    base: str
    signature: bytes
    label: str


@dataclass(frozen=True, slots=True)
class SignedResponse:
    """An answer whose signature holds."""

    key_id: str
    agency: str
    created: datetime
    digest_sha256: str
    base: str
    signature: bytes


def sign_request(
    key: SigningKey,
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    *,
    created: datetime,
    nonce: str,
    idempotency_key: str | None = None,
    with_base: bool = False,
) -> dict[str, str]:
    """All headers to send: `headers`, with those of the signature (older ones are replaced).

    `url` is absolute, percent-encoded as it will be sent. `with_base` adds the signature base in
    `Fengqiao-Signature-Base`, so that a refusal can name the first line that differs. Raises
    ValueError for a write without an idempotency key, HTTPMessageSignaturesException for a URL or
    header that cannot be signed.
    """
    if method in WRITES and not idempotency_key:
        raise ValueError(f"{method} needs an idempotency key / {method} 必须带 Idempotency-Key")
    lines = HeaderLines(headers).without((*SIGNATURE_HEADERS, "Idempotency-Key"))
    if idempotency_key is not None:
        lines["Idempotency-Key"] = idempotency_key
    message = RequestMessage(method, url, lines)
    base = _sign(key, message, body, _request_components(method), created, nonce)
    if with_base:
        lines[BASE_HEADER] = base64.b64encode(base).decode()
    return dict(lines.items())


def verify_request(
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    *,
    keys: KeyLookup,
    now: datetime,
    max_age_s: int = MAX_AGE_S,
) -> SignedRequest:
    """The request as its signature proves it. Raises SignatureRefused.

    `url` is this server's public address with the path and query as they came, undecoded. Whether
    the nonce was seen before is the caller's to check; whether the agency may do this, too.
    """
    signed = verify_request_head(method, url, headers, keys=keys, now=now, max_age_s=max_age_s)
    check_body(body, signed.base)
    return signed


def verify_request_head(
    method: str,
    url: str,
    headers: Headers,
    *,
    keys: KeyLookup,
    now: datetime,
    max_age_s: int = MAX_AGE_S,
) -> SignedRequest:
    """The request before its body is read; the body must go through `check_body` then.

    Raises SignatureRefused.
    """
    lines = HeaderLines(headers)
    proven = verify(
        RequestMessage(method, url, lines),
        keys=keys,
        now=now,
        max_age_s=max_age_s,
        components=_request_components(method),
        parameters=("created", "keyid", "alg", "nonce"),
    )
    return SignedRequest(
        key_id=proven.key.key_id,
        agency=proven.key.agency,
        method=method,
        url=url,
        created=proven.created,
        nonce=str(proven.nonce),
        idempotency_key=proven.components.get(WRITE_COMPONENT),
        digest_sha256=proven.digest_sha256,
        base=proven.base,
        signature=proven.signature,
        label=proven.label,
    )


def sign_response(
    key: SigningKey,
    status: int,
    headers: Headers,
    body: bytes,
    request: SignedRequest | None,
    *,
    created: datetime,
) -> dict[str, str]:
    """All headers to answer with: `headers`, with those of the signature."""
    lines = HeaderLines(headers).without(SIGNATURE_HEADERS)
    message = ResponseMessage(status, lines, _as_answered(request))
    _sign(key, message, body, _response_components(request), created, None)
    return dict(lines.items())


def verify_response(
    status: int,
    headers: Headers,
    body: bytes,
    *,
    request: SignedRequest | None,
    keys: KeyLookup,
    now: datetime,
    max_age_s: int = MAX_AGE_S,
) -> SignedResponse:
    """The answer to `request` as its signature proves it. Raises SignatureRefused.

    The sender of a request gets its own SignedRequest from `verify_request` with its own key.
    """
    lines = HeaderLines(headers)
    proven = verify(
        ResponseMessage(status, lines, _as_answered(request)),
        keys=keys,
        now=now,
        max_age_s=max_age_s,
        components=_response_components(request),
        parameters=("created", "keyid", "alg"),
    )
    check_body(body, proven.base)
    return SignedResponse(
        key_id=proven.key.key_id,
        agency=proven.key.agency,
        created=proven.created,
        digest_sha256=proven.digest_sha256,
        base=proven.base,
        signature=proven.signature,
    )


def _request_components(method: str) -> tuple[str, ...]:
    return (*REQUEST_COMPONENTS, WRITE_COMPONENT) if method in WRITES else REQUEST_COMPONENTS


def _response_components(request: SignedRequest | None) -> tuple[str, ...]:
    if request is None:
        return RESPONSE_COMPONENTS
    return (*RESPONSE_COMPONENTS, f'"signature";req;key="{request.label}"')


def _as_answered(request: SignedRequest | None) -> RequestMessage | None:
    """The part of a request that its answer covers: the signature, under its label."""
    if request is None:
        return None
    signature = f"{request.label}=:{base64.b64encode(request.signature).decode()}:"
    return RequestMessage(request.method, request.url, HeaderLines([("Signature", signature)]))


def _sign(
    key: SigningKey,
    message: RequestMessage | ResponseMessage,
    body: bytes,
    components: tuple[str, ...],
    created: datetime,
    nonce: str | None,
) -> bytes:
    """Add Content-Digest and the signature to the message's headers; the base that was signed."""
    signer = HTTPMessageSigner(signature_algorithm=ED25519)
    prepared = signer.prepare(
        message,
        key_id=key.key_id,
        created=created,
        nonce=nonce,
        label=LABEL,
        covered_component_ids=components,
        body=body,
    )
    signer.apply(message, prepared, key.private.sign(prepared.signature_base))
    return prepared.signature_base
