"""A checkpoint holds every head that changed in its minute, and no other."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

from exchange.identity.canonical import canonical_bytes
from exchange.identity.checkpoints import (
    NO_CHECKPOINT,
    Checkpoint,
    Head,
    inclusion_proofs,
    root,
    sign_checkpoint,
)
from exchange.identity.keys import SigningKey

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EXCHANGE = SigningKey.generate("EX-330803-00")
KEY = EXCHANGE.verify_key(NOW - timedelta(days=1))

heads_lists = st.lists(
    st.builds(
        Head,
        dispute_code=st.from_regex(r"330803-2026-[0-9]{4}", fullmatch=True),
        sequence=st.integers(1, 500),
        hash=st.binary(min_size=32, max_size=32),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda head: head.dispute_code,
)


@given(heads=heads_lists)
def test_the_path_of_every_head_leads_to_the_root_in_whatever_order_they_come(
    heads: list[Head],
) -> None:
    tree, ordered = root(heads), sorted(heads)

    assert tree == root(heads[::-1])
    for index, path in enumerate(inclusion_proofs(heads)):
        leaf = root([ordered[index]])
        assert _root_by_path(leaf, index, len(heads), path) == tree


def _root_by_path(leaf: bytes, index: int, count: int, path: list[bytes]) -> bytes:
    """As RFC 9162, section 2.1.3.2, folds a path."""
    value, node, last = leaf, index, count - 1
    for sibling in path:
        if node % 2 == 1 or node == last:
            value = hashlib.sha256(b"\x01" + sibling + value).digest()
            while node % 2 == 0 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            value = hashlib.sha256(b"\x01" + value + sibling).digest()
        node, last = node >> 1, last >> 1
    return value


def test_the_tree_is_the_documented_one() -> None:
    first, second, third = (Head(f"CODE-{n}", n, bytes([n]) * 32) for n in (1, 2, 3))
    leaves = [
        hashlib.sha256(b"\x00\x00\x00\x00\x06CODE-%d\x00\x00\x00\x01%d" % (n, n) + h.hash).digest()
        for n, h in enumerate((first, second, third), start=1)
    ]
    left = hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest()

    assert root([third, first, second]) == hashlib.sha256(b"\x01" + left + leaves[2]).digest()
    assert root([]) == hashlib.sha256(b"").digest()


def checkpoint(number: int = 1, previous: str = NO_CHECKPOINT) -> Checkpoint:
    return Checkpoint(
        number=number, previous_sha256=previous, at=NOW, root_sha256=root([]).hex(), count=0
    )


def test_a_checkpoint_is_signed_over_its_canonical_json() -> None:
    form = sign_checkpoint(checkpoint(), EXCHANGE)
    signature = base64.b64decode(form.pop("signature"))

    KEY.public.verify(signature, canonical_bytes(form))
    form["document"] |= {"count": 7}
    with pytest.raises(InvalidSignature):
        KEY.public.verify(signature, canonical_bytes(form))


def test_a_checkpoint_names_the_one_before_it() -> None:
    second = checkpoint(2, checkpoint().sha256())

    assert (
        second.previous_sha256
        == hashlib.sha256(canonical_bytes(checkpoint().model_dump(mode="json"))).hexdigest()
    )
    assert second.previous_sha256 != checkpoint(3).sha256()
