"""What forms say of a person: marks make no difference, an error never repeats what was typed."""

import pytest
from pydantic import TypeAdapter, ValidationError

from exchange.doors.citizen import Phone
from sandbox.people import person

PHONE: TypeAdapter[str] = TypeAdapter(Phone)


@pytest.mark.parametrize(
    "typed", ["12345", "1380000000", "138000000000", "23800000000", "abcdefghijk", "0570", ""]
)
def test_what_is_no_phone_number_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PHONE.validate_python(typed)
    (error,) = refused.value.errors(include_input=False)
    assert error["type"] == "bad_phone"
    assert not typed or typed not in error["msg"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (person(7).phone, person(7).phone),
        ("+86 1000000 0007", "10000000007"),
        ("0570-8500000", "05708500000"),
        ("（0570）8500000", "05708500000"),
        ("８５０００００", "8500000"),
    ],
)
def test_a_phone_number_is_kept_without_its_marks(typed: str, kept: str) -> None:
    assert PHONE.validate_python(typed) == kept
