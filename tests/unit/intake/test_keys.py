"""Intake's keys: what it refuses to start with, and how a key is handed over to the next."""

import base64
from pathlib import Path

import pytest

from exchange.chassis.settings import Settings
from exchange.dossier.vault import VaultRefused
from services.intake.dossier import Dossier
from services.intake.keys import KEYS, BadIntakeKey, IntakeKeys, load_keys, make_sealing_key
from services.intake.opening import KeyBlobBroken, data_key, enclose
from tests.unit.intake.window import CODE, OTHER, dossier, settings

SECRET = "x7" * 22


def place(directory: Path, *, vault: str = SECRET, index: str = SECRET) -> Settings:
    """Key files of a home, readable by their owner alone."""
    sealing = directory / "sealing"
    sealing.mkdir(exist_ok=True)
    for name, text in (("vault", vault), ("index", index)):
        path = directory / name
        path.write_text(text)
        path.chmod(0o600)
    return settings(
        sealing_keys_dir=sealing,
        vault_key_file=directory / "vault",
        index_key_file=directory / "index",
    )


def keys_in(home: Settings) -> IntakeKeys:
    keys = load_keys(home)[KEYS]
    assert isinstance(keys, IntakeKeys)
    return keys


def test_without_a_sealing_key_intake_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(BadIntakeKey, match=r"holds no \*\.key file"):
        load_keys(place(tmp_path))


def test_a_setting_that_is_missing_is_named() -> None:
    with pytest.raises(BadIntakeKey, match="sealing_keys_dir"):
        load_keys(settings())


@pytest.mark.parametrize("file", ["vault", "index"])
def test_a_short_secret_is_refused_without_repeating_it(tmp_path: Path, file: str) -> None:
    home = place(tmp_path, **{file: "short-secret"})
    make_sealing_key(tmp_path / "sealing", "seal-1")
    with pytest.raises(BadIntakeKey, match=file) as refused:
        load_keys(home)
    assert "short-secret" not in str(refused.value)


def test_a_key_file_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    home = place(tmp_path)
    make_sealing_key(tmp_path / "sealing", "seal-1")
    (tmp_path / "vault").chmod(0o644)
    with pytest.raises(BadIntakeKey, match="chmod 600"):
        load_keys(home)


def test_a_sealing_key_of_another_length_is_refused(tmp_path: Path) -> None:
    home = place(tmp_path)
    path = tmp_path / "sealing" / "seal-1.key"
    path.write_bytes(base64.b64encode(b"too short"))
    path.chmod(0o600)
    with pytest.raises(BadIntakeKey, match="32 bytes"):
        load_keys(home)


def test_a_sealing_key_is_never_replaced(tmp_path: Path) -> None:
    make_sealing_key(tmp_path, "seal-1")
    with pytest.raises(FileExistsError):
        make_sealing_key(tmp_path, "seal-1")


def test_a_sealing_key_is_found_by_the_id_under_which_the_directory_lists_it(
    tmp_path: Path,
) -> None:
    home = place(tmp_path)
    made = make_sealing_key(tmp_path / "sealing", "seal-2026-03")
    keys = keys_in(home)
    for kid in ("seal-2026-03", "EX-000000000000-01/seal-2026-03"):
        found = keys.sealing_key(kid)
        assert found is not None
        assert found.to_bytes() == made.to_bytes()
    assert keys.sealing_key("seal-2026-02") is None


def test_the_vault_and_the_index_never_share_a_key(tmp_path: Path) -> None:
    home = place(tmp_path)
    make_sealing_key(tmp_path / "sealing", "seal-1")
    keys = keys_in(home)
    assert keys.index != keys.masters[0].secret
    assert SECRET not in repr(keys)


def test_an_older_master_key_still_unwraps_and_the_newest_wraps(tmp_path: Path) -> None:
    home = place(tmp_path)
    make_sealing_key(tmp_path / "sealing", "seal-1")
    before = keys_in(home)
    old = enclose(CODE, dossier(), before)
    after = keys_in(place(tmp_path, vault=f"{'n' * 43}\n{SECRET}\n"))
    assert data_key(CODE, old.key_blob, after) == data_key(CODE, old.key_blob, before)
    new = enclose(CODE, dossier(), after)
    with pytest.raises(VaultRefused):
        data_key(CODE, new.key_blob, before)


def test_a_wrapped_key_opens_for_its_own_dispute_only(tmp_path: Path) -> None:
    home = place(tmp_path)
    make_sealing_key(tmp_path / "sealing", "seal-1")
    keys = keys_in(home)
    enclosed = enclose(CODE, dossier(), keys)
    with pytest.raises(VaultRefused):
        data_key(OTHER, enclosed.key_blob, keys)
    with pytest.raises(KeyBlobBroken):
        data_key(CODE, b"no newline", keys)


def test_a_party_of_whom_nothing_is_known_leaves_no_hash(tmp_path: Path) -> None:
    home = place(tmp_path)
    make_sealing_key(tmp_path / "sealing", "seal-1")
    nobody = {"parties": [{"name": "无", "id_number": "--", "phone": "无"}]}
    assert Dossier.model_validate(nobody).parties[0].id_number == "--"
    assert enclose(CODE, nobody, keys_in(home)).parties == ((),)
