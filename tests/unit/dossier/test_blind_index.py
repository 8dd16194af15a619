"""The same person is found however the number was typed; nobody else is, and nobody can guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.dossier.blind_index import NotIndexable, blind_index

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
NUMBER = "33080319900101123X"


@pytest.mark.parametrize("values", [(), ("",), ("  -",), (NUMBER, NUMBER)])
def test_nothing_identifies_nobody(values: tuple[str, ...]) -> None:
    with pytest.raises(NotIndexable):
        blind_index("id_number", *values, key=KEY)
    with pytest.raises(NotIndexable):
        blind_index("name_phone", "张三", "", key=KEY)


def test_the_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(NotIndexable) as caught:
        blind_index("name_phone", NUMBER, key=KEY)
    assert NUMBER not in str(caught.value)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        blind_index("id_number", NUMBER, key=b"short")


def test_another_key_or_kind_gives_another_index() -> None:
    index = blind_index("id_number", NUMBER, key=KEY)

    assert index != blind_index("id_number", NUMBER, key=OTHER_KEY)
    assert index != blind_index("name_phone", NUMBER, NUMBER, key=KEY)


@given(
    name=st.text(min_size=1, max_size=5), digits=st.from_regex(r"[2-9][0-9]{4,8}", fullmatch=True)
)
def test_a_name_never_runs_over_into_the_phone_number(name: str, digits: str) -> None:
    whole = blind_index("name_phone", f"a{name}", digits, key=KEY)
    shifted = blind_index("name_phone", f"a{name}{digits[0]}", digits[1:], key=KEY)

    assert whole != shifted


@pytest.mark.parametrize(
    "typed",
    [
        "33080319900101123x",
        " 330803 19900101 123X ",
        "330803-19900101-123X",
        "３３０８０３19900101123Ｘ",
    ],
)
def test_an_id_number_is_found_however_it_was_typed(typed: str) -> None:
    assert blind_index("id_number", typed, key=KEY) == blind_index("id_number", NUMBER, key=KEY)


@pytest.mark.parametrize("typed", ["+86 138-0000-0000", "0086 13800000000", "１３８00000000"])
def test_a_name_and_phone_are_found_however_they_were_typed(typed: str) -> None:
    known = blind_index("name_phone", "张三", "13800000000", key=KEY)

    assert blind_index("name_phone", " 张 三", typed, key=KEY) == known
    assert blind_index("name_phone", "张四", typed, key=KEY) != known
