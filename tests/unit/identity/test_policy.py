"""The whole matrix of who may do what: whatever the table does not say is denied."""

from itertools import product
from typing import get_args

import pytest

from exchange.identity.policy import (
    ALLOWED,
    OUTLINE,
    PROGRESS,
    Action,
    Allowed,
    Denied,
    Field,
    Purpose,
    decide,
    overview,
)
from exchange.identity.relations import Relation, Relations

PERSONAL: frozenset[Field] = frozenset(
    {"party_names", "party_id_numbers", "party_contacts", "narrative", "session_notes", "files"}
)
EVERY_ACT: list[tuple[Action, Purpose]] = list(product(get_args(Action), get_args(Purpose)))


def of(*each: Relation) -> Relations:
    return frozenset(each)


@pytest.mark.parametrize(("action", "purpose"), EVERY_ACT)
def test_a_stranger_and_a_former_holder_may_do_nothing(action: Action, purpose: Purpose) -> None:
    assert decide(of(), action, purpose) == Denied("no_relation")
    assert decide(of("former_holder"), action, purpose) == Denied("former_holder")


@pytest.mark.parametrize("relation", ["supervisor", "sender"])
@pytest.mark.parametrize(("action", "purpose"), EVERY_ACT)
def test_a_supervisor_and_a_sender_never_see_personal_data(
    relation: Relation, action: Action, purpose: Purpose
) -> None:
    decision = decide(of(relation), action, purpose)

    if isinstance(decision, Allowed):
        assert not decision.fields & PERSONAL


@pytest.mark.parametrize(("action", "purpose"), EVERY_ACT)
def test_one_that_was_only_offered_sees_names_for_a_conflict_check_alone(
    action: Action, purpose: Purpose
) -> None:
    decision = decide(of("offered"), action, purpose)

    if isinstance(decision, Allowed):
        names: frozenset[Field] = frozenset({"party_names"})
        expected = OUTLINE | names if purpose == "conflict_check" else OUTLINE
        assert decision.fields <= expected


def test_session_notes_are_the_mediating_holders_alone() -> None:
    shown = [key for key, fields in ALLOWED.items() if "session_notes" in fields]

    assert shown == [("holder", "read", "conduct_mediation")]


def test_id_numbers_are_shown_to_review_an_agreement_alone() -> None:
    shown = [key for key, fields in ALLOWED.items() if "party_id_numbers" in fields]

    assert shown == [("reviewer", "read", "review_agreement")]


@pytest.mark.parametrize("action", get_args(Action))
def test_neither_holder_nor_reviewer_gets_more_by_stating_the_others_purpose(
    action: Action,
) -> None:
    assert decide(of("holder"), action, "review_agreement") == Denied("default_deny")
    for purpose in ("conduct_mediation", "contact_parties", "close_case"):
        assert decide(of("reviewer"), action, purpose) == Denied("default_deny")


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_the_holder_sees_what_its_purpose_needs_and_never_everything(purpose: Purpose) -> None:
    decision = decide(of("holder"), "read", purpose)

    if ("holder", "read", purpose) in ALLOWED:
        assert decision == Allowed(ALLOWED["holder", "read", purpose])
        assert decision.fields < frozenset(get_args(Field))
    else:
        assert decision == Denied("default_deny")


def test_an_agency_with_two_relations_has_what_either_gives() -> None:
    decision = decide(of("reviewer", "former_holder"), "read", "review_agreement")

    assert decision == Allowed(ALLOWED["reviewer", "read", "review_agreement"])


@pytest.mark.parametrize("every", list(product(get_args(Relation), repeat=2)))
def test_a_page_without_a_purpose_shows_nothing_personal_to_anybody(
    every: tuple[Relation, Relation],
) -> None:
    assert not overview(of(*every)) & PERSONAL


def test_a_page_without_a_purpose_shows_what_the_relation_needs() -> None:
    shown = {relation: overview(of(relation)) for relation in get_args(Relation)}

    assert shown == {
        "offered": OUTLINE,
        "holder": OUTLINE | PROGRESS,
        "reviewer": OUTLINE | PROGRESS,
        "former_holder": frozenset(),
        "sender": PROGRESS,
        "supervisor": OUTLINE | PROGRESS,
    }
