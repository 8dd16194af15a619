"""What stays of a signed request: who signed which base, for anyone to check later.

The ledger keeps the evidence beside the entry that it caused; the entry's value names it by
`evidence_sha256`, so the hash chain holds the signature too. The body is named by the
`content-digest` line of the base: the evidence still verifies when the body has been erased.
"""

import base64
import hashlib
import re

from cryptography.exceptions import InvalidSignature

from exchange.contracts.events.base import Evidence
from exchange.identity.canonical import canonical_bytes
from exchange.identity.keys import ALGORITHM, VerifyKey
from exchange.identity.signatures import SignedRequest

CONTENT_DIGEST = re.compile(r'^"content-digest": sha-256=:([A-Za-z0-9+/]{43}=):$', re.MULTILINE)


def evidence_of(request: SignedRequest) -> Evidence:
    """The proof to keep of a verified request."""
    return Evidence(
        key_id=request.key_id,
        agency=request.agency,
        base=request.base,
        signature=base64.b64encode(request.signature).decode(),
    )


def evidence_bytes(evidence: Evidence) -> bytes:
    """Its canonical JSON: keys algorithm, agency, base, key_id, on_behalf, signature."""
    return canonical_bytes(evidence.model_dump(mode="json"))


def evidence_from(stored: bytes) -> Evidence:
    """The inverse of `evidence_bytes`. Raises pydantic's ValidationError."""
    return Evidence.model_validate_json(stored)


def evidence_sha256(evidence: Evidence) -> str:
    """SHA-256 of `evidence_bytes`, in hex: what an event names its evidence by."""
    return hashlib.sha256(evidence_bytes(evidence)).hexdigest()


def request_sha256(evidence: Evidence) -> str | None:
    """SHA-256 of the signed body in hex, by the base's `content-digest` line; None without one."""
    told = CONTENT_DIGEST.search(evidence.base)
    return base64.b64decode(told[1]).hex() if told else None


def evidence_holds(evidence: Evidence, key: VerifyKey, *, exchange: str) -> bool:
    """Whether `key` made it: the agency's own, or for an act on behalf (代签) the exchange's.

    `exchange` is the exchange's own agency code: nobody else may sign for another. The key's
    validity was judged when the request came in; here only the proof is.
    """
    signer = exchange if evidence.on_behalf else evidence.agency
    if evidence.algorithm != ALGORITHM or (evidence.key_id, signer) != (key.key_id, key.agency):
        return False
    try:
        key.public.verify(base64.b64decode(evidence.signature), evidence.base.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
