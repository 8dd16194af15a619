"""Signing keys of agencies and of the exchange: Ed25519, named by agency and thumbprint.

A key's id is `<agency>/<thumbprint>`, the first 12 characters of the base64url RFC 7638 thumbprint
of its RFC 8037 JWK. A new key overlaps the old one: both are valid until the old one's `valid_to`.
"""

import base64
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jwk

ALGORITHM = "ed25519"
THUMBPRINT_CHARS = 12
AGENCY = re.compile(r"[A-Za-z0-9._-]{3,64}")
OWNER_ONLY = 0o600
OTHERS_MAY_READ_OR_WRITE = stat.S_IROTH | stat.S_IWOTH


class BadKey(ValueError):
    """A key that cannot be used: `reason` says which part is wrong, never the key itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"密钥不可用 / unusable key: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key that speaks for `agency` from `valid_from` until just before `valid_to`.

    Raises BadKey when the id is not this agency's, or not this key's.
    """

    key_id: str
    agency: str
    public: Ed25519PublicKey
    valid_from: datetime
    valid_to: datetime | None = None

    def __post_init__(self) -> None:
        if self.key_id != key_id_of(self.agency, self.public):
            raise BadKey(f"{self.key_id} is not the id of this key of {self.agency}")
        if self.valid_from.tzinfo is None or (self.valid_to and self.valid_to.tzinfo is None):
            raise BadKey(f"{self.key_id} has a validity without a time zone")

    def valid_at(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)

    def to_json(self) -> dict[str, str | None]:
        """The public form: key_id, agency, alg, key (base64 of 32 bytes), valid_from, valid_to."""
        return {
            "key_id": self.key_id,
            "agency": self.agency,
            "alg": ALGORITHM,
            "key": base64.b64encode(self.public.public_bytes_raw()).decode(),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
        }

    @classmethod
    def from_json(cls, form: dict[str, Any]) -> Self:
        """The inverse of `to_json`. Raises BadKey for anything else."""
        if form.get("alg") != ALGORITHM:
            raise BadKey(f"alg must be {ALGORITHM}")
        try:
            raw = base64.b64decode(form["key"], validate=True)
            return cls(
                key_id=form["key_id"],
                agency=form["agency"],
                public=Ed25519PublicKey.from_public_bytes(raw),
                valid_from=datetime.fromisoformat(form["valid_from"]),
                valid_to=datetime.fromisoformat(form["valid_to"]) if form["valid_to"] else None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadKey(f"not a key's public form: {error}") from error


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the id under which its public half is known."""

    key_id: str
    private: Ed25519PrivateKey

    @property
    def agency(self) -> str:
        return self.key_id.partition("/")[0]

    @classmethod
    def of(cls, agency: str, private: Ed25519PrivateKey) -> Self:
        return cls(key_id_of(agency, private.public_key()), private)

    @classmethod
    def generate(cls, agency: str) -> Self:
        return cls.of(agency, Ed25519PrivateKey.generate())

    @classmethod
    def read_pem(cls, agency: str, path: Path) -> Self:
        """The key in a PKCS #8 PEM file.

        Raises BadKey when it cannot be read, or when everybody may read or write it.
        """
        try:
            mode, pem = path.stat().st_mode, path.read_bytes()
        except OSError as error:
            raise BadKey(f"{path.name} cannot be read ({error.strerror})") from error
        if mode & OTHERS_MAY_READ_OR_WRITE:
            raise BadKey(f"{path.name} is open to every user of this machine; run chmod 600")
        try:
            private = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise BadKey(f"{path.name} holds no unencrypted PEM private key") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise BadKey(f"{path.name} holds a key that is not Ed25519")
        return cls.of(agency, private)

    def write_pem(self, path: Path) -> None:
        """Write a new file for its owner's eyes alone. Raises FileExistsError, never replaces."""
        pem = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)

    def verify_key(self, valid_from: datetime, valid_to: datetime | None = None) -> VerifyKey:
        return VerifyKey(self.key_id, self.agency, self.private.public_key(), valid_from, valid_to)


def key_id_of(agency: str, public: Ed25519PublicKey) -> str:
    """`<agency>/<12 characters>`. Raises BadKey when the agency code cannot stand in a header."""
    if AGENCY.fullmatch(agency) is None:
        raise BadKey(f"agency code {agency!r} does not match {AGENCY.pattern}")
    x = base64.urlsafe_b64encode(public.public_bytes_raw()).rstrip(b"=").decode()
    thumbprint = jwk.thumbprint({"crv": "Ed25519", "kty": "OKP", "x": x})
    return f"{agency}/{thumbprint[:THUMBPRINT_CHARS]}"


def choose(keys: Iterable[VerifyKey], key_id: str, at: datetime) -> VerifyKey | None:
    """The key of that id if it is valid at `at`; None when unknown, not yet valid or retired."""
    return next((key for key in keys if key.key_id == key_id and key.valid_at(at)), None)
