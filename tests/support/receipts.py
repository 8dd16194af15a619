"""A receipt as the agency that keeps it checks it: the exchange's key, over the canonical JSON."""

import base64
from typing import Any

from exchange.identity.canonical import canonical_bytes
from exchange.identity.keys import VerifyKey
from exchange.identity.receipts import Receipt


def signed_receipt(form: dict[str, Any], key: VerifyKey) -> Receipt:
    """Raises cryptography's InvalidSignature, pydantic's ValidationError."""
    assert (form["alg"], form["key_id"]) == ("ed25519", key.key_id)
    signed = {name: value for name, value in form.items() if name != "signature"}
    key.public.verify(base64.b64decode(form["signature"]), canonical_bytes(signed))
    return Receipt.model_validate(form["document"])
