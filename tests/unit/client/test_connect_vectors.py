"""The published vectors and signers say exactly what the exchange accepts."""

import base64
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.identity.keys import SigningKey, VerifyKey, key_id_of
from exchange.identity.signatures import sign_request, verify_request, verify_response

CONNECT = Path(__file__).parents[3] / "docs" / "connect"
VECTORS: dict[str, Any] = json.loads((CONNECT / "vectors.json").read_text())
REQUESTS: list[dict[str, Any]] = VECTORS["requests"]
SIGNER_LINES_MAX = 40


def public(name: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(VECTORS[name]["public_key"]))


def verify_key(name: str) -> VerifyKey:
    key_id: str = VECTORS[name]["key_id"]
    created = datetime.fromtimestamp(REQUESTS[0]["created"], UTC)
    return VerifyKey(key_id, key_id.partition("/")[0], public(name), created)


def signing_key(tmp_path: Path) -> tuple[SigningKey, Path]:
    file = tmp_path / "key.pem"
    file.write_text(VECTORS["agency_key"]["private_key_pem"])
    file.chmod(0o600)
    return SigningKey.read_pem("PS-330803-01", file), file


@pytest.mark.parametrize("vector", [*REQUESTS, VECTORS["answer"]])
def test_each_signature_is_one_over_its_base(vector: dict[str, Any]) -> None:
    name = "exchange_key" if "status" in vector else "agency_key"
    base = "\n".join(vector["signature_base"]).encode()

    public(name).verify(base64.b64decode(vector["signature"]), base)
    assert vector["signature"] in vector["headers"]["Signature"]


@pytest.mark.parametrize("vector", REQUESTS)
def test_the_exchange_accepts_each_request_and_signs_it_the_same_way(
    vector: dict[str, Any], tmp_path: Path
) -> None:
    key, _ = signing_key(tmp_path)
    created = datetime.fromtimestamp(vector["created"], UTC)

    request = verify_request(
        vector["method"],
        vector["url"],
        vector["headers"],
        vector["body"].encode(),
        keys=lambda _: verify_key("agency_key"),
        now=created + timedelta(seconds=300),
    )
    headers = sign_request(
        key,
        vector["method"],
        vector["url"],
        {},
        vector["body"].encode(),
        created=created,
        nonce=vector["nonce"],
        idempotency_key=vector["idempotency_key"] or None,
    )

    assert request.base.split("\n") == vector["signature_base"]
    assert headers == vector["headers"]


def test_the_answer_is_bound_to_the_first_request() -> None:
    asked, answer = REQUESTS[VECTORS["answer"]["to_request"]], VECTORS["answer"]
    now = datetime.fromtimestamp(asked["created"], UTC)
    request = verify_request(
        asked["method"],
        asked["url"],
        asked["headers"],
        asked["body"].encode(),
        keys=lambda _: verify_key("agency_key"),
        now=now,
    )

    proven = verify_response(
        answer["status"],
        answer["headers"],
        answer["body"].encode(),
        request=request,
        keys=lambda _: verify_key("exchange_key"),
        now=now,
    )

    assert proven.base.split("\n") == answer["signature_base"]
    assert proven.key_id == key_id_of("EX-330803-00", public("exchange_key"))


def signers() -> list[Any]:
    """The Python signer; the Java one where a JDK is (a run-time alone cannot compile it)."""
    java = shutil.which("java") if shutil.which("javac") else None
    no_jdk = pytest.mark.skipif(java is None, reason="no JDK on this machine")
    return [
        pytest.param([sys.executable, str(CONNECT / "signer.py")], id="python"),
        pytest.param([str(java), str(CONNECT / "Signer.java")], id="java", marks=no_jdk),
    ]


@pytest.mark.parametrize("command", signers())
@pytest.mark.parametrize("vector", REQUESTS)
def test_the_published_signers_make_the_signature_of_the_vectors(
    command: list[str], vector: dict[str, Any], tmp_path: Path
) -> None:
    _, file = signing_key(tmp_path)
    arguments = [str(file), VECTORS["agency_key"]["key_id"], vector["method"], vector["url"]]
    fixed = [vector["idempotency_key"], str(vector["created"]), vector["nonce"]]

    printed = subprocess.run(
        [*command, *arguments, *fixed],
        input=vector["body"].encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    headers = dict(line.split(": ", 1) for line in printed.splitlines())

    assert headers["signature"].partition("=")[2] == f":{vector['signature']}:"
    assert headers["content-digest"] == vector["headers"]["Content-Digest"]
    assert verify_request(
        vector["method"],
        vector["url"],
        headers,
        vector["body"].encode(),
        keys=lambda _: verify_key("agency_key"),
        now=datetime.fromtimestamp(vector["created"], UTC),
    )


@pytest.mark.parametrize("name", ["signer.py", "Signer.java"])
def test_a_signer_is_short_enough_to_be_read(name: str) -> None:
    assert len((CONNECT / name).read_text().splitlines()) <= SIGNER_LINES_MAX
