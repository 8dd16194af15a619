"""The whole matrix of who may do what: whatever the table does not say is denied."""

from itertools import product
from typing import get_args

import pytest

from exchange.identity.policy import (
    ALLOWED,
    OUTLINE,
    Action,
    Allowed,
    Denied,
    DisputeAccess,
    Field,
    Purpose,
    Subject,
    decide,
)

DISPUTE = DisputeAccess(
    holders=frozenset({"holder"}),
    reviewers=frozenset({"reviewer"}),
    offered=frozenset({"offered"}),
    former_holders=frozenset({"former"}),
    senders=frozenset({"sender"}),
)
PERSONAL: frozenset[Field] = frozenset(
    {"party_names", "party_id_numbers", "party_contacts", "narrative", "session_notes", "files"}
)
EVERY_ACT: list[tuple[Action, Purpose]] = list(product(get_args(Action), get_args(Purpose)))


@pytest.mark.parametrize(("action", "purpose"), EVERY_ACT)
def test_a_stranger_and_a_former_holder_may_do_nothing(action: Action, purpose: Purpose) -> None:
    stranger, former = (
        decide(Subject(agency), action, DISPUTE, purpose) for agency in ("stranger", "former")
    )

    assert stranger == Denied("no_relation")
    assert former == Denied("former_holder")


@pytest.mark.parametrize(("action", "purpose"), EVERY_ACT)
def test_a_supervisor_and_a_sender_never_see_personal_data(
    action: Action, purpose: Purpose
) -> None:
    for subject in (Subject("centre", role="supervisor"), Subject("sender")):
        decision = decide(subject, action, DISPUTE, purpose)

        if isinstance(decision, Allowed):
            assert not decision.fields & PERSONAL


@pytest.mark.parametrize(("action", "purpose"), EVERY_ACT)
def test_one_that_was_only_offered_sees_names_for_a_conflict_check_alone(
    action: Action, purpose: Purpose
) -> None:
    decision = decide(Subject("offered"), action, DISPUTE, purpose)

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


@pytest.mark.parametrize("action", ["read", "read_file", "act"])
def test_neither_holder_nor_reviewer_gets_more_by_stating_the_others_purpose(
    action: Action,
) -> None:
    assert decide(Subject("holder"), action, DISPUTE, "review_agreement") == Denied("default_deny")
    for purpose in ("conduct_mediation", "contact_parties", "close_case"):
        assert decide(Subject("reviewer"), action, DISPUTE, purpose) == Denied("default_deny")


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_the_holder_sees_what_its_purpose_needs_and_never_everything(purpose: Purpose) -> None:
    decision = decide(Subject("holder"), "read", DISPUTE, purpose)

    if ("holder", "read", purpose) in ALLOWED:
        assert decision == Allowed(ALLOWED["holder", "read", purpose])
        assert decision.fields < frozenset(get_args(Field))
    else:
        assert decision == Denied("default_deny")


def test_an_agency_with_two_relations_has_what_either_gives() -> None:
    both = DisputeAccess(reviewers=frozenset({"court"}), former_holders=frozenset({"court"}))

    assert isinstance(decide(Subject("court"), "read", both, "review_agreement"), Allowed)


def test_a_relation_named_in_the_dispute_does_not_make_a_supervisor_an_agency() -> None:
    supervisor = Subject("holder", role="supervisor")

    assert decide(supervisor, "read", DISPUTE, "conduct_mediation") == Denied("default_deny")
