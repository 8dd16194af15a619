"""Keys: kept from other users, bound to their agency by their id, handed over with overlap."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from exchange.identity.keys import BadKey, SigningKey, VerifyKey, choose

NOW = datetime(2026, 3, 2, tzinfo=UTC)
OLD, NEW = (SigningKey.generate("PS-330803-01") for _ in range(2))


def test_a_key_file_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    OLD.write_pem(file)
    file.chmod(0o604)

    with pytest.raises(BadKey, match="chmod 600"):
        SigningKey.read_pem("PS-330803-01", file)


def test_a_key_file_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match=r"key\.pem cannot be read"):
        SigningKey.read_pem("PS-330803-01", tmp_path / "key.pem")


def test_a_file_with_another_kind_of_key_or_none_is_refused(tmp_path: Path) -> None:
    ecdsa, nothing = tmp_path / "ecdsa.pem", tmp_path / "nothing.pem"
    ecdsa.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    nothing.write_bytes(b"")
    for file, reason in ((ecdsa, "not Ed25519"), (nothing, "no unencrypted PEM")):
        file.chmod(0o600)
        with pytest.raises(BadKey, match=reason):
            SigningKey.read_pem("PS-330803-01", file)


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    OLD.write_pem(tmp_path / "key.pem")

    with pytest.raises(FileExistsError):
        NEW.write_pem(tmp_path / "key.pem")
    assert SigningKey.read_pem("PS-330803-01", tmp_path / "key.pem").key_id == OLD.key_id


def test_a_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    OLD.write_pem(tmp_path / "key.pem")

    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize("agency", ["", "x", "有中文", 'a"b', "a/b", "a" * 65])
def test_an_agency_code_that_cannot_stand_in_a_header_is_refused(agency: str) -> None:
    with pytest.raises(BadKey):
        SigningKey.generate(agency)


def test_a_key_cannot_be_registered_under_another_agencys_name() -> None:
    form = OLD.verify_key(NOW).to_json()

    for change in ({"agency": "CT-330803-01"}, {"key_id": NEW.key_id}):
        with pytest.raises(BadKey, match="is not the id"):
            VerifyKey.from_json(form | change)


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "sm2"},
        {"key": "AAAA"},
        {"key": None},
        {"valid_from": "yesterday"},
        {"valid_from": "2026-03-02T00:00:00"},
        {"agency": None},
    ],
)
def test_a_public_form_that_is_no_key_is_refused(change: dict[str, str | None]) -> None:
    with pytest.raises(BadKey):
        VerifyKey.from_json(OLD.verify_key(NOW).to_json() | change)


def test_a_public_form_comes_back_as_it_was() -> None:
    key = OLD.verify_key(NOW, NOW + timedelta(days=365))

    assert VerifyKey.from_json(key.to_json()) == key


def test_old_and_new_key_overlap_and_then_the_old_one_is_out() -> None:
    keys = [
        OLD.verify_key(NOW, valid_to=NOW + timedelta(days=30)),
        NEW.verify_key(NOW + timedelta(days=20)),
    ]

    def valid(day: int) -> set[str]:
        at = NOW + timedelta(days=day)
        return {k.key_id for k in (OLD, NEW) if choose(keys, k.key_id, at) is not None}

    assert valid(10) == {OLD.key_id}
    assert valid(25) == {OLD.key_id, NEW.key_id}
    assert valid(30) == {NEW.key_id}
    assert choose(keys, "PS-330803-01/nobody", NOW) is None
