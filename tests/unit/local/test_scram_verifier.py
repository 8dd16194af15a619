"""The password verifier, held against the worked example of RFC 7677 §3."""

from __future__ import annotations

import base64
import hmac

import pytest

from exchange.local.postgres_provision import scram_verifier

SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
AUTH_MESSAGE = (
    b"n=user,r=rOprNGfwEbeRWgbNEkqO,"
    b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
)
SERVER_SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_a_password_that_needs_saslprep_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        scram_verifier("口令", SALT)


def test_the_server_key_signs_the_example_of_the_rfc() -> None:
    server_key = base64.b64decode(scram_verifier("pencil", SALT).rpartition(":")[2])

    signature = hmac.digest(server_key, AUTH_MESSAGE, "sha256")

    assert base64.b64encode(signature).decode() == SERVER_SIGNATURE
