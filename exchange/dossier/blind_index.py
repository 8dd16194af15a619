"""Find the same person without storing who it is: a keyed hash of what identifies them.

    index = HMAC-SHA-256( key, kind || 0x00 || value || 0x00 || value ... )

over normalised values. Whoever lacks the key cannot try out ID numbers against it; whoever
destroys the key has erased every link.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from typing import Literal

Kind = Literal["id_number", "name_phone"]
KEY_BYTES_MIN = 32


class NotIndexable(ValueError):
    """A value that identifies nobody (empty, or too few of them): `kind` only, never the value."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"不能建立检索值 / nothing to index: {kind}")
        self.kind = kind


def blind_index(kind: Kind, *values: str, key: bytes) -> str:
    """The index in hex: `id_number` of one value, `name_phone` of a name and a phone number.

    Full-width digits, spaces, dashes, a small x and +86 make no difference. Raises NotIndexable.
    """
    if len(key) < KEY_BYTES_MIN:
        raise ValueError(f"an index key has at least {KEY_BYTES_MIN} bytes")
    normalisers = NORMALISERS[kind]
    if len(values) != len(normalisers):
        raise NotIndexable(kind)
    normal = [
        normalise(unicodedata.normalize("NFKC", value))
        for normalise, value in zip(normalisers, values, strict=True)
    ]
    if not all(normal):
        raise NotIndexable(kind)
    message = b"\x00".join(text.encode() for text in (kind, *normal))
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def _id_number(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def _name(text: str) -> str:
    return re.sub(r"[\s·•\x00]", "", text).casefold()


def _phone(text: str) -> str:
    digits = re.sub(r"[^0-9]", "", text)
    return re.sub(r"^(0086|86)(?=1\d{10}$)", "", digits)


NORMALISERS: dict[Kind, tuple[Callable[[str], str], ...]] = {
    "id_number": (_id_number,),
    "name_phone": (_name, _phone),
}
