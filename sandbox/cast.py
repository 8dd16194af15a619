"""Who is played: agency codes, each with a private key that never leaves this process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exchange.identity.keys import SigningKey

KEY_VALID_BEFORE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cast:
    """The agencies that a sandbox plays, by code."""

    keys: Mapping[str, SigningKey]

    @classmethod
    def opened(cls, directory: Path, agencies: Iterable[str]) -> "Cast":
        """Their keys in `directory`, made at the first start."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls({agency: _key(directory / f"{agency}.pem", agency) for agency in agencies})

    def public(self) -> list[dict[str, str | None]]:
        """What the directory is to register: the public form of each key."""
        since = datetime.now(UTC) - KEY_VALID_BEFORE
        return [key.verify_key(since).to_json() for key in self.keys.values()]


def _key(path: Path, agency: str) -> SigningKey:
    if not path.exists():
        SigningKey.generate(agency).write_pem(path)
    return SigningKey.read_pem(agency, path)
