"""Signed checkpoints: each minute, one root over the ledger heads that changed in it.

The tree is RFC 6962's (section 2.1), over heads sorted by (dispute code, sequence):

    leaf = SHA-256( 0x00 || LP(dispute code) || LP(sequence in decimal) || hash, 32 bytes )
    node = SHA-256( 0x01 || left || right )      split at the largest power of two below n
    root of no heads = SHA-256( "" )

A checkpoint names the one before it by the SHA-256 of its canonical JSON (the first: 64 zeros)
and counts up by one, so whoever has kept one checkpoint notices a history that was rewritten.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from exchange.contracts.model import Sha256
from exchange.identity.canonical import canonical_bytes
from exchange.identity.documents import Document, sign_document
from exchange.identity.keys import SigningKey
from exchange.identity.ledger import length_prefixed

NO_CHECKPOINT = "0" * 64


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The last ledger entry of one dispute at a checkpoint."""

    dispute_code: str
    sequence: int
    hash: bytes


class Checkpoint(Document):
    """The state of all ledgers at `at` (machine time), as far as it changed since the last."""

    format: Literal["fengqiao-checkpoint-v1"] = "fengqiao-checkpoint-v1"
    hash_alg: Literal["sha-256"] = "sha-256"
    number: int = Field(ge=1)
    previous_sha256: Sha256
    at: AwareDatetime
    root_sha256: Sha256
    count: int = Field(ge=0)

    def sha256(self) -> str:
        """What the next checkpoint names it by."""
        return hashlib.sha256(canonical_bytes(self.model_dump(mode="json"))).hexdigest()


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> dict[str, Any]:
    """The signed form, `{"alg", "key_id", "document": {...}, "signature"}`."""
    return sign_document(checkpoint, key)


def root(heads: Sequence[Head]) -> bytes:
    """The Merkle root, 32 bytes, of heads in any order."""
    return _root([_leaf(head) for head in sorted(heads)])


def inclusion_proofs(heads: Sequence[Head]) -> list[list[bytes]]:
    """The audit paths of all leaves, each lowest sibling first (RFC 6962, section 2.1.1).

    In the order of the sorted heads, in one walk of the tree.
    """
    return _paths([_leaf(head) for head in sorted(heads)])[1]


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(_root(leaves[:split]), _root(leaves[split:]))


def _paths(leaves: Sequence[bytes]) -> tuple[bytes, list[list[bytes]]]:
    """The root of these leaves, and each leaf's path below it."""
    if len(leaves) == 1:
        return leaves[0], [[]]
    split = _split(len(leaves))
    (left, left_paths), (right, right_paths) = _paths(leaves[:split]), _paths(leaves[split:])
    paths = [[*path, right] for path in left_paths] + [[*path, left] for path in right_paths]
    return _node(left, right), paths


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _leaf(head: Head) -> bytes:
    code, sequence = head.dispute_code.encode(), b"%d" % head.sequence
    return hashlib.sha256(
        b"\x00" + length_prefixed(code) + length_prefixed(sequence) + head.hash
    ).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
