"""docs/connect/key.py says of a key what the exchange itself says of it."""

import base64
import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exchange.dossier.sealing import ALGORITHMS, SealingKey
from exchange.identity.keys import SigningKey, VerifyKey
from services.directory.keyring import key_of
from services.directory.schemas import KeyForm
from services.intake.keys import make_sealing_key
from tests.docs.pages import ROOT

AGENCY = "PS-330803112000-01"
EXCHANGE = "EX-000000000000-01"


def printed(task: str, agency: str, file: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs/connect/key.py"), task, agency, str(file)],
        capture_output=True,
        check=True,
        text=True,
    )
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("precious")

    with pytest.raises(subprocess.CalledProcessError):
        printed("new", AGENCY, file)

    assert file.read_text() == "precious"


def test_a_new_key_is_private_and_its_registration_is_the_directorys_form(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"

    made = printed("new", AGENCY, file)
    key = SigningKey.read_pem(AGENCY, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    listed = key_of(KeyForm.model_validate(made))
    assert (listed.key_id, listed.use) == (key.key_id, "sign")
    shown = printed("show", AGENCY, file)
    assert (shown["key_id"], shown["public"]) == (made["key_id"], made["public"])


def test_what_agencies_are_to_trust_is_read_by_the_client(tmp_path: Path) -> None:
    file = tmp_path / "exchange.pem"
    SigningKey.generate(EXCHANGE).write_pem(file)

    trusted = VerifyKey.from_json(printed("trust", EXCHANGE, file))

    assert trusted.key_id == SigningKey.read_pem(EXCHANGE, file).key_id


def test_the_public_half_of_a_sealing_key_is_registered_as_one(tmp_path: Path) -> None:
    key: SealingKey = make_sealing_key(tmp_path, "2026-11")

    listed = key_of(KeyForm.model_validate(printed("seal", EXCHANGE, tmp_path / "2026-11.key")))

    assert (listed.key_id, listed.use) == (f"{EXCHANGE}/2026-11", "seal")
    assert listed.algorithm == ALGORITHMS[0]
    assert listed.public == base64.b64encode(key.private.public_key().public_bytes_raw()).decode()
