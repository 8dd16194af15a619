"""Who stands in which relation to a dispute: by what became of its referrals, and where it lies."""

import pytest

from exchange.contracts.events.base import ReferralStanding, Standing
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.vocabulary import AgencyKind, Purpose, ReferralStatus
from exchange.identity.relations import Relation, relations

PLACE = "330803112213"
COUNTY = "330803000000"
STATION = "PS-330803112000-01"
COMMITTEE = "PM-330803112213-01"
NEXT_COMMITTEE = "PM-330803112000-01"
COURT = "CT-330803000000-01"
CENTRE = "CC-330803000000-01"


def agency(code: str, kind: AgencyKind = "committee", place: str = PLACE) -> AgencyListedV1:
    return AgencyListedV1(agency=code, name=code, kind=kind, level="county", place=place)


def referral(
    receiver: str,
    status: ReferralStatus,
    purpose: Purpose = "mediation",
    sender: str = STATION,
) -> ReferralStanding:
    return ReferralStanding(
        referral_id=f"{purpose}-{receiver}-{status}",
        purpose=purpose,
        mode="entrust",
        level="village",
        sender=sender,
        receiver=receiver,
        receiver_kind="committee",
        status=status,
        last_sequence=1,
    )


def of(asker: AgencyListedV1, *referrals: ReferralStanding) -> set[Relation]:
    """The relations of `asker` to a dispute with these referrals."""
    standing = Standing(
        stage="accepted",
        origin=STATION,
        kind="neighbourhood",
        place=PLACE,
        level="village",
        referrals=referrals,
    )
    return set(relations(asker, standing, origin=STATION, place=PLACE))


# Who has none


@pytest.mark.parametrize("status", ["declined", "silent"])
def test_who_declined_or_kept_silent_is_a_stranger_again(status: ReferralStatus) -> None:
    assert of(agency(COMMITTEE), referral(COMMITTEE, status)) == set()


def test_another_agency_of_the_same_place_is_a_stranger() -> None:
    assert of(agency("PM-330803112213-02"), referral(COMMITTEE, "accepted")) == set()


@pytest.mark.parametrize("place", ["330802000000", "330800000000", "330803112000"])
def test_a_centre_supervises_no_county_but_its_own(place: str) -> None:
    assert of(agency("CC-1", "centre", place), referral(COMMITTEE, "accepted")) == set()


@pytest.mark.parametrize("kind", ["police", "committee", "court"])
def test_no_other_agency_of_the_county_supervises(kind: AgencyKind) -> None:
    assert of(agency("XX-1", kind, COUNTY), referral(COMMITTEE, "accepted")) == set()


def test_before_it_is_registered_a_dispute_has_no_place_to_supervise() -> None:
    centre = agency(CENTRE, "centre", COUNTY)
    assert relations(centre, None, origin=None, place=None) == frozenset()


# Who has some


@pytest.mark.parametrize(
    ("status", "purpose", "relation"),
    [
        ("offered", "mediation", "offered"),
        ("received", "mediation", "offered"),
        ("received", "confirmation", "offered"),
        ("accepted", "mediation", "holder"),
        ("accepted", "confirmation", "reviewer"),
        ("failed", "mediation", "former_holder"),
        ("concluded", "mediation", "former_holder"),
        ("concluded", "confirmation", "former_holder"),
    ],
)
def test_the_receiver_is_what_became_of_its_referral(
    status: ReferralStatus, purpose: Purpose, relation: Relation
) -> None:
    assert of(agency(COMMITTEE), referral(COMMITTEE, status, purpose)) == {relation}


def test_one_that_comes_to_hold_it_again_is_both() -> None:
    failed, again = referral(COMMITTEE, "failed"), referral(COMMITTEE, "accepted")
    assert of(agency(COMMITTEE), failed, again) == {"former_holder", "holder"}


def test_where_it_came_from_is_a_sender_before_its_story_begins_and_ever_after() -> None:
    station = agency(STATION, "police")
    assert relations(station, None, origin=STATION, place=PLACE) == {"sender"}
    assert of(station) == of(station, referral(COMMITTEE, "failed")) == {"sender"}


def test_a_holder_that_applied_to_the_court_is_the_sender_of_that_referral() -> None:
    held = referral(NEXT_COMMITTEE, "accepted")
    applied = referral(COURT, "received", "confirmation", sender=NEXT_COMMITTEE)
    assert of(agency(NEXT_COMMITTEE), held, applied) == {"holder", "sender"}


def test_the_centre_of_its_own_county_supervises_whatever_else_it_is() -> None:
    centre = agency(CENTRE, "centre", COUNTY)
    assert of(centre) == {"supervisor"}
    assert of(centre, referral(CENTRE, "accepted")) == {"supervisor", "holder"}


@pytest.mark.parametrize("place", [COUNTY, "330802000000", "000000000000"])
def test_the_operator_supervises_everywhere(place: str) -> None:
    assert of(agency("EX-000000000000-01", "exchange", place)) == {"supervisor"}
