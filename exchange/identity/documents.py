"""Sign a document: Ed25519 over canonical JSON that names algorithm, key and format.

A signed document is `{"alg", "key_id", "document": {"format", ...}, "signature"}`. What is signed
is the canonical JSON of all but the signature, so no signature over one kind of document, or
under one key, passes for another.
"""

import base64
from typing import Any

from pydantic import BaseModel, ConfigDict

from exchange.identity.canonical import Json, canonical_bytes
from exchange.identity.keys import ALGORITHM, SigningKey


class Document(BaseModel):
    """An immutable value that its signer stands for; unknown fields are refused, never dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def sign_document(document: Document, key: SigningKey) -> dict[str, Any]:
    """The signed form, as JSON values."""
    form: dict[str, Json] = {
        "alg": ALGORITHM,
        "key_id": key.key_id,
        "document": document.model_dump(mode="json"),
    }
    signature = key.private.sign(canonical_bytes(form))
    return {**form, "signature": base64.b64encode(signature).decode()}
