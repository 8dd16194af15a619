"""Records of older versions are read through a chain of small steps."""

import pytest

from exchange.contracts.upcast import NoUpcaster, Upcasters, Value, first_gap, upcast

TYPE = "fence.mended"


def _metres(value: Value) -> Value:
    """V2 says its unit."""
    return {"length_m": value["length"], "by": value["by"]}


def _several(value: Value) -> Value:
    """V3 may have been mended by several."""
    return {"length_m": value["length_m"], "by": [value["by"]]}


CHAIN: Upcasters = {(TYPE, 1): _metres, (TYPE, 2): _several}


def test_a_chain_with_a_gap_says_where_it_breaks_off() -> None:
    broken = {(TYPE, 1): _metres}
    with pytest.raises(NoUpcaster, match=r"fence\.mended.*from v2"):
        upcast(TYPE, 1, {"length": 3, "by": "A"}, to=3, upcasters=broken)
    assert first_gap(TYPE, 1, to=3, upcasters=broken) == 2


def test_a_newer_version_than_ours_is_not_guessed_at() -> None:
    with pytest.raises(NoUpcaster):
        upcast(TYPE, 4, {}, to=3, upcasters=CHAIN)


def test_another_types_steps_are_not_taken() -> None:
    with pytest.raises(NoUpcaster):
        upcast("wall.mended", 1, {"length": 3, "by": "A"}, to=2, upcasters=CHAIN)


def test_the_first_version_is_lifted_through_every_step() -> None:
    value = {"length": 3, "by": "A"}
    assert upcast(TYPE, 1, value, to=3, upcasters=CHAIN) == {"length_m": 3, "by": ["A"]}
    assert value == {"length": 3, "by": "A"}


def test_a_later_version_joins_the_chain_where_it_stands() -> None:
    lifted = upcast(TYPE, 2, {"length_m": 3, "by": "A"}, to=3, upcasters=CHAIN)
    assert lifted == {"length_m": 3, "by": ["A"]}
    assert first_gap(TYPE, 1, to=3, upcasters=CHAIN) is None


def test_the_newest_version_is_read_as_it_is() -> None:
    assert upcast(TYPE, 3, {"by": []}, to=3, upcasters={}) == {"by": []}
