"""A door hears the story: it learns it, hands it to its own agencies, and owes no answer twice."""

from datetime import timedelta

import pytest

from exchange.chassis.decider import CancelHandoff, ClockDue, Index, Refused
from exchange.contracts.events.proposals import Receive
from exchange.contracts.events.routing import (
    AgreementReachedV1,
    ClockWarnedV1,
    ConfirmationRuledV1,
    DisputeClosedV1,
    ReferralAcceptedV1,
    ReferralDeclinedV1,
)
from exchange.contracts.vocabulary import AgencyKind
from exchange.doors.hearing import Desk, hear
from exchange.doors.projection import TIMELINE_MAX, Pending, Projection, learn
from exchange.doors.proposals import require_free
from tests.unit.doors.scene import (
    CODE,
    COMMITTEE,
    CONFIRMATION,
    COURT,
    NOW,
    REFERRAL,
    STATION,
    answered,
    arrived,
    confirmation,
    fact,
    handoffs,
    offered,
    proposals,
    referral,
    refused,
    standing,
    view,
)

FRESH = Projection(dispute_code=CODE)
POLICE = Desk("police_link.proposal.v1", frozenset({"police"}))
MEDIATION = Desk("mediation.proposal.v1", frozenset({"committee", "centre"}))
COURTS = Desk("court_link.proposal.v1", frozenset({"court"}))
EVERY_DOOR = (POLICE, MEDIATION, COURTS)
OFFER = f"referral.offered:{REFERRAL}"


def after_offer() -> Projection:
    return hear(
        FRESH, offered(standing("offered", referral("offered"))), view(), NOW, MEDIATION
    ).state


def waiting(act: str = "accept") -> Projection:
    pending = Pending.model_validate(
        {"proposal_id": "p-1", "agency": COMMITTEE, "referral_id": REFERRAL, "act": act}
    )
    return after_offer().model_copy(update={"pending": (pending,), "proposals_made": 1})


def told(state: Projection, arrival: object, desk: Desk) -> list[tuple[str, str]]:
    decision = hear(state, arrival, view(), NOW, desk)  # type: ignore[arg-type]  # any arrival
    return [(handoff.agency, handoff.about) for handoff in handoffs(decision.effects)]


# What goes wrong


def test_a_receipt_of_an_offer_that_is_no_more_open_proposes_nothing() -> None:
    gone = learn(
        after_offer(),
        arrived(
            fact(
                ReferralDeclinedV1,
                standing("offered", referral("silent")),
                referral_id=REFERRAL,
                reason="silence",
            ),
            4,
        ),
    )
    for state in (FRESH, gone, waiting()):
        assert not proposals(hear(state, answered(OFFER), view(), NOW, MEDIATION))


def test_an_offer_that_was_never_delivered_is_no_receipt() -> None:
    decision = hear(after_offer(), answered(OFFER, delivered=False), view(), NOW, MEDIATION)
    assert not proposals(decision)
    assert not proposals(hear(after_offer(), answered("dispute.closed:9"), view(), NOW, MEDIATION))


def test_a_refused_proposal_is_told_to_its_author_alone_and_may_be_made_again() -> None:
    arrival = refused("p-1", "accept", COMMITTEE)
    assert told(waiting(), arrival, MEDIATION) == [(COMMITTEE, "proposal.refused:p-1")]
    assert told(waiting(), arrival, POLICE) == []
    state = learn(waiting(), arrival)
    require_free(state, COMMITTEE, REFERRAL)
    assert state.refused is not None
    assert state.refused.rule == "basis.stale"


def test_a_refusal_of_another_door_s_proposal_changes_nothing_here() -> None:
    assert learn(waiting(), refused("p-9", "accept", COMMITTEE)) == waiting()


def test_a_second_proposal_waits_until_the_first_is_answered() -> None:
    with pytest.raises(Refused) as pending:
        require_free(waiting(), COMMITTEE, REFERRAL)
    assert pending.value.code == "proposal_pending"
    accepted = fact(ReferralAcceptedV1, standing("accepted", referral()), referral_id=REFERRAL)
    unrelated = learn(waiting(), arrived(accepted, 4))
    with pytest.raises(Refused):
        require_free(unrelated, COMMITTEE, REFERRAL)
    answer = accepted.model_copy(update={"proposal_id": "p-1"})
    require_free(learn(waiting(), arrived(answer, 4)), COMMITTEE, REFERRAL)


def test_a_receipt_that_is_not_answered_yet_keeps_no_act_waiting() -> None:
    require_free(waiting("receive"), COMMITTEE, REFERRAL)
    assert not proposals(hear(waiting("receive"), answered(OFFER), view(), NOW, MEDIATION))


def test_an_offer_passed_over_in_silence_is_delivered_no_more() -> None:
    silent = standing("offered", referral("silent"), referral("offered", referral_id="0196"))
    event = fact(ReferralDeclinedV1, silent, referral_id=REFERRAL, reason="silence")
    decision = hear(after_offer(), arrived(event, 4), view(), NOW, MEDIATION)
    assert CancelHandoff(COMMITTEE, OFFER) in decision.effects
    assert told(after_offer(), arrived(event, 4), POLICE) == [(STATION, "referral.declined:4")]


def test_the_day_of_an_act_is_remembered_beside_the_moment_of_its_report() -> None:
    yesterday = NOW.date() - timedelta(days=1)
    accepted = fact(
        ReferralAcceptedV1,
        standing("accepted", referral()),
        referral_id=REFERRAL,
        acted_on=yesterday,
    )
    moment = learn(after_offer(), arrived(accepted, 4)).latest("referral.accepted", REFERRAL)
    assert moment is not None
    assert (moment.at, moment.acted_on) == (NOW, yesterday)


def test_a_long_story_keeps_its_last_moments_only() -> None:
    state = FRESH
    for sequence in range(1, TIMELINE_MAX + 11):
        state = learn(state, offered(standing("offered", referral("offered")), sequence=sequence))
    assert len(state.timeline) == TIMELINE_MAX
    assert state.timeline[-1].sequence == state.last_sequence == TIMELINE_MAX + 10


# What goes right


def test_each_agency_is_handed_an_offer_by_its_own_door_alone() -> None:
    offer = offered(standing("offered", referral("offered")))
    assert [told(FRESH, offer, desk) for desk in EVERY_DOOR] == [[], [(COMMITTEE, OFFER)], []]
    asked = offered(
        standing("agreed", referral(), confirmation("offered")),
        referral_id=CONFIRMATION,
        receiver=COURT,
    )
    assert [told(FRESH, asked, desk) for desk in EVERY_DOOR] == [
        [],
        [],
        [(COURT, f"referral.offered:{CONFIRMATION}")],
    ]


def test_an_offer_says_what_is_asked_by_when_and_where_the_dossier_is_and_names_nobody() -> None:
    offer = offered(standing("offered", referral("offered")))
    decision = hear(FRESH, offer, view(), NOW, MEDIATION)
    [handoff] = handoffs(decision.effects)
    body = handoff.body
    assert (body["event"], body["sequence"], body["asks"]) == (
        "referral.offered",
        3,
        "accept_or_decline",
    )
    assert body["due_at"] == (NOW + timedelta(days=3)).isoformat()
    assert body["dossier_path"] == f"/v1/disputes/{CODE}/dossier?sequence=3"
    assert {"kind", "place", "level", "urgency", "mode", "purpose", "due_because"} <= set(body)
    assert not {"parties", "name", "narrative", "alternatives", "standing"} & set(body)
    assert Index("referral", REFERRAL) in decision.effects
    assert Index("receiver", COMMITTEE) in decision.effects


def test_the_signed_receipt_of_an_offer_becomes_a_proposal_to_receive() -> None:
    decision = hear(after_offer(), answered(OFFER), view(), NOW, MEDIATION)
    [made] = proposals(decision)
    assert (made.facts, made.referral_id, made.basis, made.number) == (Receive(), REFERRAL, 3, 1)
    again = hear(decision.state, answered(OFFER), view(), NOW, MEDIATION)
    assert not proposals(again)


@pytest.mark.parametrize(
    ("event", "stage", "recipients"),
    [
        (ReferralAcceptedV1, "accepted", [(STATION, POLICE), (COMMITTEE, MEDIATION)]),
        (AgreementReachedV1, "agreed", [(STATION, POLICE), (COMMITTEE, MEDIATION)]),
    ],
)
def test_the_origin_and_the_receiver_hear_of_each_step(
    event: type, stage: str, recipients: list[tuple[str, Desk]]
) -> None:
    facts = {"form": "oral", "instalments": 1, "performance_due": NOW, "files": ()}
    more = facts if event is AgreementReachedV1 else {}
    after = standing(stage, referral())  # type: ignore[arg-type]  # a stage by its name
    arrival = arrived(fact(event, after, referral_id=REFERRAL, **more), 5)
    for agency, desk in recipients:
        assert (agency, f"{event.type}:5") in told(after_offer(), arrival, desk)  # type: ignore[attr-defined]  # an event class


def test_a_ruling_is_told_to_court_committee_and_police_each_by_its_own_door() -> None:
    after = standing("agreed", referral(), confirmation("concluded"))
    event = fact(ConfirmationRuledV1, after, referral_id=CONFIRMATION, ruling="valid", actor=COURT)
    about = "confirmation.ruled:9"
    assert [told(FRESH, arrived(event, 9), desk) for desk in EVERY_DOOR] == [
        [(STATION, about)],
        [(COMMITTEE, about)],
        [(COURT, about)],
    ]


@pytest.mark.parametrize(
    ("instance", "recipients"),
    [
        (REFERRAL, [[], [COMMITTEE], []]),
        (CONFIRMATION, [[], [], [COURT]]),
        ("case", [[STATION], [COMMITTEE], []]),
    ],
)
def test_a_limit_that_nears_its_end_warns_whoever_it_binds(
    instance: str, recipients: list[list[str]]
) -> None:
    after = standing("agreed", referral(), confirmation())
    event = fact(
        ClockWarnedV1,
        after,
        rule="police.case",
        rule_version="v",
        instance=instance,
        citation="c",
        ends_at=NOW,
        rung=1,
        fired_at=NOW,
    )
    warned = [[agency for agency, _ in told(FRESH, arrived(event, 7), d)] for d in EVERY_DOOR]
    assert warned == recipients


def test_everybody_with_a_part_hears_that_the_dispute_is_closed() -> None:
    before = Projection(dispute_code=CODE, standing=standing("closing", referral(), confirmation()))
    ended = standing("closed", referral("concluded"), confirmation("concluded"))
    arrival = arrived(fact(DisputeClosedV1, ended, outcome="not_punished"), 20)
    about = "dispute.closed:20"
    assert [told(before, arrival, desk) for desk in EVERY_DOOR] == [
        [(STATION, about)],
        [(COMMITTEE, about)],
        [(COURT, about)],
    ]


def test_no_clock_is_ever_due_at_a_door() -> None:
    due = ClockDue("police.case", "1", 0, NOW, NOW)
    assert hear(FRESH, due, view(), NOW, POLICE).effects == ()


def test_the_doors_kinds_are_disjoint_so_nobody_is_told_twice() -> None:
    from services.court_link.decider import DESK as COURT_DESK
    from services.mediation.decider import DESK as MEDIATION_DESK
    from services.police_link.decider import DESK as POLICE_DESK

    kinds: list[AgencyKind] = [
        kind for desk in (COURT_DESK, MEDIATION_DESK, POLICE_DESK) for kind in desk.kinds
    ]
    assert len(kinds) == len(set(kinds))
