"""What a process is told from outside: read once from the environment, frozen, documented here.

`docs/settings.md` is generated from this file. A secret is given as a file, never as a value that
`ps` or a crash report could show.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PREFIX = "FENGQIAO_"
DEFAULT_SECRETS = frozenset(
    {"", "changeme", "change-me", "secret", "password", "fengqiao", "admin"}
)
SECRET_CHARS_MIN = 16


class BadSettings(Exception):
    """Settings with which this process must not start: every reason at once."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class Settings(BaseModel):
    """The settings of one service process; field `x_y` is the variable `FENGQIAO_X_Y`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kafka_bootstrap: str = Field(description="host:port of the Kafka cluster")
    kafka_user: str | None = Field(None, description="SCRAM user; none for a plaintext cluster")
    kafka_password_file: Path | None = Field(None, description="file with its password")
    kafka_tls_ca_file: Path | None = Field(None, description="CA of the cluster: turns TLS on")
    postgres_dsn: str = Field(description="DSN of this service's own database, without password")
    postgres_password_file: Path | None = Field(None, description="file with its password")
    http_host: str = Field("127.0.0.1", description="address to listen on")
    http_port: int = Field(description="port to listen on", ge=1, le=65535)
    public_url: str = Field(description="the address as agencies see it; signatures cover its host")
    intake_url: str = Field("", description="intake's public address, told to agencies in offers")
    signing_key_file: Path = Field(description="PEM of the exchange's Ed25519 key (mode 0600)")
    sealing_keys_dir: Path | None = Field(None, description="intake only: its X25519 keys")
    vault_key_file: Path | None = Field(None, description="intake only: the key that wraps keys")
    index_key_file: Path | None = Field(None, description="intake only: HMAC key of party hashes")
    county: str = Field("330803", description="6-digit division in which codes are minted")
    region: str = Field(
        "330803000000", description="12-digit division in which the exchange itself stands"
    )
    instance: str = Field("1", description="which replica of the service this is")
    otlp_endpoint: str | None = Field(None, description="OTLP/HTTP collector for spans")
    spans_file: Path | None = Field(None, description="write spans as JSON lines to this file")
    trace_ratio: float = Field(1.0, ge=0, le=1, description="share of requests that are traced")
    sandbox: bool = Field(False, description="a home whose legal time may be moved")
    batch_events_max: int = Field(500, ge=1, le=5000, description="events folded in one go")
    lease_s: float = Field(3.0, gt=0, description="a silent member's partitions are taken after")
    beat_s: float = Field(0.5, gt=0, description="seconds between heartbeats")
    postgres_pool_max: int = Field(8, ge=2, description="connections of one process")
    handoffs_per_s_max: float = Field(
        100.0, gt=0, description="pushes a second to one agency's endpoint, status queries included"
    )
    checkpoint_every_s: float = Field(60.0, gt=0, description="seconds between checkpoints")
    stalled_after_s: float = Field(30.0, gt=0, description="lag without progress raises an alarm")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read every FENGQIAO_* variable. Raises BadSettings with all that is wrong."""
        given = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(PREFIX)
        }
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            raise BadSettings(
                [f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
            ) from None
        settings.refuse_defaults()
        return settings

    def refuse_defaults(self) -> None:
        """Raise BadSettings where a secret is missing, short or one that everybody knows."""
        reasons = []
        for name in (
            "kafka_password_file",
            "postgres_password_file",
            "vault_key_file",
            "index_key_file",
        ):
            path: Path | None = getattr(self, name)
            if path is None:
                continue
            variable = f"{PREFIX}{name.upper()}"
            try:
                secret = path.read_text().strip()
            except OSError as error:
                reasons.append(f"{variable}: cannot be read ({error.strerror})")
                continue
            if secret.lower() in DEFAULT_SECRETS or len(secret) < SECRET_CHARS_MIN:
                reasons.append(
                    f"{variable}: a default or too short secret; "
                    f"use at least {SECRET_CHARS_MIN} random characters"
                )
        if reasons:
            raise BadSettings(reasons)


def read_secret(path: Path | None) -> str | None:
    return path.read_text().strip() if path else None
