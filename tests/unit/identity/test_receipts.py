"""A receipt is the exchange's word: altered it is worth nothing.

What else a receipt may not pass for, the verifier's own tests say: it shares nothing with this.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from pydantic import ValidationError

from exchange.identity.keys import SigningKey
from exchange.identity.receipts import Pin, Receipt, sign_receipt
from tests.support.receipts import signed_receipt

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EXCHANGE = SigningKey.generate("EX-330803-00")
KEY = EXCHANGE.verify_key(NOW - timedelta(days=1))

RECEIPT = Receipt(
    dispute_code="330803-2026-0123456789-7",
    agency="PS-330803-01",
    act="refer",
    request_sha256="ab" * 32,
    received_at=NOW,
    legal_at=NOW,
    due=NOW + timedelta(days=3),
    pinned=Pin(sequence=1, hash_sha256="cd" * 32),
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
)


def signed() -> dict[str, Any]:
    form: dict[str, Any] = json.loads(json.dumps(sign_receipt(RECEIPT, EXCHANGE)))
    return form


@pytest.mark.parametrize("about", [{}, {"dispute_code": "330803", "listed_agency": "PS-1"}])
def test_a_receipt_is_about_one_dispute_or_about_one_listing(about: dict[str, str]) -> None:
    facts = RECEIPT.model_dump(exclude={"dispute_code", "listed_agency"})
    with pytest.raises(ValidationError, match="one dispute, or about one listing"):
        Receipt(**facts, **about)


@pytest.mark.parametrize(
    "change",
    [
        {"dispute_code": "330803-2026-9999999999-7"},
        {"dispute_code": None, "listed_agency": "PS-330803-01"},
        {"request_sha256": "00" * 32},
        {"due": None},
        {"pinned": {"sequence": 2, "hash_sha256": "cd" * 32}},
        {"received_at": "2026-03-02T09:30:01Z"},
        {"format": "fengqiao-checkpoint-v1"},
    ],
)
def test_every_fact_of_a_receipt_is_signed(change: dict[str, Any]) -> None:
    form = signed()
    form["document"] |= change

    with pytest.raises(InvalidSignature):
        signed_receipt(form, KEY)


def test_a_receipt_comes_back_as_it_was_given() -> None:
    assert signed_receipt(signed(), KEY) == RECEIPT
    assert signed()["document"]["promise"] == "durably-held"
