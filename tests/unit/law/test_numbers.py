"""Numbers of the outside world: which part is wrong is said, and the number is not repeated."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from law.numbers import NumberReading, citizen_id, court_case, uscc
from sandbox import people

births = st.dates(date(1900, 1, 1), date(2025, 12, 31))
orders = st.integers(0, 999)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "18 位"),
        ("11010519491231002", "18 位"),
        ("110105491231002", "15 位旧号码"),
        ("110105194912310O2X", "18 位"),
        ("11010519491331002X", "出生年月日"),
        ("110105194912310021", "校验码"),
    ],
)
def test_what_is_wrong_with_an_id_number_is_said_without_repeating_it(
    text: str, problem: str
) -> None:
    reading = citizen_id(text)

    assert not reading.valid
    assert reading.canonical is None
    assert reading.problem is not None
    assert problem in reading.problem
    assert not text or text not in reading.problem


def test_the_example_of_the_standard_is_valid() -> None:
    reading = citizen_id(" 110105 19491231 002x ")

    assert reading == NumberReading(
        "citizen_id",
        True,
        "11010519491231002X",
        {"division": "110105", "birth": "1949-12-31", "sex": "女"},
    )


@given(births, orders)
def test_an_invented_number_is_valid_and_tells_birth_and_sex(birth: date, order: int) -> None:
    reading = citizen_id(people.citizen_id(birth=birth, order=order))

    assert reading.valid
    assert reading.parts["birth"] == birth.isoformat()
    assert reading.parts["sex"] == ("男" if order % 2 else "女")


@given(births, orders, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(birth: date, order: int, place: int, by: int) -> None:
    number = people.citizen_id(birth=birth, order=order)
    wrong = str((int(number[place]) + by) % 10)

    assert not citizen_id(number[:place] + wrong + number[place + 1 :]).valid


@given(births, orders, st.integers(0, 15))
def test_two_neighbours_exchanged_are_always_found(birth: date, order: int, place: int) -> None:
    number = people.citizen_id(birth=birth, order=order)
    exchanged = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert exchanged == number or not citizen_id(exchanged).valid


@pytest.mark.parametrize(
    "text", ["9144030071526726XG", "91330100799655058B", " 91330100799655058b"]
)
def test_a_published_credit_code_is_valid(text: str) -> None:
    reading = uscc(text)

    assert reading.valid
    assert reading.parts["registrar"] == "9"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("9144030071526726X", "18 位"),
        ("914403007152672IXG", "不含 I"),
        ("9144030071526726XA", "校验码"),
    ],
)
def test_what_is_wrong_with_a_credit_code_is_said(text: str, problem: str) -> None:
    reading = uscc(text)

    assert not reading.valid
    assert problem in (reading.problem or "")


organisations = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9)


@given(organisations, st.integers(8, 16), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_of_a_credit_code_is_always_found(
    organisation: str, place: int, other: str
) -> None:
    number = people.uscc(organisation=organisation)
    changed = number[:place] + other + number[place + 1 :]

    assert uscc(number).valid
    assert changed == number or not uscc(changed).valid


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026豫0402民初1号", "年份"),
        ("（2026）0402民初1号", "法院代字"),
        ("（2026）豫04021号", "类型代字"),
        ("（2026）豫0402民初01号", "序号"),
        ("（2026）豫0402民初1", "序号"),
        ("（2026）豫0402民初1号副本", "末尾"),
    ],
)
def test_which_part_of_a_case_number_is_wrong_is_said(text: str, problem: str) -> None:
    reading = court_case(text)

    assert not reading.valid
    assert (reading.problem or "").startswith(problem)


@pytest.mark.parametrize(
    ("text", "canonical", "parts"),
    [
        (
            "(2026) 浙0803 民特 12 号",
            "（2026）浙0803民特12号",
            {
                "year": 2026, "court": "浙0803", "special": "",
                "type": "民特", "seq": 12, "suffix": "",
            },
        ),
        (
            "〔2023〕豫0402诉前调123号之一",
            "（2023）豫0402诉前调123号之一",
            {
                "year": 2023, "court": "豫0402", "special": "",
                "type": "诉前调", "seq": 123, "suffix": "之一",
            },
        ),
        (
            "（2026）最高法知民终7号",
            "（2026）最高法知民终7号",
            {
                "year": 2026, "court": "最高法", "special": "知",
                "type": "民终", "seq": 7, "suffix": "",
            },
        ),
    ],
)  # fmt: skip
def test_a_case_number_is_read_into_its_parts_and_written_in_full_width_brackets(
    text: str, canonical: str, parts: dict[str, object]
) -> None:
    reading = court_case(text)

    assert (reading.valid, reading.canonical, dict(reading.parts)) == (True, canonical, parts)


def test_invented_people_have_valid_numbers_of_nobody() -> None:
    one, two = people.person(1), people.person(2)

    assert citizen_id(one.citizen_id).valid
    assert one.citizen_id[:6] == people.UNASSIGNED_DIVISION
    assert one != two
