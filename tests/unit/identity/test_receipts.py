"""A receipt is the exchange's word: altered, moved or made by another it is worth nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from exchange.identity.checkpoints import read_checkpoint
from exchange.identity.documents import DocumentRefused
from exchange.identity.keys import SigningKey
from exchange.identity.receipts import Pin, Receipt, read_receipt, sign_receipt

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EXCHANGE = SigningKey.generate("EX-330803-00")
STATION = SigningKey.generate("PS-330803-01")
KEYS = {key.key_id: key.verify_key(NOW - timedelta(days=1)) for key in (EXCHANGE, STATION)}

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
    ],
)
def test_an_altered_receipt_is_refused(change: dict[str, Any]) -> None:
    form = signed()
    form["document"] |= change

    with pytest.raises(DocumentRefused, match="does not fit"):
        read_receipt(form, KEYS.get)


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"key_id": "EX-330803-00/unknown"},
        {"key_id": STATION.key_id},
        {"signature": ""},
        {"signature": "*"},
        {"signature": None},
        {"document": None},
        {"document": {}},
        {"extra": 1},
    ],
)
def test_a_receipt_with_another_frame_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DocumentRefused):
        read_receipt(signed() | change, KEYS.get)


def test_a_receipt_does_not_pass_for_a_checkpoint() -> None:
    with pytest.raises(DocumentRefused, match="Checkpoint"):
        read_checkpoint(signed(), KEYS.get)


def test_a_receipt_outlives_the_key_that_signed_it_but_a_retired_key_signs_no_more() -> None:
    retired = EXCHANGE.verify_key(NOW - timedelta(days=1), valid_to=NOW + timedelta(seconds=1))
    later = RECEIPT.model_copy(update={"received_at": NOW + timedelta(hours=1)})

    assert read_receipt(signed(), lambda _: retired) == RECEIPT
    with pytest.raises(DocumentRefused, match="valid at that time"):
        read_receipt(sign_receipt(later, EXCHANGE), lambda _: retired)


def test_a_receipt_comes_back_as_it_was_given() -> None:
    assert read_receipt(signed(), KEYS.get) == RECEIPT
    assert signed()["document"]["promise"] == "durably-held"
