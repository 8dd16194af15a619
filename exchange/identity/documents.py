"""Sign and check a document: Ed25519 over canonical JSON that names algorithm, key and format.

A signed document is `{"alg", "key_id", "document": {"format", ...}, "signature"}`. What is signed
is the canonical JSON of all but the signature, so no signature over one kind of document, or
under one key, passes for another.
"""

import base64
from datetime import datetime
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from pydantic import BaseModel, ConfigDict, ValidationError

from exchange.identity.canonical import Json, canonical_bytes
from exchange.identity.keys import ALGORITHM, SigningKey
from exchange.identity.verification import KeyLookup


class Document(BaseModel):
    """An immutable value that its signer stands for; unknown fields are refused, never dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def signed_at(self) -> datetime:
        """The document's own time, at which its key must have been valid."""
        raise NotImplementedError


D = TypeVar("D", bound=Document)


class DocumentRefused(ValueError):
    """A document that does not parse, or whose signature or key does not hold."""

    def __init__(self, key_id: str, reason_zh: str, reason_en: str) -> None:
        super().__init__(f"{reason_zh} / {reason_en}: {key_id}")
        self.key_id = key_id
        self.reason_zh = reason_zh
        self.reason_en = reason_en


def sign_document(document: Document, key: SigningKey) -> dict[str, Any]:
    """The signed form, as JSON values."""
    form: dict[str, Json] = {
        "alg": ALGORITHM,
        "key_id": key.key_id,
        "document": document.model_dump(mode="json"),
    }
    signature = key.private.sign(canonical_bytes(form))
    return {**form, "signature": base64.b64encode(signature).decode()}


def read_document(kind: type[D], form: dict[str, Any], keys: KeyLookup) -> D:
    """The document of a signed form, once its signature holds. Raises DocumentRefused.

    A key that was retired since still speaks for what it signed while it was valid.
    """
    key_id = str(form.get("key_id"))
    try:
        document = kind.model_validate(form.get("document"))
    except ValidationError as error:
        raise DocumentRefused(key_id, "文书格式不符", f"not a {kind.__name__}: {error}") from error
    key = keys(key_id)
    if form.get("alg") != ALGORITHM or key is None or not key.valid_at(document.signed_at()):
        raise DocumentRefused(
            key_id, "密钥未登记或当时无效", "no Ed25519 key of this id was valid at that time"
        )
    try:
        signature = base64.b64decode(form["signature"], validate=True)
        signed = {name: value for name, value in form.items() if name != "signature"}
        key.public.verify(signature, canonical_bytes(signed))
    except (InvalidSignature, KeyError, TypeError, ValueError) as error:
        raise DocumentRefused(
            key_id, "签名不符", "the signature does not fit the document"
        ) from error
    return document
