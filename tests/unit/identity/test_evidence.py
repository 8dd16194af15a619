"""Evidence of a signed request is kept whole, so that whoever has the agency's key can check it."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

from exchange.contracts.events.base import Evidence
from exchange.identity.evidence import (
    evidence_bytes,
    evidence_of,
    evidence_sha256,
    request_sha256,
)
from exchange.identity.keys import SigningKey
from exchange.identity.signatures import sign_request, verify_request

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STATION = SigningKey.generate("PS-330803-01")
STATION_KEY = STATION.verify_key(NOW - timedelta(days=1))


def evidence() -> Evidence:
    url = "https://exchange.example/v1/referrals/r1:accept"
    headers = sign_request(
        STATION, "POST", url, {}, b"{}", created=NOW, nonce="n1", idempotency_key="k1"
    )
    keys = {STATION.key_id: STATION_KEY}.get
    return evidence_of(verify_request("POST", url, headers, b"{}", keys=keys, now=NOW))


def test_evidence_is_the_proof_of_the_request_as_it_was_signed() -> None:
    proof = evidence()

    assert (proof.key_id, proof.agency) == (STATION.key_id, STATION.agency)
    assert '"@path": /v1/referrals/r1:accept' in proof.base
    STATION_KEY.public.verify(base64.b64decode(proof.signature), proof.base.encode())


def test_evidence_is_named_by_all_its_bytes() -> None:
    proof = evidence()

    assert Evidence.model_validate_json(evidence_bytes(proof)) == proof
    assert evidence_sha256(proof) != evidence_sha256(proof.model_copy(update={"on_behalf": True}))


def test_the_body_is_named_by_its_digest_and_without_one_by_nothing() -> None:
    proof = evidence()
    without = proof.model_copy(update={"base": proof.base.replace("content-digest", "other")})

    assert request_sha256(proof) == hashlib.sha256(b"{}").hexdigest()
    assert request_sha256(without) is None
