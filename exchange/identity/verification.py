"""Check the one signature of a message and say what is wrong with it; the core of `signatures`."""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature as WrongSignature
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
    VerifyResult,
)

from exchange.identity.keys import ALGORITHM, VerifyKey
from exchange.identity.messages import HeaderLines, RequestMessage, ResponseMessage
from exchange.identity.refusals import Difference, SignatureRefused, first_difference

KeyLookup = Callable[[str], VerifyKey | None]

BASE_HEADER = "Fengqiao-Signature-Base"
BASE_HEADER_CHARS_MAX = 16_384
NONCE_CHARS_MAX = 128
NONCE = re.compile(rf"[A-Za-z0-9_.~+/=:-]{{1,{NONCE_CHARS_MAX}}}")
"""What no reader of a signature base can mistake for a part of it: no quote, no `;`, no space."""

DIGEST_COMPONENT = '"content-digest"'
DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
ONCE_ONLY = ("Signature", "Signature-Input", "Content-Digest", "Idempotency-Key", BASE_HEADER)


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds, by whom it was made, and the base that it was made over.

    `digest_sha256` (hex) is the signed digest: `check_body` says whether the body fits it.
    """

    key: VerifyKey
    label: str
    created: datetime
    nonce: str | None
    components: dict[str, str]
    base: str
    signature: bytes
    digest_sha256: str


def verify(
    message: RequestMessage | ResponseMessage,
    *,
    keys: KeyLookup,
    now: datetime,
    max_age_s: int,
    components: Sequence[str],
    parameters: Sequence[str],
) -> Verified:
    """Check headers, key, signature, coverage, age and the digest's form, in this order.

    It needs no body, since the signature covers the body's digest: a large one is read only once
    this holds, and then it goes through `check_body`. `components` are serialised identifiers
    (quotes included) that must be covered, `parameters` the signature parameters that must be
    there. Raises SignatureRefused.
    """
    _check_headers(message.headers)
    witness = _Witness(keys, now)
    result = _check_signature(message, witness)
    _check_coverage(result, components, parameters, witness.base)
    _check_age(result, now, max_age_s, witness.base)
    return Verified(
        key=witness.key,
        label=result.label,
        created=datetime.fromtimestamp(int(result.parameters["created"]), UTC),
        nonce=result.nonce,
        components=result.covered_components,
        base=witness.base,
        signature=witness.signature,
        digest_sha256=_signed_sha256(result.covered_components[DIGEST_COMPONENT], witness.base),
    )


def check_body(body: bytes, base: str) -> None:
    """Raises SignatureRefused unless the body is the one whose digest was signed."""
    ours = _with_digest_of(body, base)
    difference = first_difference(ours, base)
    if difference is not None:
        raise _differs(ours, difference)


@dataclass(slots=True)
class _Witness(HTTPSignatureKeyResolver):
    """What the library shows while it verifies: key id, base and signature.

    It takes the place of the public key, so that a failure too can name the base.
    """

    keys: KeyLookup
    now: datetime
    found: VerifyKey | None = field(default=None, init=False)
    key: VerifyKey = field(init=False)
    base: str = field(default="", init=False)
    signature: bytes = field(default=b"", init=False)

    def resolve_public_key(self, key_id: str) -> "_Witness":
        self.found = self.keys(key_id)
        return self

    def check(self, signature: bytes, base: str) -> None:
        self.base, self.signature = base, signature
        if self.found is None or not self.found.valid_at(self.now):
            raise SignatureRefused(
                "unknown_key",
                "此密钥编号未登记，或不在有效期内；请核对 keyid，或先登记新密钥",
                "no key of this keyid is registered and valid now",
                base=base,
            )
        self.key = self.found
        self.key.public.verify(signature, base.encode())


class _WitnessedEd25519(HTTPSignatureAlgorithm):
    """Ed25519 as the library calls it, through a witness."""

    algorithm_id = ALGORITHM

    def __init__(self, public_key: _Witness) -> None:
        self._witness = public_key

    def verify(self, signature: bytes, message: bytes) -> None:
        self._witness.check(signature, message.decode())


class _TimelessVerifier(HTTPMessageVerifier):
    """The library's verifier without its own clock: `_check_age` goes by the caller's `now`."""

    def validate_created_and_expires(self, sig_input: object, max_age: object = None) -> None:
        """Leave the age to `_check_age`."""


def _check_headers(headers: HeaderLines) -> None:
    for name in ("Signature-Input", "Signature", "Content-Digest"):
        if name not in headers:
            raise SignatureRefused("missing", f"缺少请求头 {name}", f"the header {name} is missing")
    for name in ONCE_ONLY:
        if len(headers.all(name)) > 1:
            raise SignatureRefused(
                "malformed", f"请求头 {name} 只能出现一次", f"the header {name} stands twice"
            )


def _check_signature(message: RequestMessage | ResponseMessage, witness: _Witness) -> VerifyResult:
    verifier = _TimelessVerifier(signature_algorithm=_WitnessedEd25519, key_resolver=witness)
    try:
        (result,) = verifier.verify(message)
    except HTTPMessageSignaturesException as error:
        cause = error.__cause__
        if isinstance(cause, SignatureRefused):
            raise cause from error
        if isinstance(cause, WrongSignature):
            raise _altered(witness.base, message.headers) from error
        raise SignatureRefused(
            "malformed", f"签名头不合规范（RFC 9421）：{error}", f"not a usable signature: {error}"
        ) from error
    return result


def _altered(base: str, headers: HeaderLines) -> SignatureRefused:
    difference = first_difference(base, _signers_base(headers) or base)
    if difference is None:
        return SignatureRefused(
            "altered",
            "签名值与基串不符；若两方基串相同，请核对私钥与 keyid 是否一对",
            "the signature does not fit its base; if both bases agree, key and keyid do not",
            base=base,
        )
    return _differs(base, difference)


def _differs(base: str, difference: Difference) -> SignatureRefused:
    return SignatureRefused(
        "altered",
        f"内容与签名时不同：签名基串第 {difference.line_no} 行不一致",
        f"altered since it was signed: line {difference.line_no} of the signature base differs",
        base=base,
        first_difference=difference,
    )


def _signers_base(headers: HeaderLines) -> str | None:
    """The base that the signer says it signed, from the optional `Fengqiao-Signature-Base`."""
    sent = headers.all(BASE_HEADER)
    if not sent:
        return None
    if len(sent[0]) > BASE_HEADER_CHARS_MAX:
        raise _bad_base_header(f"longer than {BASE_HEADER_CHARS_MAX} characters")
    try:
        return base64.b64decode(sent[0], validate=True).decode("ascii")
    except ValueError as error:
        raise _bad_base_header(str(error)) from error


def _bad_base_header(reason: str) -> SignatureRefused:
    return SignatureRefused(
        "malformed",
        f"请求头 {BASE_HEADER} 应为签名基串的 base64:{reason}",
        f"{BASE_HEADER} must be the base64 of the signature base: {reason}",
    )


def _with_digest_of(body: bytes, base: str) -> str:
    """`base` with the digest of the body that arrived, whatever digest the header claims."""
    digest_line = f"{DIGEST_COMPONENT}: {ContentDigest.create(body)}"
    lines = base.split("\n")
    return "\n".join(
        digest_line if line.startswith(f"{DIGEST_COMPONENT}: ") else line for line in lines
    )


def _check_coverage(
    result: VerifyResult, components: Sequence[str], parameters: Sequence[str], base: str
) -> None:
    missing = [name for name in components if name not in result.covered_components]
    missing += [name for name in parameters if name not in result.parameters]
    if missing:
        listed = ", ".join(missing)
        raise SignatureRefused(
            "not_covered", f"签名未覆盖：{listed}", f"the signature must cover {listed}", base=base
        )
    if result.nonce is not None and not NONCE.fullmatch(result.nonce):
        raise SignatureRefused(
            "malformed",
            f"nonce 应为 1 至 {NONCE_CHARS_MAX} 个字符，限字母、数字和 _ . ~ + / = : -",
            f"nonce must have 1 to {NONCE_CHARS_MAX} of the characters A-Z a-z 0-9 _.~+/=:-",
            base=base,
        )


def _check_age(result: VerifyResult, now: datetime, max_age_s: int, base: str) -> None:
    created_s, now_s = int(result.parameters["created"]), now.timestamp()
    expires_s = int(result.parameters.get("expires", created_s + max_age_s))
    if abs(now_s - created_s) > max_age_s or expires_s < now_s:
        raise SignatureRefused(
            "stale",
            f"签名时间与本机时间相差超过 {max_age_s} 秒，或已过期；请校准时钟后重新签名",
            f"created is more than {max_age_s} s from now, or expires has passed; sign again",
            base=base,
        )


def _signed_sha256(digest: str, base: str) -> str:
    """In hex. Raises SignatureRefused for another algorithm, or more than one."""
    told = DIGEST.fullmatch(digest)
    if told is None:
        raise SignatureRefused(
            "malformed",
            "Content-Digest 应为 sha-256=:(base64):，且只有这一项",
            "Content-Digest must be sha-256=:<base64>: and nothing else",
            base=base,
        )
    return base64.b64decode(told[1]).hex()
