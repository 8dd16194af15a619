"""Make or show a key, and print its public half as the exchange's directory registers it.

python key.py new AGENCY FILE     a new Ed25519 key in FILE (PEM, mode 0600; never replaces)
python key.py show AGENCY FILE    the key that is in FILE
python key.py trust AGENCY FILE   the same for `fengqiao call --exchange-key` (operators)
python key.py seal AGENCY FILE    an X25519 key, base64 of its 32 bytes (intake's operators)
"""
# ruff: noqa: INP001 (a page of the documentation, to be copied)

import base64
import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

Form = dict[str, str | None]


def make(path: Path) -> None:
    pem = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Ed25519PrivateKey.generate().private_bytes(*pem))


def signing(agency: str, path: Path) -> tuple[str, str]:
    """Id and public key: the agency and 12 characters of the thumbprint (RFC 7638, RFC 8037)."""
    private = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey), "not an Ed25519 key"
    public = private.public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    jwk = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()
    return f"{agency}/{base64.urlsafe_b64encode(jwk).decode()[:12]}", b64(public)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def form_of(task: str, agency: str, path: Path) -> Form:
    validity = {"valid_from": datetime.now(UTC).isoformat(timespec="seconds"), "valid_to": None}
    if task == "seal":
        private = X25519PrivateKey.from_private_bytes(base64.b64decode(path.read_text()))
        named = {
            "key_id": f"{agency}/{path.stem}",
            "public": b64(private.public_key().public_bytes_raw()),
        }
        return {**named, "use": "seal", "algorithm": "ECDH-ES+A256KW", **validity}
    key_id, public = signing(agency, path)
    if task == "trust":
        return {"agency": agency, "key_id": key_id, "alg": "ed25519", "key": public, **validity}
    return {"key_id": key_id, "public": public, "use": "sign", "algorithm": "ed25519", **validity}


if __name__ == "__main__":
    asked, code, where = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if asked == "new":
        make(where)
    sys.stdout.write(json.dumps(form_of(asked, code, where), indent=1) + "\n")
