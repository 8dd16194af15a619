"""A signed request is refused for every way in which somebody may tamper with it."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.identity.keys import SigningKey
from exchange.identity.refusals import SignatureRefused
from exchange.identity.signatures import (
    SignedRequest,
    sign_request,
    sign_response,
    verify_request,
    verify_response,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STATION = SigningKey.generate("PS-330803-01")
COURT = SigningKey.generate("CT-330803-01")
EXCHANGE = SigningKey.generate("EX-330803-00")
KEYS = {key.key_id: key.verify_key(NOW - timedelta(days=30)) for key in (STATION, COURT, EXCHANGE)}

URL = "https://exchange.example/police/v1/referrals?draft=0"
BODY = json.dumps({"警情类别": "殴打", "简要案情": "墙界纠纷"}, ensure_ascii=False).encode()


def signed(
    key: SigningKey = STATION,
    method: str = "POST",
    created: datetime = NOW,
    with_base: bool = False,
) -> dict[str, str]:
    return sign_request(
        key,
        method,
        URL,
        {"Content-Type": "application/json"},
        BODY,
        created=created,
        nonce="c2f0b1",
        idempotency_key="JJD-2026-0001" if method == "POST" else None,
        with_base=with_base,
    )


def verified(
    headers: dict[str, str] | list[tuple[str, str]],
    method: str = "POST",
    url: str = URL,
    body: bytes = BODY,
    now: datetime = NOW,
) -> SignedRequest:
    return verify_request(method, url, headers, body, keys=KEYS.get, now=now)


def refusal(*arguments: object, **keywords: object) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as caught:
        verified(*arguments, **keywords)  # type: ignore[arg-type]  # one refusal for all shapes
    assert caught.value.message_zh
    assert caught.value.message_en
    return caught.value


def test_a_request_without_signature_is_refused_by_the_name_of_the_missing_header() -> None:
    for name in ("Signature", "Signature-Input", "Content-Digest"):
        headers = signed()
        del headers[name]

        refused = refusal(headers)

        assert refused.code == "missing"
        assert name in refused.message_zh


def test_an_altered_body_is_named_by_its_digest_line() -> None:
    refused = refusal(signed(), body=BODY.replace("墙界".encode(), "水渠".encode()))

    assert refused.code == "altered"
    assert refused.first_difference is not None
    assert refused.first_difference.line_no == 5
    assert refused.first_difference.expected != refused.first_difference.got
    assert refused.base is not None
    assert refused.first_difference.expected == refused.base.split("\n")[4]


def test_the_same_json_encoded_anew_is_another_body() -> None:
    same_value_other_bytes = json.dumps(json.loads(BODY), indent=1).encode()

    assert refusal(signed(), body=same_value_other_bytes).code == "altered"


def test_a_recomputed_digest_does_not_help_the_one_who_alters() -> None:
    headers = signed(with_base=True)
    altered = BODY + b" "
    headers["Content-Digest"] = sign_request(
        COURT, "POST", URL, {}, altered, created=NOW, nonce="x", idempotency_key="x"
    )["Content-Digest"]

    refused = refusal(headers, body=altered)

    assert refused.code == "altered"
    assert refused.first_difference is not None
    assert refused.first_difference.line_no == 5


@pytest.mark.parametrize(
    ("line_no", "change"),
    [
        (1, {"method": "PUT"}),
        (2, {"url": URL.replace("exchange.example", "other.example")}),
        (3, {"url": URL.replace("referrals", "closings")}),
        (4, {"url": URL.replace("draft=0", "draft=1")}),
        (4, {"url": URL.partition("?")[0]}),
    ],
)
def test_an_altered_target_is_named_by_its_line(line_no: int, change: dict[str, str]) -> None:
    refused = refusal(signed(with_base=True), **change)

    assert refused.code == "altered"
    assert refused.first_difference is not None
    assert refused.first_difference.line_no == line_no


def test_without_the_signers_base_an_altered_target_is_refused_and_the_servers_base_is_shown() -> (
    None
):
    refused = refusal(signed(), url=URL.replace("referrals", "closings"))

    assert refused.code == "altered"
    assert refused.first_difference is None
    assert refused.base is not None
    assert '"@path": /police/v1/closings' in refused.base


def test_a_swapped_idempotency_key_is_refused() -> None:
    headers = signed(with_base=True) | {"Idempotency-Key": "JJD-2026-0002"}

    refused = refusal(headers)

    assert refused.code == "altered"
    assert refused.first_difference is not None
    assert refused.first_difference.line_no == 6


@pytest.mark.parametrize(
    "name", ["Signature", "Signature-Input", "Content-Digest", "Idempotency-Key"]
)
def test_a_header_that_stands_twice_is_refused(name: str) -> None:
    headers = signed()

    refused = refusal([*headers.items(), (name.lower(), headers[name])])

    assert refused.code == "malformed"
    assert name in refused.message_en


@pytest.mark.parametrize("drift_s", [-301, 301, -86_400, 86_400])
def test_a_stale_or_future_signature_is_refused(drift_s: int) -> None:
    refused = refusal(signed(created=NOW + timedelta(seconds=drift_s)))

    assert refused.code == "stale"
    assert refused.base is not None


@pytest.mark.parametrize("drift_s", [-300, 0, 300])
def test_a_clock_may_be_off_by_five_minutes(drift_s: int) -> None:
    created = NOW + timedelta(seconds=drift_s)

    assert verified(signed(created=created)).created == created


def test_a_moved_created_breaks_the_signature() -> None:
    headers = signed(created=NOW - timedelta(hours=1))
    old, new = (str(int(at.timestamp())) for at in (NOW - timedelta(hours=1), NOW))
    headers["Signature-Input"] = headers["Signature-Input"].replace(old, new)

    assert refusal(headers).code == "altered"


def test_a_signature_made_by_another_agencys_key_is_refused() -> None:
    headers = signed(COURT)
    headers["Signature-Input"] = headers["Signature-Input"].replace(COURT.key_id, STATION.key_id)

    assert refusal(headers).code == "altered"


def test_an_unregistered_key_is_refused() -> None:
    refused = refusal(signed(SigningKey.generate("PS-330803-01")))

    assert refused.code == "unknown_key"
    assert refused.base is not None


def test_an_old_key_is_refused_after_the_overlap_of_a_rotation() -> None:
    old = STATION.verify_key(NOW - timedelta(days=30), valid_to=NOW)

    def verify_at(now: datetime) -> SignedRequest:
        headers = signed(created=now)
        return verify_request("POST", URL, headers, BODY, keys={old.key_id: old}.get, now=now)

    assert verify_at(NOW - timedelta(seconds=1)).agency == "PS-330803-01"
    with pytest.raises(SignatureRefused) as caught:
        verify_at(NOW)
    assert caught.value.code == "unknown_key"


@pytest.mark.parametrize("algorithm", ["none", "hmac-sha256", "rsa-v1_5-sha256", "Ed25519"])
def test_no_other_algorithm_may_be_named(algorithm: str) -> None:
    headers = signed()
    headers["Signature-Input"] = headers["Signature-Input"].replace("ed25519", algorithm)

    assert refusal(headers).code == "malformed"


@pytest.mark.parametrize("name", ["created", "keyid", "alg", "nonce"])
def test_a_signature_without_one_of_its_parameters_is_refused(name: str) -> None:
    headers = resigned_without(f";{name}=")

    assert refusal(headers).code in {"not_covered", "malformed"}


@pytest.mark.parametrize(
    "name", ["@method", "@authority", "@path", "@query", "content-digest", "idempotency-key"]
)
def test_a_valid_signature_that_covers_too_little_is_refused(name: str) -> None:
    headers = resigned_without(f'"{name}"')

    refused = refusal(headers)

    assert refused.code == "not_covered"
    assert name in refused.message_zh


def resigned_without(part: str) -> dict[str, str]:
    """The request of an agency whose own signer leaves out one component or parameter."""
    headers = signed(with_base=True)
    base = base64.b64decode(headers.pop("Fengqiao-Signature-Base")).decode().split("\n")
    label, _, parameters = headers["Signature-Input"].partition("=")
    components, *fields = parameters.split(";")
    kept = [c for c in components.strip("()").split(" ") if c != part]
    parameters = ";".join(
        [f"({' '.join(kept)})", *(f for f in fields if f";{f}"[: len(part)] != part)]
    )
    lines = [line for line in base[:-1] if not line.startswith(f"{part}: ")]
    base_without = "\n".join([*lines, f'"@signature-params": {parameters}'])
    signature = base64.b64encode(STATION.private.sign(base_without.encode())).decode()
    return headers | {
        "Signature-Input": f"{label}={parameters}",
        "Signature": f"{label}=:{signature}:",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"Signature-Input": "fengqiao"},
        {"Signature-Input": "fengqiao=("},
        {"Signature-Input": 'fengqiao=("@method";req)'},
        {"Signature-Input": "fengqiao=(1 2)"},
        {"Signature-Input": "\udcff"},
        {"Signature": "fengqiao=:not base64:"},
        {"Signature": "other=:AAAA:"},
        {"Signature": "fengqiao=1"},
        {"Signature": ""},
    ],
)
def test_headers_that_do_not_parse_are_malformed_never_a_crash(change: dict[str, str]) -> None:
    assert refusal(signed() | change).code == "malformed"


@pytest.mark.parametrize("claimed", ["%%%", base64.b64encode("案".encode()).decode(), "A" * 20_000])
def test_a_base_header_that_is_no_base_is_said_to_be_malformed(claimed: str) -> None:
    headers = signed() | {"Fengqiao-Signature-Base": claimed, "Idempotency-Key": "other"}

    assert refusal(headers).code == "malformed"


HEADER_LIKE = st.text(max_size=80) | st.lists(
    st.sampled_from(
        [
            "fengqiao=",
            "(",
            ")",
            '"@method"',
            '"@path"',
            '"x";bs',
            ";created=",
            "1",
            ":AA==:",
            ", ",
            "?1",
        ]
    ),
    max_size=12,
).map("".join)


@given(signature_input=HEADER_LIKE, signature=HEADER_LIKE, digest=HEADER_LIKE)
def test_no_header_crashes_the_verifier(signature_input: str, signature: str, digest: str) -> None:
    refusal({"Signature-Input": signature_input, "Signature": signature, "Content-Digest": digest})
    refusal(signed() | {"Signature-Input": signature_input})
    refusal(signed() | {"Content-Digest": digest})


@given(url=st.text(max_size=80), method=st.text(max_size=8))
def test_no_target_crashes_the_verifier(url: str, method: str) -> None:
    refusal(signed(), url=url)
    if method != "POST":
        refusal(signed(), method=method)


def test_when_both_bases_agree_the_key_is_suspected() -> None:
    headers = signed(COURT, with_base=True)
    base = base64.b64decode(headers["Fengqiao-Signature-Base"]).decode()
    told = base.replace(COURT.key_id, STATION.key_id)
    headers["Signature-Input"] = headers["Signature-Input"].replace(COURT.key_id, STATION.key_id)
    headers["Fengqiao-Signature-Base"] = base64.b64encode(told.encode()).decode()

    refused = refusal(headers)

    assert refused.code == "altered"
    assert refused.first_difference is None
    assert "私钥" in refused.message_zh


def test_a_good_request_tells_who_signed_what() -> None:
    request = verified(signed())

    assert (request.agency, request.key_id) == ("PS-330803-01", STATION.key_id)
    assert (request.nonce, request.idempotency_key) == ("c2f0b1", "JJD-2026-0001")
    assert request.created == NOW
    STATION.private.public_key().verify(request.signature, request.base.encode())


def test_a_read_needs_no_idempotency_key_and_a_write_does() -> None:
    assert verified(signed(method="GET"), method="GET").idempotency_key is None
    with pytest.raises(ValueError, match="idempotency key"):
        sign_request(STATION, "POST", URL, {}, BODY, created=NOW, nonce="n")


def test_an_answer_is_bound_to_the_request_that_it_answers() -> None:
    asked, other = verified(signed()), verified(signed(COURT))
    receipt = b'{"dispute_code":"..."}'
    headers = sign_response(EXCHANGE, 201, {}, receipt, asked, created=NOW)

    answer = verify_response(201, headers, receipt, request=asked, keys=KEYS.get, now=NOW)
    assert answer.agency == "EX-330803-00"

    for status, body, request in [
        (200, receipt, asked),
        (201, receipt + b" ", asked),
        (201, receipt, other),
    ]:
        with pytest.raises(SignatureRefused) as caught:
            verify_response(status, headers, body, request=request, keys=KEYS.get, now=NOW)
        assert caught.value.code == "altered"


def test_an_answer_that_is_bound_to_no_request_does_not_pass_for_the_answer_to_one() -> None:
    headers = sign_response(EXCHANGE, 200, {}, b"{}", None, created=NOW)

    assert verify_response(200, headers, b"{}", request=None, keys=KEYS.get, now=NOW)
    with pytest.raises(SignatureRefused) as caught:
        verify_response(200, headers, b"{}", request=verified(signed()), keys=KEYS.get, now=NOW)
    assert caught.value.code == "not_covered"


def test_a_signer_that_calls_its_label_otherwise_is_understood() -> None:
    headers = signed()
    for name in ("Signature", "Signature-Input"):
        headers[name] = headers[name].replace("fengqiao=", "sig1=", 1)

    request = verified(headers)
    answer = sign_response(EXCHANGE, 200, {}, b"{}", request, created=NOW)

    assert '"signature";req;key="sig1"' in answer["Signature-Input"]
    assert verify_response(200, answer, b"{}", request=request, keys=KEYS.get, now=NOW)
