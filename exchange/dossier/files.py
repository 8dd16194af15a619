"""Files of a dossier: what may be handed in, told by its first bytes, and how it is stored.

Scans, photographs and recordings only. Word and archive formats are left out: they carry macros
and other files inside, and a signed agreement is a scan.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from exchange.dossier.vault import DataKey

FILE_BYTES_MAX = 50 * 1024 * 1024
FILE_VERSION = 1
"""A file is never changed: another content is another file."""


class FileTooLarge(ValueError):
    """A file over FILE_BYTES_MAX."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(
            f"文件 {size_bytes} 字节，超过上限 {FILE_BYTES_MAX} / "
            f"file of {size_bytes} bytes over the limit of {FILE_BYTES_MAX}"
        )
        self.size_bytes = size_bytes
        self.limit_bytes = FILE_BYTES_MAX


class MediaTypeRefused(ValueError):
    """A file whose content is of no listed type, or not of the type that it was declared."""

    def __init__(self, declared: str, found: str | None) -> None:
        listed = ", ".join(MEDIA_TYPES)
        super().__init__(
            f"文件类型不符：声明为 {declared}，内容为 {found or '未列入的类型'}；可收：{listed} / "
            f"declared {declared}, found {found or 'no listed type'}"
        )
        self.declared = declared
        self.found = found
        self.listed = tuple(MEDIA_TYPES)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is stored and what events may name: ciphertext and its SHA-256 in hex."""

    ciphertext: bytes
    sha256: str


def check_file(declared: str, content: bytes) -> str:
    """The media type of `content`. Raises FileTooLarge, MediaTypeRefused."""
    if len(content) > FILE_BYTES_MAX:
        raise FileTooLarge(len(content))
    found = next((name for name, matches in MEDIA_TYPES.items() if matches(content)), None)
    if found is None or found != declared:
        raise MediaTypeRefused(declared, found)
    return found


def encrypt_file(key: DataKey, file_id: str, content: bytes) -> StoredFile:
    """Encrypted for its id; hashed as ciphertext, so that the hash says nothing of the content."""
    ciphertext = key.encrypt(file_id, FILE_VERSION, content)
    return StoredFile(ciphertext, hashlib.sha256(ciphertext).hexdigest())


def decrypt_file(key: DataKey, file_id: str, ciphertext: bytes) -> bytes:
    """The inverse. Raises VaultRefused."""
    return key.decrypt(file_id, FILE_VERSION, ciphertext)


def _begins(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(magic)


def _is_wav(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WAVE"


def _is_mp3(content: bytes) -> bool:
    """An ID3 tag, or a frame's sync word of MPEG layer III."""
    frame = content[:2]
    return content[:3] == b"ID3" or frame in {b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"}


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    """An ISO base media file (ISO/IEC 14496-12) of one of these major brands."""
    return lambda content: content[4:8] == b"ftyp" and content[8:12] in brands


MEDIA_TYPES: dict[str, Callable[[bytes], bool]] = {
    "application/pdf": _begins(b"%PDF-"),
    "image/jpeg": _begins(b"\xff\xd8\xff"),
    "image/png": _begins(b"\x89PNG\r\n\x1a\n"),
    "audio/mpeg": _is_mp3,
    "audio/mp4": _brand(b"M4A ", b"M4B "),
    "audio/wav": _is_wav,
    "video/mp4": _brand(b"isom", b"iso2", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"MSNV"),
}
"""Listed media types, each with the test of its first bytes."""
