"""What is known of a request before its body is there: who signed it, under which nonce."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from http_message_signatures import HTTPMessageSignaturesException

from exchange.identity.keys import SigningKey
from exchange.identity.refusals import SignatureRefused
from exchange.identity.signatures import SignedRequest, sign_request, verify_request_head
from exchange.identity.verification import check_body

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STATION = SigningKey.generate("PS-330803-01")
URL = "https://exchange.example/v1/files?dispute=330803-2026-0123456789-7"
BODY = b"%PDF-1.7"


def head(method: str, headers: dict[str, str]) -> SignedRequest:
    key = STATION.verify_key(NOW - timedelta(days=30))
    return verify_request_head(method, URL, headers, keys={key.key_id: key}.get, now=NOW)


@pytest.mark.parametrize("nonce", ["", "n" * 129, 'n";created=1', "n;created=1", "a b", "案"])
def test_a_nonce_that_could_be_taken_for_another_part_is_malformed(nonce: str) -> None:
    with pytest.raises((SignatureRefused, ValueError, HTTPMessageSignaturesException)):
        head("GET", sign_request(STATION, "GET", URL, {}, BODY, created=NOW, nonce=nonce))


@pytest.mark.parametrize("nonce", ["n", "n" * 128, "3f0c.~+/=:_-A9"])
def test_what_any_client_makes_its_nonces_of_is_taken(nonce: str) -> None:
    headers = sign_request(STATION, "GET", URL, {}, BODY, created=NOW, nonce=nonce)

    assert head("GET", headers).nonce == nonce


def test_the_head_of_a_request_holds_before_its_body_is_there() -> None:
    """So that nobody has a large body read under a signature that does not hold."""
    headers = sign_request(
        STATION, "POST", URL, {}, BODY, created=NOW, nonce="n-1", idempotency_key="k-1"
    )

    signed = head("POST", headers)

    check_body(BODY, signed.base)
    assert signed.digest_sha256 == hashlib.sha256(BODY).hexdigest()
    with pytest.raises(SignatureRefused) as caught:
        check_body(BODY + b" ", signed.base)
    assert caught.value.code == "altered"
