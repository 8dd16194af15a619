"""One signature proves one act of its agency; what is not signed is said to be so."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from exchange.identity.evidence import evidence_sha256
from exchange.identity.ledger import GENESIS, entry_hash
from fengqiao.client.verifier import BASE_CHARS_MAX, Verdict, verify_bundle
from tests.unit.client.test_verifier import (
    COURT,
    NOW,
    STATION,
    TOLD,
    b64,
    bundle,
    failed,
    ledger,
    signature,
)


def chained(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """A bundle of these entries alone, its chain computed anew."""
    prev = GENESIS
    for entry in entries:
        fields = {name: entry[name] for name in ("id", "type", "subject", "sequence", "time")}
        digest = entry_hash(prev, value=base64.b64decode(entry["value_b64"]), **fields)
        entry |= {"prev_b64": b64(prev), "hash_b64": b64(digest)}
        prev = digest
    return bundle() | {"ledger": entries, "receipts": [], "checkpoints": []}


def detail_of_evidence(verdict: Verdict) -> str:
    return next(check.detail for check in verdict.checks if check.name == "evidence")


def test_one_signature_does_not_serve_two_acts() -> None:
    entries = ledger(3, signature(STATION), acts=(1, 2))
    entries[1]["type"] = "dispute.closed"

    verdict = verify_bundle(chained(entries))

    assert failed(verdict) == {"evidence"}
    assert "1、2" in detail_of_evidence(verdict)


def test_one_signature_does_not_serve_the_same_act_twice() -> None:
    entries = ledger(3, signature(STATION), acts=(1, 2))
    entries[1]["type"] = entries[0]["type"]

    assert failed(verify_bundle(chained(entries))) == {"evidence"}


def test_a_nonce_that_was_signed_twice_is_found() -> None:
    entries = ledger(2, signature(STATION), acts=(1,))
    again = signature(STATION, created=NOW + timedelta(seconds=1))
    value = {
        "actor": STATION.agency,
        "evidence_sha256": evidence_sha256(again),
        "request_sha256": TOLD,
    }
    entries[1] |= {
        "value_b64": b64(json.dumps(value).encode()),
        "evidence": again.model_dump(mode="json"),
    }

    verdict = verify_bundle(chained(entries))

    assert failed(verdict) == {"evidence"}
    assert "nonce" in detail_of_evidence(verdict)


def test_an_act_that_names_its_evidence_names_its_request_too() -> None:
    entries = ledger(1, signature(STATION), acts=(1,))
    value = json.loads(base64.b64decode(entries[0]["value_b64"]))
    del value["request_sha256"]
    entries[0]["value_b64"] = b64(json.dumps(value).encode())

    verdict = verify_bundle(chained(entries))

    assert failed(verdict) == {"evidence"}
    assert "request_sha256" in detail_of_evidence(verdict)


def test_a_signature_that_its_entry_does_not_name_signs_nothing() -> None:
    """Whoever holds the bundle can attach any signature: it lies outside the hash chain."""
    entries = ledger(1, signature(STATION), acts=(1,))
    entries[0]["value_b64"] = b64(json.dumps({"actor": STATION.agency}).encode())

    told = detail_of_evidence(verify_bundle(chained(entries)))

    assert f"{STATION.agency} 未签名" in told
    assert "of 0 acts" in told


def test_an_agencys_act_without_a_signature_is_listed_plainly() -> None:
    entries = ledger(3, signature(STATION), acts=(1,))
    entries[2]["value_b64"] = b64(json.dumps({"actor": COURT.agency}).encode())

    verdict = verify_bundle(chained(entries))

    assert verdict.ok, verdict.checks
    assert "1 项机构行为未附签名" in detail_of_evidence(verdict)
    assert f"第 3 条 clock.set: {COURT.agency} 未签名" in detail_of_evidence(verdict)


@pytest.mark.parametrize("unit", ['"\\', '\\"', ";a", '";'])
def test_a_base_made_to_be_slow_is_searched_within_a_bound(unit: str) -> None:
    slow = '"@signature-params": ()' + unit * (BASE_CHARS_MAX // len(unit))
    entries = ledger(1, signature(STATION), acts=(1,))
    entries[0]["evidence"]["base"] = slow

    verdict = verify_bundle(chained(entries))

    assert len(slow) > BASE_CHARS_MAX
    assert failed(verdict) == {"evidence"}
    assert f"{BASE_CHARS_MAX} 字符" in detail_of_evidence(verdict)
