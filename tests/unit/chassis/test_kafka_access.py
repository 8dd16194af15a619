"""One access, said to each client library in its own words."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.chassis.kafka.access import KafkaAccess

WORD = "known to nobody else"


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    """A certificate that signs itself."""
    key, name = Ed25519PrivateKey.generate(), x509.Name([])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, None)
    file = tmp_path / "ca.pem"
    file.write_bytes(signed.public_bytes(Encoding.PEM))
    return file


@pytest.mark.parametrize("user", [None, "routing"])
@pytest.mark.parametrize("tls", [False, True])
def test_both_clients_are_told_the_same(user: str | None, tls: bool, ca_file: Path) -> None:
    access = KafkaAccess("kafka:9092", user, WORD if user else None, ca_file if tls else None)

    aiokafka, confluent = access.for_aiokafka(), access.for_confluent()

    protocol = ("SASL_" if user else "") + ("SSL" if tls else "PLAINTEXT")
    assert aiokafka["security_protocol"] == confluent["security.protocol"] == protocol
    assert aiokafka["bootstrap_servers"] == confluent["bootstrap.servers"] == "kafka:9092"
    assert aiokafka.get("sasl_plain_username") == confluent.get("sasl.username") == user
    assert aiokafka.get("sasl_plain_password") == confluent.get("sasl.password")
    assert ("ssl_context" in aiokafka, "ssl.ca.location" in confluent) == (tls, tls)


def test_the_password_is_not_shown() -> None:
    assert WORD not in repr(KafkaAccess("kafka:9092", "routing", WORD))
