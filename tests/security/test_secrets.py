"""A service does not start on a secret that is no secret, and says so in plain words."""

import base64
import secrets
from pathlib import Path

import pytest

from exchange.chassis.workshop import EXCHANGE
from exchange.identity.keys import SigningKey
from tests.support.processes import process

INVALID = 3
NOWHERE = "127.0.0.1:1"


def settings(tmp: Path, **changed: str) -> dict[str, str]:
    """A service that would start, but for what is changed; it has no engines to talk to."""
    files = {name: tmp / name for name in ("kafka", "postgres", "vault", "index")}
    for path in files.values():
        _secret(path, secrets.token_urlsafe(32))
    signing, sealing = tmp / "exchange.pem", tmp / "sealing"
    SigningKey.generate(EXCHANGE).write_pem(signing)
    sealing.mkdir()
    _secret(sealing / "seal-202603.key", base64.b64encode(secrets.token_bytes(32)).decode())
    given = {
        "KAFKA_BOOTSTRAP": NOWHERE,
        "KAFKA_USER": "intake",
        "KAFKA_PASSWORD_FILE": str(files["kafka"]),
        "POSTGRES_DSN": f"postgresql://intake@{NOWHERE}/intake",
        "POSTGRES_PASSWORD_FILE": str(files["postgres"]),
        "HTTP_PORT": "1",
        "PUBLIC_URL": "http://127.0.0.1:1",
        "SIGNING_KEY_FILE": str(signing),
        "SEALING_KEYS_DIR": str(sealing),
        "VAULT_KEY_FILE": str(files["vault"]),
        "INDEX_KEY_FILE": str(files["index"]),
    }
    return {f"FENGQIAO_{name}": value for name, value in (given | changed).items()}


def _secret(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text)
    path.chmod(mode)


async def started(env: dict[str, str], service: str = "intake") -> tuple[int | None, str]:
    """Its exit code, and what it said."""
    async with process("-m", "fengqiao", "run", service, env=env) as running:
        out, err = await running.communicate()
    return running.returncode, (out + err).decode()


@pytest.mark.parametrize("secret", ["changeme", "", "fengqiao", "PASSWORD", "short-secret"])
async def test_a_default_or_short_secret_is_refused_by_its_setting(
    tmp_path: Path, secret: str
) -> None:
    env = settings(tmp_path)
    for name in ("kafka", "postgres", "vault", "index"):
        _secret(tmp_path / name, secret)
    code, said = await started(env)
    assert code == INVALID
    for setting in (
        "FENGQIAO_KAFKA_PASSWORD_FILE",
        "FENGQIAO_POSTGRES_PASSWORD_FILE",
        "FENGQIAO_VAULT_KEY_FILE",
        "FENGQIAO_INDEX_KEY_FILE",
    ):
        assert setting in said
    assert "Traceback" not in said


async def test_a_secret_that_is_not_there_is_told_by_its_setting(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")
    code, said = await started(settings(tmp_path, VAULT_KEY_FILE=missing))
    assert code == INVALID
    assert "FENGQIAO_VAULT_KEY_FILE" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["exchange.pem", "vault", "index", "sealing/seal-202603.key"])
async def test_a_key_that_every_user_may_read_is_refused_by_its_file(
    tmp_path: Path, name: str
) -> None:
    env = settings(tmp_path)
    (tmp_path / name).chmod(0o644)
    code, said = await started(env)
    assert code == INVALID, said
    assert (tmp_path / name).name in said
    assert "chmod 600" in said
    assert "Traceback" not in said


async def test_a_signing_key_that_is_none_is_refused(tmp_path: Path) -> None:
    env = settings(tmp_path)
    (tmp_path / "exchange.pem").write_text("not a key")
    code, said = await started(env)
    assert code == INVALID, said
    assert "exchange.pem" in said
    assert "not a key" not in said
