"""Intake's three kinds of key: what opens requests, what wraps data keys, what hashes parties.

`sealing_keys_dir` holds one file for each sealing key, `<name>.key`, base64 of its 32 bytes. The
vault's file holds one secret a line, the newest first: it wraps new data keys, older ones still
unwrap. The index file holds one secret. A secret is any text of at least 32 characters; the key
is derived from it (HKDF-SHA-256, RFC 5869), so that text and key are never the same bytes.
"""

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from exchange.chassis.settings import Settings
from exchange.dossier.sealing import SealingKey
from exchange.dossier.vault import KEY_BYTES, MasterKey

KEYS = "intake"
"""Under this name the keys lie in the workshop."""

SEALING_SUFFIX = ".key"
SECRET_CHARS_MIN = 32
OWNER_ONLY = 0o600
KEK_ID_CHARS = 12
OTHERS_MAY_READ_OR_WRITE = stat.S_IROTH | stat.S_IWOTH


class BadIntakeKey(ValueError):
    """A key file that cannot be used: which, and why; never what is in it."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"受理密钥不可用 / unusable key: {file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass(frozen=True, slots=True)
class IntakeKeys:
    """`masters` newest first; `sealing` by the key's name (what follows the agency in its id)."""

    sealing: Mapping[str, SealingKey] = field(repr=False)
    masters: tuple[MasterKey, ...]
    index: bytes = field(repr=False)

    def sealing_key(self, kid: str) -> SealingKey | None:
        """The key of an id `<agency>/<name>`, or of a bare name."""
        return self.sealing.get(kid.rpartition("/")[2])

    def master(self, kek_id: str) -> MasterKey | None:
        return next((key for key in self.masters if key.kek_id == kek_id), None)


def load_keys(settings: Settings) -> Mapping[str, Any]:
    """What the workshop holds for intake. Raises BadIntakeKey."""
    return {
        KEYS: IntakeKeys(
            sealing=_sealing_keys(_given("sealing_keys_dir", settings.sealing_keys_dir)),
            masters=_master_keys(_given("vault_key_file", settings.vault_key_file)),
            index=_index_key(_given("index_key_file", settings.index_key_file)),
        )
    }


def make_sealing_key(directory: Path, name: str) -> SealingKey:
    """A new sealing key in its file. Raises FileExistsError, never replaces."""
    key = SealingKey.generate(name)
    descriptor = os.open(
        directory / f"{name}{SEALING_SUFFIX}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY
    )
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(key.to_bytes()))
    return key


def _given(name: str, path: Path | None) -> Path:
    if path is None:
        raise BadIntakeKey(name, "not set / 未设置")
    return path


def _sealing_keys(directory: Path) -> dict[str, SealingKey]:
    keys = {}
    for path in sorted(directory.glob(f"*{SEALING_SUFFIX}")):
        encoded = _read(path)
        try:
            raw = base64.b64decode(encoded, validate=True)
            keys[path.stem] = SealingKey.from_bytes(path.stem, raw)
        except (binascii.Error, ValueError) as error:
            raise BadIntakeKey(path.name, "not base64 of 32 bytes") from error
    if not keys:
        raise BadIntakeKey(str(directory), f"holds no *{SEALING_SUFFIX} file")
    return keys


def _master_keys(path: Path) -> tuple[MasterKey, ...]:
    secrets = [_strong(path, line.strip()) for line in _read(path).splitlines() if line.strip()]
    if not secrets:
        raise BadIntakeKey(path.name, "holds no secret")
    return tuple(_master_key(secret) for secret in secrets)


def _master_key(secret: str) -> MasterKey:
    key = _derived(secret, b"fengqiao-vault-v1")
    return MasterKey(hashlib.sha256(b"kek\x00" + key).hexdigest()[:KEK_ID_CHARS], key)


def _index_key(path: Path) -> bytes:
    return _derived(_strong(path, _read(path).strip()), b"fengqiao-party-index-v1")


def _strong(path: Path, secret: str) -> str:
    if len(secret) < SECRET_CHARS_MIN:
        raise BadIntakeKey(path.name, f"a secret has at least {SECRET_CHARS_MIN} characters")
    return secret


def _derived(secret: str, what: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=what).derive(secret.encode())


def _read(path: Path) -> str:
    try:
        if path.stat().st_mode & OTHERS_MAY_READ_OR_WRITE:
            raise BadIntakeKey(path.name, "open to every user of this machine; run chmod 600")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadIntakeKey(path.name, f"cannot be read ({error.strerror})") from error
