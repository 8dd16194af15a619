"""Receipts: what the exchange signs when it has taken something in.

A receipt promises one thing, by name: `durably-held`, the bytes of that digest are kept under
that dispute code (or listing) and will be dealt with. It does not say that anyone has accepted
anything.
"""

from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from exchange.contracts.model import Sha256
from exchange.identity.documents import Document, sign_document
from exchange.identity.keys import SigningKey


class Pin(BaseModel):
    """The ledger entry that a receipt stands on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int = Field(ge=1)
    hash_sha256: Sha256


class Receipt(Document):
    """The exchange's word for one request of `agency`, about one dispute or one listing.

    `request_sha256` is the SHA-256 of the request's body as it came, `received_at` machine time,
    `legal_at` legal time, `due` when an answer is owed, if a limit is known. `pinned` is None at
    the edge, where no ledger entry stands yet. `signed_by` says whether the agency signed the act
    with its own key or the exchange signed for a person of it (代签). `listed_agency` is set
    instead of `dispute_code` where the directory took a change of that agency's entry.
    """

    format: Literal["fengqiao-receipt-v1"] = "fengqiao-receipt-v1"
    promise: Literal["durably-held"] = "durably-held"
    dispute_code: str | None = None
    listed_agency: str | None = None
    referral_ids: tuple[str, ...] = ()
    agency: str
    act: str
    signed_by: Literal["agency", "exchange_for_agency"] = "agency"
    request_sha256: Sha256
    received_at: AwareDatetime
    legal_at: AwareDatetime
    due: AwareDatetime | None = None
    pinned: Pin | None = None
    trace_id: str | None = None

    @model_validator(mode="after")
    def _about_one_thing(self) -> Self:
        if (self.dispute_code is None) == (self.listed_agency is None):
            raise ValueError("a receipt is about one dispute, or about one listing")
        return self


def sign_receipt(receipt: Receipt, key: SigningKey) -> dict[str, Any]:
    """What the sender keeps: `{"alg", "key_id", "document": {...}, "signature"}`."""
    return sign_document(receipt, key)
