"""A file is what its first bytes say, and is stored so that only its dispute's key reads it."""

import hashlib

import pytest

from exchange.dossier.files import (
    FILE_BYTES_MAX,
    MEDIA_TYPES,
    FileTooLarge,
    MediaTypeRefused,
    check_file,
    decrypt_file,
    encrypt_file,
)
from exchange.dossier.vault import DataKey, VaultRefused

SAMPLES = {
    "application/pdf": b"%PDF-1.7\n",
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "audio/mpeg": b"\xff\xfb\x90\x44",
    "audio/mp4": b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00",
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "video/mp4": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00",
}
KEY = DataKey.generate("330803-2026-0123456789-7")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"<html>",
        b"GIF89a",
        b"\xef\xbb\xbf%PDF-1.7",
        b" %PDF-1.7",
        b"RIFF\x24\x00\x00\x00AVI ",
        b"\x00\x00\x00\x20ftypqt  ",
    ],
)
@pytest.mark.parametrize("declared", ["application/pdf", "application/zip", ""])
def test_a_file_of_no_listed_type_is_refused_by_name(declared: str, content: bytes) -> None:
    with pytest.raises(MediaTypeRefused) as caught:
        check_file(declared, content)
    assert (caught.value.declared, caught.value.found) == (declared, None)
    assert "application/pdf" in caught.value.listed


def test_a_file_that_is_something_else_than_declared_is_refused() -> None:
    with pytest.raises(MediaTypeRefused) as caught:
        check_file("application/pdf", SAMPLES["image/png"])
    assert caught.value.found == "image/png"


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(FileTooLarge) as caught:
        check_file("application/pdf", b"%PDF-" + bytes(FILE_BYTES_MAX))
    assert caught.value.size_bytes == FILE_BYTES_MAX + 5


def test_a_ciphertext_opens_under_its_own_file_id_only() -> None:
    stored = encrypt_file(KEY, "file-1", SAMPLES["application/pdf"])

    with pytest.raises(VaultRefused):
        decrypt_file(KEY, "file-2", stored.ciphertext)
    assert decrypt_file(KEY, "file-1", stored.ciphertext) == SAMPLES["application/pdf"]


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_every_listed_type_is_known_by_its_first_bytes(media_type: str) -> None:
    assert check_file(media_type, SAMPLES[media_type]) == media_type


def test_the_hash_is_of_the_ciphertext_so_equal_files_do_not_look_equal() -> None:
    first, second = (encrypt_file(KEY, "file-1", b"%PDF-") for _ in range(2))

    assert first.sha256 == hashlib.sha256(first.ciphertext).hexdigest()
    assert first.sha256 != second.sha256
