"""A dossier at rest opens in its own place, under its own key, until that key is destroyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.dossier.vault import DataKey, MasterKey, VaultRefused, WrappedKey, unwrap, wrap

CODE, OTHER = "330803-2026-0123456789-7", "330803-2026-9876543210-X"
KEY = DataKey.generate(CODE)
MASTER = MasterKey.generate("kek-1")
MASTERS = {MASTER.kek_id: MASTER}.get

places = st.tuples(st.sampled_from([CODE, OTHER]), st.text(max_size=8), st.integers(0, 9))


@given(written=places, read=places, plaintext=st.binary(max_size=64))
def test_a_ciphertext_opens_only_where_it_was_written(
    written: tuple[str, str, int], read: tuple[str, str, int], plaintext: bytes
) -> None:
    writer, reader = DataKey(written[0], KEY.secret), DataKey(read[0], KEY.secret)
    ciphertext = writer.encrypt(*written[1:], plaintext)

    if written == read:
        assert reader.decrypt(*read[1:], ciphertext) == plaintext
    else:
        with pytest.raises(VaultRefused):
            reader.decrypt(*read[1:], ciphertext)


@given(plaintext=st.binary(max_size=64), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_changed_bit_closes_the_ciphertext(plaintext: bytes, place: int, bit: int) -> None:
    changed = bytearray(KEY.encrypt("narrative", 1, plaintext))
    changed[place % len(changed)] ^= 1 << bit

    with pytest.raises(VaultRefused):
        KEY.decrypt("narrative", 1, bytes(changed))


@pytest.mark.parametrize("ciphertext", [b"", b"short", bytes(12), bytes(28)])
def test_what_is_no_ciphertext_is_refused(ciphertext: bytes) -> None:
    with pytest.raises(VaultRefused):
        KEY.decrypt("narrative", 1, ciphertext)


def test_a_wrapped_key_serves_its_own_dispute_and_master_key_only() -> None:
    wrapped = wrap(KEY, MASTER)
    stranger = MasterKey.generate(MASTER.kek_id)

    with pytest.raises(VaultRefused):
        unwrap(wrapped, OTHER, MASTERS)
    with pytest.raises(VaultRefused):
        unwrap(wrapped, CODE, {stranger.kek_id: stranger}.get)
    with pytest.raises(VaultRefused, match="no master key kek-2"):
        unwrap(WrappedKey("kek-2", wrapped.wrapped), CODE, MASTERS)
    assert unwrap(wrapped, CODE, MASTERS) == KEY


def test_a_master_key_can_be_replaced_without_touching_the_dossier() -> None:
    ciphertext = KEY.encrypt("parties", 3, b"names")
    newer = MasterKey.generate("kek-2")

    wrapped_anew = wrap(unwrap(wrap(KEY, MASTER), CODE, MASTERS), newer)

    again = unwrap(wrapped_anew, CODE, {newer.kek_id: newer}.get)
    assert again.decrypt("parties", 3, ciphertext) == b"names"


def test_keys_do_not_show_themselves_in_a_log() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)
    assert repr(MASTER.secret) not in repr(MASTER)


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        MasterKey("kek-1", b"short")
