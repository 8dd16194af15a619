"""Dossiers at rest: each dispute under its own data key, each data key wrapped by a master key.

A part of a dossier is AES-256-GCM under the dispute's data key, bound by its associated data to
(dispute, part, version): a ciphertext moved to another place does not open. The data key is
stored only wrapped, AES-256-GCM under a key-encryption key (KEK) that lives elsewhere. To erase a
dispute is to delete the wrapped key: every ciphertext of it, in every backup, is noise from then.

Both forms are `nonce (12 bytes) || ciphertext || tag (16 bytes)`.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
PART_LAYOUT = "fengqiao-dossier-v1:aes-256-gcm"
WRAP_LAYOUT = "fengqiao-data-key-v1:aes-256-gcm"


class VaultRefused(ValueError):
    """A ciphertext or wrapped key that does not open: `what` names it, ids only."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"密文打不开 / does not open: {what}: {reason}")
        self.what = what
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A key-encryption key. `kek_id` is stored with what it wraps, so that it can rotate."""

    kek_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"{self.kek_id}: a master key has {KEY_BYTES} bytes")

    @classmethod
    def generate(cls, kek_id: str) -> Self:
        return cls(kek_id, secrets.token_bytes(KEY_BYTES))


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """What is stored of a data key; delete it and the dispute's dossier is gone."""

    kek_id: str
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one dispute's dossier, in memory only."""

    dispute_code: str
    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls, dispute_code: str) -> Self:
        return cls(dispute_code, secrets.token_bytes(KEY_BYTES))

    def encrypt(self, part: str, version: int, plaintext: bytes) -> bytes:
        """The ciphertext of one version of one part (`parties`, `narrative`, a file's id)."""
        return _encrypt(self.secret, plaintext, self._place(part, version))

    def decrypt(self, part: str, version: int, ciphertext: bytes) -> bytes:
        """The inverse, at the same place only. Raises VaultRefused."""
        place = self._place(part, version)
        return _decrypt(self.secret, ciphertext, place, f"{self.dispute_code}/{part}/{version}")

    def _place(self, part: str, version: int) -> bytes:
        return _associated(PART_LAYOUT, self.dispute_code, part, str(version))


def wrap(key: DataKey, master: MasterKey) -> WrappedKey:
    """The form to store, bound to the dispute and the master key's id."""
    place = _associated(WRAP_LAYOUT, master.kek_id, key.dispute_code)
    return WrappedKey(master.kek_id, _encrypt(master.secret, key.secret, place))


def unwrap(
    wrapped: WrappedKey, dispute_code: str, master_of: Callable[[str], MasterKey | None]
) -> DataKey:
    """The data key again. Raises VaultRefused for another dispute, or an unknown master key."""
    master = master_of(wrapped.kek_id)
    if master is None:
        raise VaultRefused(dispute_code, f"no master key {wrapped.kek_id}")
    place = _associated(WRAP_LAYOUT, wrapped.kek_id, dispute_code)
    return DataKey(dispute_code, _decrypt(master.secret, wrapped.wrapped, place, dispute_code))


def _encrypt(secret: bytes, plaintext: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(secret).encrypt(nonce, plaintext, place)


def _decrypt(secret: bytes, ciphertext: bytes, place: bytes, what: str) -> bytes:
    nonce, sealed = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
    try:
        return AESGCM(secret).decrypt(nonce, sealed, place)
    except (InvalidTag, ValueError) as error:
        raise VaultRefused(what, "altered, moved, or under another key") from error


def _associated(*names: str) -> bytes:
    """Each name after its length, 4 bytes big-endian: no two lists of names read the same."""
    parts = [name.encode() for name in names]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
