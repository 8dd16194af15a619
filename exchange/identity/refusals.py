"""Why a signature was refused, in words that let the other side mend it without asking."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

Code = Literal["missing", "unknown_key", "stale", "altered", "malformed", "not_covered"]


@dataclass(frozen=True, slots=True)
class Difference:
    """The first line (from 1) where two signature bases part; None where one has ended."""

    line_no: int
    expected: str | None
    got: str | None


class SignatureRefused(Exception):
    """A message whose signature does not hold.

    `base` is the signature base that this side computed, with the digest of the body that really
    arrived; None when the message was refused before one could be built. `first_difference` tells
    this side's line (`expected`) from the signer's (`got`), where that is known.
    """

    def __init__(
        self,
        code: Code,
        message_zh: str,
        message_en: str,
        *,
        base: str | None = None,
        first_difference: Difference | None = None,
    ) -> None:
        super().__init__(f"{message_zh} / {message_en}")
        self.code = code
        self.message_zh = message_zh
        self.message_en = message_en
        self.base = base
        self.first_difference = first_difference


def first_difference(expected: str, got: str) -> Difference | None:
    """Compare two signature bases line by line; None when they are equal."""
    lines = zip_longest(expected.split("\n"), got.split("\n"))
    for line_no, (ours, theirs) in enumerate(lines, start=1):
        if ours != theirs:
            return Difference(line_no, ours, theirs)
    return None
