"""A pushed handoff is taken only from the exchange, and answered so that it proves who took it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from exchange.identity.keys import SigningKey
from exchange.identity.refusals import SignatureRefused
from exchange.identity.signatures import sign_request, verify_request, verify_response
from fengqiao.client.receive import Handoff, answer, receive

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
URL = "https://committee.example/fengqiao/handoffs"
COMMITTEE = SigningKey.generate("MC-330803104-01")
EXCHANGE = SigningKey.generate("EX-330803-00")
EXCHANGE_KEY = EXCHANGE.verify_key(NOW - timedelta(days=1), NOW + timedelta(days=1))
BODY = json.dumps({"handoff_id": "h-7", "about": "referral.offered"}).encode()


def pushed(key: SigningKey = EXCHANGE, body: bytes = BODY, at: datetime = NOW) -> dict[str, str]:
    return sign_request(key, "POST", URL, {}, body, created=at, nonce="n", idempotency_key="h-7")


def received(headers: dict[str, str], body: bytes = BODY, now: datetime = NOW) -> Handoff:
    return receive("POST", URL, headers, body, [EXCHANGE_KEY], now)


def test_a_push_by_anyone_else_or_altered_or_stale_is_refused() -> None:
    for headers, body, now, code in [
        (pushed(COMMITTEE), BODY, NOW, "unknown_key"),
        (pushed(), BODY + b" ", NOW, "altered"),
        (pushed(), BODY, NOW + timedelta(seconds=301), "stale"),
        (pushed(at=NOW + timedelta(days=2)), BODY, NOW + timedelta(days=2), "unknown_key"),
        ({}, BODY, NOW, "missing"),
    ]:
        with pytest.raises(SignatureRefused) as caught:
            received(headers, body, now)
        assert caught.value.code == code


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_a_signed_push_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 JSON's own error or ours, both are ValueError
        received(pushed(body=body), body)


def test_the_answer_proves_to_the_exchange_which_handoff_was_taken() -> None:
    handoff = received(pushed())
    headers = answer(handoff, COMMITTEE, b'{"received": true}', NOW)

    sent = verify_request("POST", URL, pushed(), BODY, keys=lambda _: EXCHANGE_KEY, now=NOW)
    committee = {COMMITTEE.key_id: COMMITTEE.verify_key(NOW)}.get
    proof = verify_response(
        200, headers, b'{"received": true}', request=sent, keys=committee, now=NOW
    )

    assert (handoff.handoff_id, handoff.body["about"]) == ("h-7", "referral.offered")
    assert proof.agency == "MC-330803104-01"
