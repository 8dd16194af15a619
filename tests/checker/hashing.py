"""The layouts of the documents, computed without a line of the exchange's own code.

Sources: docs of the ledger's layout (`fengqiao-ledger-v1:sha-256`), RFC 8785 for canonical JSON,
Apache Kafka's `Utils.murmur2` for partitions, RFC 8032 for Ed25519.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = bytes(32)
LAYOUT = b"fengqiao-ledger-v1:sha-256"
WORD = 0xFFFFFFFF


def entry_hash(
    prev: bytes, event_id: str, type_: str, code: str, sequence: int, time: str, value: bytes
) -> bytes:
    """The hash of one ledger entry: every part is preceded by its length, `prev` aside."""
    digest = hashlib.sha256(_measured(LAYOUT) + prev)
    for text in (event_id, type_, code, str(sequence), time):
        digest.update(_measured(text.encode()))
    digest.update(_measured(value))
    return digest.digest()


def _measured(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def partition_of(key: bytes, partitions: int) -> int:
    """Kafka's default: murmur2 (seed 0x9747b28c), made positive, modulo the count."""
    m, h = 0x5BD1E995, 0x9747B28C ^ len(key)
    whole = len(key) & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(key[at : at + 4], "little") * m & WORD
        h = (h * m & WORD) ^ ((k ^ (k >> 24)) * m & WORD)
    if rest := key[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & WORD
    h = (h ^ (h >> 13)) * m & WORD
    return ((h ^ (h >> 15)) & 0x7FFFFFFF) % partitions


def signed_by(public: bytes, signature_b64: str, message: bytes) -> bool:
    """Whether that Ed25519 key made that signature over the message."""
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(base64.b64decode(signature_b64, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def document_signed(form: Mapping[str, Any], public: bytes) -> bool:
    """Whether a signed document (`alg`, `key_id`, `document`, `signature`) holds."""
    unsigned = {name: value for name, value in form.items() if name != "signature"}
    signature = str(form.get("signature", ""))
    return form.get("alg") == "ed25519" and signed_by(public, signature, canonical(unsigned))
