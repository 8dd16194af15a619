"""The bytes that an evidence bundle is checked by: hashes, signatures, encodings. Pure.

Beside `verifier.py`, which says what they are; it shares no code with the exchange either.
"""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = bytes(32)


class Wrong(Exception):
    """A check that fails, with what a reader of the verdict needs to know."""


def entry_hash(prev: bytes, entry: dict[str, Any]) -> bytes:
    texts = (entry["id"], entry["type"], entry["subject"], str(entry["sequence"]), entry["time"])
    fields = [lp(text) for text in texts]
    return sha256(lp("fengqiao-ledger-v1:sha-256"), prev, *fields, lp(b64(entry["value_b64"])))


def tree_root(leaf: bytes, index: int, count: int, path: list[bytes]) -> bytes:
    """The root that leaf `index` of `count` and its audit path give (RFC 6962, 2.1.1)."""
    if not 0 <= index < count or (count == 1) != (not path):
        raise Wrong("证明路径长度不符 / the audit path does not fit the tree")
    if count == 1:
        return leaf
    half = 1 << ((count - 1).bit_length() - 1)
    if index < half:
        return sha256(b"\x01", tree_root(leaf, index, half, path[:-1]), path[-1])
    return sha256(b"\x01", path[-1], tree_root(leaf, index - half, count - half, path[:-1]))


def id_of_key(agency: str, key: str) -> str:
    x = base64.urlsafe_b64encode(b64(key)).rstrip(b"=").decode()
    jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return f"{agency}/{base64.urlsafe_b64encode(sha256(jwk.encode())).decode()[:12]}"


def verify(key: Ed25519PublicKey, signature: str, message: bytes, what: str) -> None:
    try:
        key.verify(b64(signature), message)
    except InvalidSignature as error:
        raise Wrong(f"{what}: 签名不符 / the signature does not hold") from error


def lp(part: str | bytes) -> bytes:
    raw = part.encode() if isinstance(part, str) else part
    return len(raw).to_bytes(4, "big") + raw


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256_of(value: Any) -> str:
    return sha256(canonical(value)).hex()


def whole(value: Any) -> int:
    if type(value) is not int:
        raise Wrong(f"应为整数 / not an integer: {value!r}")
    return value


def b64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise Wrong(f"时间缺时区 / a time without its zone: {text}")
    return at
