"""A person who is entered twice is one person: no other dispute is taken for the same on that."""

from dataclasses import replace
from datetime import UTC, date, datetime

from exchange.chassis.decider import Found
from services.intake.same_dispute import PARTY, Sighting, matches, the_same

OLD, NEW = "330803-2026-0000000000-0", "330803-2026-1111111111-1"
SEEN = Sighting("330803112213", date(2026, 3, 2), "neighbourhood", "police", 2)
ENTERED = replace(SEEN, channel="window")
AT = datetime(2026, 3, 2, tzinfo=UTC)


def known(*parties: str) -> dict[tuple[str, str], list[Found]]:
    """Index rows of the old dispute between these parties."""
    return {(PARTY, party): [Found(OLD, SEEN.text(), AT)] for party in parties}


def test_one_of_two_parties_entered_twice_is_no_second_party() -> None:
    near = matches(NEW, ENTERED, [("a",), ("a",)], known("a", "b"))
    assert the_same(ENTERED, near) is None
    assert [match.code for match in near] == [OLD], "it is still shown to a person"


def test_a_party_without_any_number_matches_nobody() -> None:
    near = matches(NEW, ENTERED, [("a",), ()], known("a", "b"))
    assert the_same(ENTERED, near) is None


def test_both_parties_of_the_old_dispute_are_beyond_doubt() -> None:
    near = matches(NEW, ENTERED, [("a",), ("b",)], known("a", "b"))
    same = the_same(ENTERED, near)
    assert same is not None
    assert same.code == OLD
