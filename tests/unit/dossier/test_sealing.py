"""What is sealed to intake opens at intake, for its own dispute, and nowhere else."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jwk

from exchange.dossier.sealing import (
    DOSSIER_BYTES_MAX,
    SEALED_CHARS_MAX,
    DossierTooLarge,
    SealBroken,
    SealingKey,
    UnknownSealingKey,
    open_sealed,
    seal,
)

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
INTAKE = SealingKey.generate("intake-2026-03")
PUBLIC = INTAKE.public_key(MARCH, MARCH + timedelta(days=31))
CODE = "330803-2026-0123456789-7"
DOSSIER = {"当事人": [{"姓名": "占灯山"}], "简要案情": "墙界纠纷"}

HOLDERS = {INTAKE.kid: INTAKE}.get


def flipped(sealed: str, place: int) -> str:
    """`sealed` with the character at `place` changed in its significant bits."""
    text = bytearray(sealed.encode())
    place %= len(text)
    text[place] = ord("A") if text[place] != ord("A") else ord("Q")
    return text.decode()


def test_a_dossier_over_the_limit_is_refused_before_it_is_sealed() -> None:
    with pytest.raises(DossierTooLarge) as caught:
        seal({"text": "x" * DOSSIER_BYTES_MAX}, PUBLIC, dispute_code=CODE)
    assert caught.value.limit_bytes == DOSSIER_BYTES_MAX
    assert caught.value.size_bytes > DOSSIER_BYTES_MAX


def test_a_sealed_text_over_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(DossierTooLarge):
        open_sealed("A" * (SEALED_CHARS_MAX + 1), HOLDERS, dispute_code=CODE)


def test_another_dispute_cannot_borrow_a_sealed_dossier() -> None:
    sealed = seal(DOSSIER, PUBLIC, dispute_code=CODE)

    with pytest.raises(SealBroken, match="sealed for"):
        open_sealed(sealed, HOLDERS, dispute_code="330803-2026-9876543210-X")


def test_a_destroyed_sealing_key_is_named() -> None:
    sealed = seal(DOSSIER, PUBLIC, dispute_code=CODE)

    with pytest.raises(UnknownSealingKey) as caught:
        open_sealed(sealed, lambda _: None, dispute_code=CODE)
    assert caught.value.kid == INTAKE.kid


def test_another_private_key_under_the_same_id_opens_nothing() -> None:
    sealed = seal(DOSSIER, PUBLIC, dispute_code=CODE)
    stranger = SealingKey.generate(INTAKE.kid)

    with pytest.raises(SealBroken):
        open_sealed(sealed, {stranger.kid: stranger}.get, dispute_code=CODE)


@given(st.integers(min_value=0))
def test_a_changed_character_is_never_read_as_the_dossier(place: int) -> None:
    sealed = seal(DOSSIER, PUBLIC, dispute_code=CODE)

    with pytest.raises((SealBroken, UnknownSealingKey)):
        open_sealed(flipped(sealed, place), HOLDERS, dispute_code=CODE)


@given(st.text(max_size=200) | st.lists(st.text(max_size=30), min_size=5, max_size=5).map(".".join))
def test_any_other_text_is_refused_never_a_crash(text: str) -> None:
    with pytest.raises((SealBroken, UnknownSealingKey)):
        open_sealed(text, HOLDERS, dispute_code=CODE)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "dir", "enc": "A256GCM"},
        {"alg": "ECDH-ES", "enc": "A256GCM"},
        {"alg": "ECDH-ES+A256KW", "enc": "A128CBC-HS256"},
        {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "zip": "DEF"},
    ],
)
def test_a_header_with_another_algorithm_or_compression_is_refused(header: dict[str, str]) -> None:
    genuine = seal(DOSSIER, PUBLIC, dispute_code=CODE).split(".")
    protected = json.loads(base64.urlsafe_b64decode(genuine[0] + "=="))
    forged = json.dumps(protected | header).encode()
    sealed = ".".join([base64.urlsafe_b64encode(forged).rstrip(b"=").decode(), *genuine[1:]])

    with pytest.raises(SealBroken):
        open_sealed(sealed, HOLDERS, dispute_code=CODE)


@pytest.mark.parametrize(
    "inside", [b"", b"[]", b"null", b'{"dossier": {}}', b"[" * 100_000, b'{"dispute_code": 1']
)
def test_what_is_sealed_rightly_but_is_no_dossier_is_refused(inside: bytes) -> None:
    public: dict[str, str | list[str]] = {
        "kty": "OKP",
        "crv": "X25519",
        "x": base64.urlsafe_b64encode(PUBLIC.public.public_bytes_raw()).rstrip(b"=").decode(),
    }
    sealed = jwe.encrypt_compact(
        {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": INTAKE.kid},
        inside,
        jwk.OKPKey.import_key(public),
        algorithms=["ECDH-ES+A256KW", "A256GCM"],
    )
    with pytest.raises(SealBroken):
        open_sealed(sealed, HOLDERS, dispute_code=CODE)


def test_a_dossier_of_the_largest_size_comes_back_whole() -> None:
    largest = {"text": "x" * (DOSSIER_BYTES_MAX - len('{"text":""}'))}

    sealed = seal(largest, PUBLIC, dispute_code=CODE)

    assert open_sealed(sealed, HOLDERS, dispute_code=CODE) == largest


def test_the_same_dossier_is_never_sealed_to_the_same_text() -> None:
    first, second = (seal(DOSSIER, PUBLIC, dispute_code=CODE) for _ in range(2))

    assert first != second
    assert open_sealed(first, HOLDERS, dispute_code=CODE) == DOSSIER
    assert open_sealed(second, HOLDERS, dispute_code=CODE) == DOSSIER


def test_a_key_survives_storage() -> None:
    stored = SealingKey.from_bytes(INTAKE.kid, INTAKE.to_bytes())

    sealed = seal(DOSSIER, PUBLIC, dispute_code=CODE)

    assert open_sealed(sealed, {stored.kid: stored}.get, dispute_code=CODE) == DOSSIER
