"""What each door lets through at a stage is what routing's lifecycle takes: the two cannot drift.

A door may be stricter, and where it is, the table of this page says why. It never promises an act
that routing would refuse for the stage.
"""

from collections.abc import Mapping
from typing import get_args

import pytest

from exchange.contracts.events.base import ReferralStanding, Standing
from exchange.contracts.vocabulary import Act, Purpose, ReferralStatus, Stage
from services.court_link import decider as court
from services.mediation import decider as mediation
from services.police_link import decider as police
from services.routing.lifecycle import CONFIRMABLE, acts_allowed

STATION, RECEIVER, REFERRAL = "PS-330803112000-01", "PM-330803112213-01", "r1"
DISPUTE = "330803-2026-0123456789-7"
STAGES: tuple[Stage, ...] = get_args(Stage)
STATUSES: tuple[ReferralStatus, ...] = get_args(ReferralStatus)
BY_THE_EXCHANGE: frozenset[Act] = frozenset({"receive"})
"""No agency proposes it: its signature for the handoff does."""


def standing(
    stage: Stage, status: ReferralStatus = "accepted", of: Purpose = "mediation"
) -> Standing:
    referral = ReferralStanding.model_construct(
        referral_id=REFERRAL, receiver=RECEIVER, purpose=of, status=status
    )
    return Standing.model_construct(stage=stage, origin=STATION, referrals=(referral,))


def routing(at: Standing, agency: str = RECEIVER, referral: str | None = REFERRAL) -> set[Act]:
    return set(acts_allowed(at, agency, referral)) - BY_THE_EXCHANGE


OPEN_AND_HELD: list[tuple[Stage, ReferralStatus]] = [
    ("offered", "offered"),
    ("offered", "received"),
    *((stage, "accepted") for stage in STAGES),
]
"""A referral is open to acceptance only while the dispute stands at `offered`."""


@pytest.mark.parametrize(("stage", "status"), OPEN_AND_HELD)
def test_the_committees_door(stage: Stage, status: ReferralStatus) -> None:
    at = standing(stage, status)

    assert set(mediation.acts_allowed(at, at.referrals[0])) == routing(at)


@pytest.mark.parametrize("stage", sorted(CONFIRMABLE))
@pytest.mark.parametrize("status", STATUSES)
def test_the_courts_door_rules_only_upon_what_it_has_filed(
    stage: Stage, status: ReferralStatus
) -> None:
    at = standing(stage, status, "confirmation")
    too_early: set[Act] = set() if status == "accepted" else {"rule"}

    assert set(court.acts_allowed(at.referrals[0])) == routing(at) - too_early


STRICTER_FOR_A_CASE: Mapping[Stage, set[Act]] = {
    "registered": {"close"},  # sensitive matters alone close here, and they come by no police door
    "performed": {"close"},  # 治安管理处罚法 9Ⅳ: both apply first
}
STRICTER_FOR_OTHERS: Mapping[Stage, set[Act]] = {
    "registered": {"close"},
    "performed": {"apply_closing"},  # without a penalty to refrain from, nobody applies
}
STRICTER_FOR_PLAIN_ORIGINS: Mapping[Stage, set[Act]] = {
    "performed": {"apply_closing"},  # only the police's cases have that application,
    "closing": {"close"},  # and so only theirs come here
}


@pytest.mark.parametrize("stage", STAGES)
def test_the_polices_door(stage: Stage) -> None:
    at = standing(stage)
    case = police.PoliceState(dispute_code=DISPUTE, station=STATION, is_case=True)
    acts = routing(at, STATION, None)

    of_case = police.acts_allowed(case.model_copy(update={"standing": at}))
    of_other = police.acts_allowed(case.model_copy(update={"standing": at, "is_case": False}))

    assert set(of_case) == acts - STRICTER_FOR_A_CASE.get(stage, set())
    assert set(of_other) == acts - STRICTER_FOR_OTHERS.get(stage, set())


@pytest.mark.parametrize("stage", STAGES)
def test_the_plain_door_of_an_origin(stage: Stage) -> None:
    at = standing(stage)
    stricter = STRICTER_FOR_PLAIN_ORIGINS.get(stage, set())

    assert set(mediation.origin_acts(at)) == routing(at, STATION, None) - stricter
