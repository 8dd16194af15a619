"""A dispute code copied by hand either reads as itself or is refused: never as another code."""

import itertools
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.contracts.dispute_code import CROCKFORD, BadDisputeCode, NoCodeDrawn, mint, parse

QUJIANG = "330803"

counties = st.from_regex(r"[1-8][0-9]{5}", fullmatch=True)
years = st.integers(1949, 2999)
seeds = st.integers(0, 2**64)


def minted(seed: int, county: str = QUJIANG, year: int = 2026) -> str:
    return mint(county, year, random.Random(seed).randbytes)


codes = st.builds(minted, seeds, counties, years)


def reads_as(text: str) -> str | None:
    try:
        return parse(text)
    except BadDisputeCode:
        return None


@given(codes)
def test_every_single_character_error_in_any_place_is_caught(code: str) -> None:
    for place, wrong in itertools.product(range(len(code)), CROCKFORD + "U"):
        if code[place] in ("-", wrong):
            continue
        assert reads_as(code[:place] + wrong + code[place + 1 :]) is None


@given(codes)
def test_every_swap_of_neighbours_is_caught_across_the_dashes_too(code: str) -> None:
    compact = code.replace("-", "")
    for place in range(len(compact) - 1):
        left, right = compact[place], compact[place + 1]
        if left != right:
            assert reads_as(compact[:place] + right + left + compact[place + 2 :]) is None


def test_a_county_whose_own_digits_would_hide_a_swap_is_protected_as_well() -> None:
    """Checked in the printed order, 3 in 100 counties would have one swap that always passes."""
    for county in (f"{number}" for number in range(330100, 331200, 3)):
        compact = minted(7, county).replace("-", "")
        for place in range(5):
            swapped = compact[:place] + compact[place + 1] + compact[place] + compact[place + 2 :]
            assert swapped == compact or reads_as(swapped) is None


@given(codes, st.integers(0, 23))
def test_a_missing_or_doubled_character_is_caught(code: str, place: int) -> None:
    assume(code[place] != "-")
    assert reads_as(code[:place] + code[place + 1 :]) is None
    assert reads_as(code[:place] + code[place] + code[place:]) is None


@given(st.text(max_size=80))
def test_any_text_reads_as_a_canonical_code_or_is_refused_by_name(text: str) -> None:
    canonical = reads_as(text)
    assert canonical is None or parse(canonical) == canonical


@pytest.mark.parametrize(
    ("text", "said_zh", "said_en"),
    [
        ("", "应为 21 位", "0 were given"),
        ("330803-2026-7K3M9QX2TB", "实为 20 位", "20 were given"),
        ("330803-2026-7K3M9QX2UB-0", "“U”", "'U'"),
        ("330803-2026-7K3M9Q_2TB-0", "“_”", "'_'"),
        ("330803-2026-7K3M9Q枫2TB-0", "“枫”", "枫"),
        ("33080A-2026-7K3M9QX2TB-0", "县级区划代码", "6-digit county"),
        ("030803-2026-7K3M9QX2TB-0", "县级区划代码", "6-digit county"),
        ("330803-2O2G-7K3M9QX2TB-0", "4 位年份", "4-digit year"),
        ("3" * 65, "超过 64 个字符", "longer than 64"),
    ],
)
def test_a_refusal_says_what_is_wrong_in_both_languages(
    text: str, said_zh: str, said_en: str
) -> None:
    with pytest.raises(BadDisputeCode) as refused:
        parse(text)
    assert refused.value.text == text
    assert said_zh in refused.value.reason_zh
    assert said_en in refused.value.reason_en


def test_a_wrong_check_character_is_said_as_such() -> None:
    code = minted(1)
    wrong = "0" if code[-1] != "0" else "1"
    with pytest.raises(BadDisputeCode, match="校验码不符"):
        parse(code[:-1] + wrong)


def test_what_was_pasted_by_mistake_stays_out_of_the_message() -> None:
    with pytest.raises(BadDisputeCode) as refused:
        parse("张三的案子")
    assert "张三" not in str(refused.value)


@pytest.mark.parametrize(
    ("county", "year"),
    [
        ("33080", 2026),
        ("3308033", 2026),
        ("33080x", 2026),
        ("３３０８０３", 2026),
        ("330803", 20260),
    ],
)
def test_no_code_is_minted_for_a_county_or_year_that_cannot_be_one(county: str, year: int) -> None:
    with pytest.raises(BadDisputeCode):
        mint(county, year, random.Random(0).randbytes)


def test_a_broken_source_of_randomness_ends_in_an_error_not_in_a_loop() -> None:
    refused = [byte for byte in range(256) if not _usable(byte)]
    assert refused, "some constant draw must be unusable, or redrawing is not tested"
    with pytest.raises(NoCodeDrawn) as error:
        mint(QUJIANG, 2026, lambda count: bytes([refused[0]]) * count)
    assert error.value.draws == 64


def _usable(byte: int) -> bool:
    try:
        mint(QUJIANG, 2026, lambda count: bytes([byte]) * count)
    except NoCodeDrawn:
        return False
    return True


@given(codes, st.randoms(use_true_random=False))
def test_a_minted_code_reads_back_in_any_casing_dashing_and_width(
    code: str, hand: random.Random
) -> None:
    def written(char: str) -> str:
        if char == "-":
            return hand.choice(["", "-", "–", "—", "－"])
        lookalikes = {"0": "0Oo", "1": "1IiLl"}.get(char, char + char.lower())
        shape = hand.choice(lookalikes)
        return hand.choice([shape, chr(ord(shape) + 0xFEE0)])

    assert parse(" " + "".join(map(written, code)) + "\n") == code


@given(seeds, counties, years)
def test_a_minted_code_shows_its_county_and_year_and_no_doubtful_letter(
    seed: int, county: str, year: int
) -> None:
    code = minted(seed, county, year)
    assert code.startswith(f"{county}-{year}-")
    assert len(code) == 24
    assert not set(code) & set("ILOU")


def test_the_whole_random_part_is_used() -> None:
    drawn = [minted(seed)[12:22] for seed in range(2000)]
    assert len(set(drawn)) == 2000
    for column in zip(*drawn, strict=True):
        assert set(column) == set(CROCKFORD)
