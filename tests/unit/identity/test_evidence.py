"""Evidence of a signed request can be checked by anyone who has the agency's key, years later."""

import base64
from datetime import UTC, datetime, timedelta

from exchange.contracts.events.base import Evidence
from exchange.identity.evidence import (
    evidence_bytes,
    evidence_from,
    evidence_holds,
    evidence_of,
    evidence_sha256,
)
from exchange.identity.keys import SigningKey
from exchange.identity.signatures import sign_request, verify_request

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STATION = SigningKey.generate("PS-330803-01")
EX = "EX-330803-00"
EXCHANGE = SigningKey.generate(EX)
STATION_KEY = STATION.verify_key(NOW - timedelta(days=1))
EXCHANGE_KEY = EXCHANGE.verify_key(NOW - timedelta(days=1))


def evidence() -> Evidence:
    url = "https://exchange.example/v1/referrals/r1:accept"
    headers = sign_request(
        STATION, "POST", url, {}, b"{}", created=NOW, nonce="n1", idempotency_key="k1"
    )
    keys = {STATION.key_id: STATION_KEY}.get
    return evidence_of(verify_request("POST", url, headers, b"{}", keys=keys, now=NOW))


def test_evidence_that_was_altered_or_claims_another_key_does_not_hold() -> None:
    proof = evidence()

    for forged in (
        proof.model_copy(update={"base": proof.base.replace("accept", "decline")}),
        proof.model_copy(update={"agency": "CT-330803-01"}),
        proof.model_copy(update={"algorithm": "none"}),
        proof.model_copy(update={"signature": "AAAA"}),
        proof.model_copy(update={"signature": "?"}),
    ):
        assert not evidence_holds(forged, STATION_KEY, exchange=EX)
    assert not evidence_holds(proof, EXCHANGE_KEY, exchange=EX)


def test_only_the_exchange_may_sign_for_another_and_must_say_so() -> None:
    own = evidence()
    made_by_station = own.model_copy(update={"agency": "MC-330803-07", "on_behalf": True})
    made_by_exchange = own.model_copy(
        update={
            "agency": "MC-330803-07",
            "key_id": EXCHANGE.key_id,
            "signature": base64.b64encode(EXCHANGE.private.sign(own.base.encode())).decode(),
        }
    )

    assert not evidence_holds(made_by_station, STATION_KEY, exchange=EX)
    assert not evidence_holds(made_by_exchange, EXCHANGE_KEY, exchange=EX)
    said_so = made_by_exchange.model_copy(update={"on_behalf": True})
    assert evidence_holds(said_so, EXCHANGE_KEY, exchange=EX)


def test_evidence_is_kept_and_named_by_its_bytes() -> None:
    proof = evidence()

    assert evidence_from(evidence_bytes(proof)) == proof
    assert evidence_holds(evidence_from(evidence_bytes(proof)), STATION_KEY, exchange=EX)
    assert evidence_sha256(proof) != evidence_sha256(proof.model_copy(update={"on_behalf": True}))
