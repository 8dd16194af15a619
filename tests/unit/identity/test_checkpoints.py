"""A checkpoint holds every head that changed in its minute, and no other."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.identity.checkpoints import (
    NO_CHECKPOINT,
    Checkpoint,
    Head,
    includes,
    inclusion_proof,
    read_checkpoint,
    root,
    sign_checkpoint,
)
from exchange.identity.documents import DocumentRefused
from exchange.identity.keys import SigningKey

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EXCHANGE = SigningKey.generate("EX-330803-00")
KEYS = {EXCHANGE.key_id: EXCHANGE.verify_key(NOW - timedelta(days=1))}

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


@given(heads=heads_lists, pick=st.integers(min_value=0), other=st.binary(min_size=32, max_size=32))
def test_another_hash_sequence_or_dispute_is_not_included(
    heads: list[Head], pick: int, other: bytes
) -> None:
    head = heads[pick % len(heads)]
    index, path = inclusion_proof(heads, head)

    for stranger in (
        Head(head.dispute_code, head.sequence, other),
        Head(head.dispute_code, head.sequence + 1, head.hash),
        Head("330803-2026-XXXX", head.sequence, head.hash),
    ):
        assert includes(root(heads), len(heads), stranger, index, path) == (stranger == head)


@given(heads=heads_lists, pick=st.integers(min_value=0), bit=st.integers(0, 255))
def test_a_proof_with_one_changed_bit_a_missing_or_an_extra_step_proves_nothing(
    heads: list[Head], pick: int, bit: int
) -> None:
    head = heads[pick % len(heads)]
    index, path = inclusion_proof(heads, head)
    tree = root(heads)

    assert not includes(tree, len(heads), head, index, [*path, bytes(32)])
    assert not includes(tree, len(heads), head, len(heads), path)
    assert not includes(tree, len(heads), head, -1, path)
    if path:
        step = bytearray(path[0])
        step[bit // 8] ^= 1 << (bit % 8)
        assert not includes(tree, len(heads), head, index, [bytes(step), *path[1:]])
        assert not includes(tree, len(heads), head, index, path[:-1])


@given(heads=heads_lists)
def test_every_head_is_proven_and_order_does_not_matter(heads: list[Head]) -> None:
    tree = root(heads)

    assert tree == root(heads[::-1])
    for head in heads:
        index, path = inclusion_proof(heads, head)
        assert includes(tree, len(heads), head, index, path)


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


def test_an_altered_checkpoint_is_refused() -> None:
    form = sign_checkpoint(checkpoint(), EXCHANGE)
    form["document"] = form["document"] | {"count": 7}

    with pytest.raises(DocumentRefused, match="does not fit"):
        read_checkpoint(form, KEYS.get)


def test_a_checkpoint_names_the_one_before_it() -> None:
    first = checkpoint()
    second = checkpoint(2, first.sha256())

    assert read_checkpoint(sign_checkpoint(second, EXCHANGE), KEYS.get) == second
    assert second.previous_sha256 != checkpoint(3).sha256()
