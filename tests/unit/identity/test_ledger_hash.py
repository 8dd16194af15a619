"""The ledger's chain: any changed byte of any field is found, and the layout is what it says."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.identity.ledger import GENESIS, EntryFields, entry_hash

texts = st.text(max_size=40)
entries: st.SearchStrategy[EntryFields] = st.fixed_dictionaries(
    {
        "id": texts,
        "type": texts,
        "subject": texts,
        "sequence": st.integers(min_value=1, max_value=10**9),
        "time": texts,
        "value": st.binary(max_size=200),
    }
)  # type: ignore[assignment]  # hypothesis knows no TypedDict


@given(entry=entries, other=entries, prev=st.binary(min_size=32, max_size=32))
def test_two_entries_share_a_hash_only_if_they_are_equal(
    entry: EntryFields, other: EntryFields, prev: bytes
) -> None:
    assert (entry_hash(prev, **entry) == entry_hash(prev, **other)) == (entry == other)


@given(entry=entries, place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_changed_bit_of_the_value_or_of_prev_changes_the_hash(
    entry: EntryFields, place: int, bit: int
) -> None:
    known = entry_hash(GENESIS, **entry)

    assert entry_hash(_flip(GENESIS, place, bit), **entry) != known
    if entry["value"]:
        changed: EntryFields = {**entry, "value": _flip(entry["value"], place, bit)}
        assert entry_hash(GENESIS, **changed) != known


@given(entry=entries, moved=st.text(min_size=1, max_size=5))
def test_text_moved_from_one_field_to_its_neighbour_changes_the_hash(
    entry: EntryFields, moved: str
) -> None:
    left: EntryFields = {**entry, "id": entry["id"] + moved}
    right: EntryFields = {**entry, "type": moved + entry["type"]}

    assert entry_hash(GENESIS, **left) != entry_hash(GENESIS, **right)


def test_a_previous_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        entry_hash(GENESIS[1:], id="e", type="t", subject="s", sequence=1, time="now", value=b"{}")


def test_the_layout_is_the_documented_one() -> None:
    by_hand = hashlib.sha256(
        b"\x00\x00\x00\x1afengqiao-ledger-v1:sha-256"
        + bytes(32)
        + b"\x00\x00\x00\x02e1"
        + b"\x00\x00\x00\x12dispute.registered"
        + b"\x00\x00\x00\x04CODE"
        + b"\x00\x00\x00\x0212"
        + b"\x00\x00\x00\x142026-03-02T09:30:00Z"
        + b"\x00\x00\x00\x02{}"
    ).digest()

    assert by_hand == entry_hash(
        GENESIS,
        id="e1",
        type="dispute.registered",
        subject="CODE",
        sequence=12,
        time="2026-03-02T09:30:00Z",
        value=b"{}",
    )


def _flip(data: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(data)
    changed[place % len(data)] ^= 1 << bit
    return bytes(changed)
