"""Seal a dossier to intake's public key, so that only intake reads it off the topic.

A sealed dossier is a compact JWE (RFC 7516): ECDH-ES+A256KW on X25519 (RFC 8037), A256GCM. Inside
lies `{"salt": <128 random bits, base64>, "dispute_code": ..., "dossier": {...}}`: the salt keeps
the hash of a guessable dossier unguessable, the code ties the dossier to its dispute. Sealing
keys are named and rotate monthly; the header's `kid` says which one opens.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc import jwe, jwk
from joserfc.errors import JoseError

DOSSIER_BYTES_MAX = 512 * 1024
SEALED_CHARS_MAX = 720_000
"""What a dossier of the largest size takes as base64url, with envelope, header and tag."""

SALT_BYTES = 16
ALGORITHMS = ("ECDH-ES+A256KW", "A256GCM")


class DossierTooLarge(ValueError):
    """A dossier over DOSSIER_BYTES_MAX, or a sealed one over SEALED_CHARS_MAX."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(
            f"案件信息 {size_bytes} 字节，超过上限 {limit_bytes}；大件请先作为附件上传 / "
            f"dossier of {size_bytes} bytes over the limit of {limit_bytes}; send files first"
        )
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class UnknownSealingKey(LookupError):
    """Sealed to a key that is not known here: never ours, or destroyed since."""

    def __init__(self, kid: str) -> None:
        super().__init__(f"没有编号为 {kid!r} 的封装密钥 / no sealing key {kid!r}")
        self.kid = kid


class SealBroken(ValueError):
    """Not a sealed dossier, altered, or sealed for another dispute: `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"封装的案件信息打不开 / the sealed dossier does not open: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SealingPublicKey:
    """The half that is published: what linkages seal to from `valid_from` until `valid_to`."""

    kid: str
    public: X25519PublicKey
    valid_from: datetime
    valid_to: datetime


@dataclass(frozen=True, slots=True)
class SealingKey:
    """The half that opens. Once destroyed, nothing sealed to it is ever read again."""

    kid: str
    private: X25519PrivateKey

    @classmethod
    def generate(cls, kid: str) -> Self:
        return cls(kid, X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, kid: str, raw: bytes) -> Self:
        """From the 32 bytes of `to_bytes`."""
        return cls(kid, X25519PrivateKey.from_private_bytes(raw))

    def to_bytes(self) -> bytes:
        """The 32 secret bytes: to be wrapped before they are stored."""
        return self.private.private_bytes_raw()

    def public_key(self, valid_from: datetime, valid_to: datetime) -> SealingPublicKey:
        return SealingPublicKey(self.kid, self.private.public_key(), valid_from, valid_to)


def seal(dossier: dict[str, Any], recipient: SealingPublicKey, *, dispute_code: str) -> str:
    """The compact JWE of a dossier of that dispute. Raises DossierTooLarge."""
    inner = orjson.dumps(dossier)
    if len(inner) > DOSSIER_BYTES_MAX:
        raise DossierTooLarge(len(inner), DOSSIER_BYTES_MAX)
    plaintext = orjson.dumps(
        {
            "salt": base64.b64encode(secrets.token_bytes(SALT_BYTES)).decode(),
            "dispute_code": dispute_code,
            "dossier": orjson.Fragment(inner),
        }
    )
    alg, enc = ALGORITHMS
    return jwe.encrypt_compact(
        {"alg": alg, "enc": enc, "kid": recipient.kid},
        plaintext,
        _jwk_of_public(recipient.public),
        registry=_registry(),
    )


def open_sealed(
    sealed: str, key_of: Callable[[str], SealingKey | None], *, dispute_code: str
) -> dict[str, Any]:
    """The dossier inside. Raises DossierTooLarge, UnknownSealingKey, SealBroken."""
    if len(sealed) > SEALED_CHARS_MAX:
        raise DossierTooLarge(len(sealed), SEALED_CHARS_MAX)

    def key_named_in(header: jwk.GuestProtocol) -> jwk.OKPKey:
        kid = header.headers()["kid"]
        key = key_of(kid)
        if key is None:
            raise UnknownSealingKey(kid)
        return _jwk_of_private(key.private)

    try:
        opened = jwe.decrypt_compact(sealed, key_named_in, registry=_registry())
        envelope = orjson.loads(opened.plaintext or b"")
        sealed_for, dossier = envelope["dispute_code"], envelope["dossier"]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SealBroken(f"not ours, or altered ({type(error).__name__})") from error
    if sealed_for != dispute_code:
        raise SealBroken(f"sealed for {sealed_for}, found under {dispute_code}")
    if not isinstance(dossier, dict):
        raise SealBroken("the dossier is no JSON object")
    return dossier


def _registry() -> jwe.JWERegistry:
    """The two algorithms and nothing else (no `zip` either), with room for a whole dossier."""
    registry = jwe.JWERegistry(algorithms=ALGORITHMS)
    registry.max_ciphertext_length = SEALED_CHARS_MAX
    return registry


def _jwk_of_public(key: X25519PublicKey) -> jwk.OKPKey:
    return jwk.OKPKey.import_key(
        {"kty": "OKP", "crv": "X25519", "x": _b64url(key.public_bytes_raw())}
    )


def _jwk_of_private(key: X25519PrivateKey) -> jwk.OKPKey:
    return jwk.OKPKey.import_key(
        {
            "kty": "OKP",
            "crv": "X25519",
            "x": _b64url(key.public_key().public_bytes_raw()),
            "d": _b64url(key.private_bytes_raw()),
        }
    )


def _b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
