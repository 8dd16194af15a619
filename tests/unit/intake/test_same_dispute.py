"""The same dispute through another door: linked beyond doubt, else left to a person."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.chassis.decider import EventArrived, Publish
from exchange.contracts.events.base import Event
from exchange.contracts.events.intake import (
    DisputeLinkedV1,
    StartedClock,
)
from exchange.contracts.events.routing import DisputeClosedV1
from sandbox.people import person
from services.intake.decider import decide
from tests.unit.intake.window import (
    CODE,
    NOW,
    OTHER,
    OTHER_TOWNSHIP,
    STATION,
    dossier,
    paper,
    refer,
    requested,
    view,
    walk_in,
)


def closing() -> EventArrived:
    event = DisputeClosedV1(dispute_code=OTHER, legal_at=NOW, actor=STATION, outcome="settled")
    return EventArrived(event, "event-9", 9, "routing.referral.v1")


def published(decision: Any) -> list[Event]:
    return [e.event for e in decision.effects if isinstance(e, Publish)]


def test_parties_of_long_ago_are_no_candidates() -> None:
    first = walk_in(paper(), code=OTHER)
    later = NOW + timedelta(days=31)
    assert refer(requested(), before=[(OTHER, NOW, first)], now=later).state.candidates == ()


def test_parties_of_another_county_are_no_candidates() -> None:
    first = walk_in(paper(地点={"区划代码": "330802001001"}), code=OTHER)
    assert refer(requested(), before=[(OTHER, NOW, first)]).state.candidates == ()


def test_one_party_in_common_is_told_and_not_linked() -> None:
    first = walk_in(paper(person(1), person(9)), code=OTHER)
    decision = refer(requested(), before=[(OTHER, NOW, first)])
    (candidate,) = decision.state.candidates
    assert candidate.dispute_code == OTHER
    assert candidate.why == ("some_parties", "same_township", "same_kind", "days_apart:0")
    assert [e.type for e in published(decision)] == ["dispute.registered"]


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 4),
        ({"地点": {"区划代码": OTHER_TOWNSHIP}}, 0),
        ({"地点": {"区划代码": "330803000000"}}, 0),
    ],
)
def test_the_same_parties_too_late_or_elsewhere_are_left_to_a_person(
    changes: dict[str, Any], days: int
) -> None:
    first = walk_in(paper(**changes), code=OTHER)
    decision = refer(requested(), before=[(OTHER, NOW, first)], now=NOW + timedelta(days=days))
    assert [c.dispute_code for c in decision.state.candidates] == [OTHER]
    assert decision.state.lead_code is None


def test_the_same_parties_through_the_same_channel_are_left_to_a_person() -> None:
    first = walk_in(paper(), code=OTHER)
    assert walk_in(paper(), before=[(OTHER, NOW, first)]).state.lead_code is None


def test_a_referral_with_its_senders_own_clock_is_never_linked_but_told_to_a_person() -> None:
    """The station could do no act under a linked code, and its case clock would run out."""
    first = walk_in(paper(), code=OTHER)
    clock = StartedClock(rule="police.case", started_on=NOW.date())
    case = requested().model_copy(update={"started_clocks": (clock,)})
    decision = refer(case, before=[(OTHER, NOW, first)])
    assert decision.state.lead_code is None
    assert [c.dispute_code for c in decision.state.candidates] == [OTHER]


def test_what_is_closed_is_no_lead_and_neither_is_what_was_linked_to_it() -> None:
    first = refer(requested(code=OTHER))
    second = walk_in(paper(), before=[(OTHER, NOW, first)])
    assert second.state.lead_code == OTHER
    closed = decide(first.state, closing(), view(OTHER), NOW)
    kept = [(OTHER, NOW, closed), (CODE, NOW, second)]
    decision = walk_in(paper(来源="电话"), code="330803-2026-0000000002-3", before=kept)
    assert decision.state.lead_code is None
    assert [c.dispute_code for c in decision.state.candidates] == [OTHER]


def test_a_third_party_makes_it_another_matter_for_a_person_to_judge() -> None:
    first = walk_in(paper(person(1), person(2), person(3)), code=OTHER)
    assert refer(requested(), before=[(OTHER, NOW, first)]).state.lead_code is None


def test_a_single_party_is_never_enough_to_link() -> None:
    first = refer(requested(dossier(person(1)), code=OTHER))
    assert walk_in(paper(person(1)), before=[(OTHER, NOW, first)]).state.lead_code is None


def test_the_registrar_may_say_that_it_is_another_matter() -> None:
    first = refer(requested(code=OTHER))
    decision = walk_in(paper(另案处理=True), before=[(OTHER, NOW, first)])
    assert decision.state.lead_code is None
    assert decision.reply is not None
    assert [c["dispute_code"] for c in decision.reply["candidates"]] == [OTHER]


def test_the_same_dispute_through_a_second_channel_is_linked_to_the_older() -> None:
    first = refer(requested(code=OTHER))
    decision = walk_in(paper(), before=[(OTHER, NOW, first)], now=NOW + timedelta(days=3))
    registered, linked = published(decision)
    assert isinstance(linked, DisputeLinkedV1)
    assert registered.type == "dispute.registered"
    assert (linked.dispute_code, linked.lead_code) == (CODE, OTHER)
    assert linked.grounds == ("all_parties", "same_township", "same_kind", "days_apart:3")
    assert decision.reply is not None
    assert decision.reply["linked_to"] == OTHER


def test_a_third_door_is_linked_to_the_first_and_told_of_it_once() -> None:
    third = "330803-2026-0000000002-3"
    first = refer(requested(code=OTHER))
    second = walk_in(paper(), before=[(OTHER, NOW, first)])
    kept = [(OTHER, NOW, first), (CODE, NOW, second)]
    decision = walk_in(paper(来源="电话"), code=third, before=kept)
    assert decision.state.lead_code == OTHER
    assert [c.dispute_code for c in decision.state.candidates] == [OTHER]


def test_a_phone_with_a_name_finds_who_gave_no_number() -> None:
    one, two = (replace(person(n), phone=f"0570000000{n}") for n in (1, 2))
    first = refer(requested(dossier(one, two), code=OTHER))
    called = [
        {"姓名": who.name, "身份": "申请人", "电话": f"{who.phone[:4]}-{who.phone[4:]}"}
        for who in (one, two)
    ]
    decision = walk_in(paper(来源="电话", 当事人=called), before=[(OTHER, NOW, first)])
    assert decision.state.lead_code == OTHER
