"""Makes every secret of a deployment in `deploy/secrets`: `python3 deploy/make_secrets.py`.

Standard library only. An existing file is never replaced: where one is found, nothing is made,
unless `--add-missing` asks for what is missing beside it (a new service, a new month's key).
The folder is closed to other users (0700); the files inside may be read by one group, which the
containers join, because Compose mounts a secret with the mode that it has on the host.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

SECRETS = Path(__file__).resolve().parent / "secrets"
SERVICES = ("directory", "intake", "routing", "police_link", "mediation", "court_link")
SECRET_BYTES = 32
KEY_BYTES = 32
PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
"""RFC 8410, section 7: what stands before the 32 bytes of an Ed25519 private key."""

IMAGE_GID = 10001
"""The group of the image's user, for files that root makes."""

ONE_GROUP_READS = 0o640


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 with the files that are there already."""
    parser = argparse.ArgumentParser(prog="make_secrets.py", description=__doc__)
    parser.add_argument("--dir", type=Path, default=SECRETS, help="where to (deploy/secrets)")
    parser.add_argument("--add-missing", action="store_true", help="keep what is there")
    given = parser.parse_args(arguments)
    make_folders(given.dir)
    wanted = contents()
    present = [name for name in wanted if (given.dir / name).exists()]
    if present and not given.add_missing:
        say(f"✗ 已存在，不覆盖 / exist already, not replaced: {', '.join(present)}")
        return 1
    for name, content in wanted.items():
        if name not in present:
            write(given.dir / name, content)
            say(f"已生成 / made: {given.dir / name}")
    return 0


def contents() -> dict[str, bytes]:
    """Every file with new content: passwords, the exchange's keys, the group for Compose."""
    passwords = ["kafka-admin", "kafka-controller", "postgres-admin", "vault", "party-index"]
    for service in SERVICES:
        passwords += [f"kafka-{service}", f"postgres-{service}"]
    return {
        **{name: secrets.token_urlsafe(SECRET_BYTES).encode() for name in passwords},
        "exchange.pem": signing_key(),
        f"sealing/{datetime.now(UTC):%Y-%m}.key": base64.b64encode(secrets.token_bytes(KEY_BYTES)),
        "compose.env": f"SECRETS_GID={group()}\n".encode(),
    }


def signing_key() -> bytes:
    """The exchange's Ed25519 key as PKCS #8 PEM."""
    body = base64.b64encode(PKCS8_ED25519 + secrets.token_bytes(KEY_BYTES)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n".encode()


def group() -> int:
    return IMAGE_GID if os.geteuid() == 0 else os.getegid()


def make_folders(directory: Path) -> None:
    """The folder, closed to others; in it `sealing`, which intake's container mounts whole."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    sealing = directory / "sealing"
    sealing.mkdir(exist_ok=True)
    os.chown(sealing, -1, group())
    sealing.chmod(0o750)


def write(path: Path, content: bytes) -> None:
    """A new file, for its owner and that group. Raises FileExistsError, never replaces."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.chown(path, -1, group())
    path.chmod(ONE_GROUP_READS)


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
