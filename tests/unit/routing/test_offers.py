"""A registration becomes an offer: to whom, why, by when; and what happens when nobody answers."""

from datetime import date, timedelta

import pytest

from exchange.contracts.events.proposals import Accept, Decline, Fail, Receive
from exchange.contracts.events.routing import (
    ClockExpiredV1,
    ClockSetV1,
    MediationFailedV1,
    ReferralDeclinedV1,
    ReferralEscalatedV1,
    ReferralOfferedV1,
)
from tests.unit.routing.scene import (
    CENTRE,
    COURT,
    DAY_0,
    MEDICAL,
    ROOM,
    STATION,
    TOWN,
    TOWN_PLACE,
    VILLAGE,
    Scene,
    with_agency,
)

DECLINED = Decline(reason="no_capacity")
TODAY = date(2026, 3, 2)


def test_a_sensitive_matter_is_never_offered() -> None:
    told = Scene().register(sensitive=True)
    assert told.types == ["dispute.registered", "clock.set"]
    assert told.stage == "registered"
    assert told.alarmed == ["sensitive_matter"]


def test_without_any_agency_left_a_person_decides() -> None:
    """Each declines in turn: village, township, the room at the station, the county's centre."""
    scene = Scene().register()
    for agency in (VILLAGE, TOWN, ROOM, CENTRE):
        assert scene.standing.referrals[-1].receiver == agency
        scene.act(agency, DECLINED)
    assert scene.stage == "unplaced"
    assert scene.alarmed == ["no_agency"]
    assert scene.last(ReferralDeclinedV1).standing.stage == "unplaced"
    climbs = [(e.from_level, e.to_level) for e in scene.told if isinstance(e, ReferralEscalatedV1)]
    assert climbs == [("village", "township"), ("township", "county")]
    assert scene.load(VILLAGE) == 0


def test_silence_is_an_event_and_the_next_agency_is_asked() -> None:
    scene = Scene().register()
    scene.on_day(5)
    assert scene.types[:3] == ["dispute.registered", "clock.set", "referral.offered"]
    assert scene.types[4:] == [
        "clock.warned",
        "clock.expired",
        "referral.declined",
        "referral.escalated",
        "referral.offered",
        "clock.set",
    ]
    assert scene.last(ReferralDeclinedV1).reason == "silence"
    assert scene.newest(VILLAGE).status == "silent"
    assert scene.newest(TOWN).status == "offered"
    expired = scene.last(ClockExpiredV1)
    assert expired.ends_at == DAY_0.replace(hour=0) + timedelta(days=4)
    assert expired.fired_at == expired.ends_at


def test_silence_at_every_level_ends_at_a_person_and_never_in_a_loop() -> None:
    scene = Scene().register()
    scene.on_day(24)
    asked = [r.receiver for r in scene.standing.referrals]
    assert asked == [VILLAGE, TOWN, ROOM, CENTRE]
    assert {r.status for r in scene.standing.referrals} == {"silent"}
    assert scene.stage == "unplaced"


def test_a_clock_that_fires_after_it_was_stopped_does_nothing() -> None:
    scene = Scene().register()
    offer = scene.newest(VILLAGE).referral_id
    scene.clocks["referral.accept", offer, 9] = DAY_0 + timedelta(days=9)
    end = dict(scene.clocks)
    scene.act(VILLAGE, Accept(accepted_on=TODAY))
    scene.clocks = {("referral.accept", offer, 0): end["referral.accept", offer, 0]}
    assert scene.fire("referral.accept", offer, 0) == []
    assert scene.stage == "accepted"


def test_a_full_committee_is_passed_over_and_that_is_said() -> None:
    scene = Scene(tallies={f"load:{VILLAGE}": 10}).register()
    offered = scene.last(ReferralOfferedV1)
    assert offered.receiver == ROOM
    assert offered.level == "township"
    assert next((a.agency, a.why_not) for a in offered.alternatives) == (
        VILLAGE,
        "办理容量已满（10/10）",
    )
    assert "choice.level_up" in [reason.rule for reason in offered.reasons]


@pytest.mark.parametrize(
    ("wanted", "why_not"),
    [
        ("PM-330803999999-01", "目录中没有该机构"),
        ("PM-330803113000-01", "不由它办理"),
        ("SR-330803113000-01", "不由它办理"),
        (MEDICAL, "不由它办理"),
        (STATION, "不由它办理"),
    ],
)
def test_a_wish_that_cannot_be_met_is_passed_over_and_that_is_said(
    wanted: str, why_not: str
) -> None:
    """Unknown, of another place, stationed elsewhere, of another trade, no mediator."""
    offer = Scene().register(preferred=wanted).last(ReferralOfferedV1)
    assert offer.receiver == VILLAGE
    assert offer.alternatives[0].agency == wanted
    assert why_not in offer.alternatives[0].why_not


def test_a_wish_below_the_level_where_the_matter_begins_is_not_met() -> None:
    scene = Scene().register(place=TOWN_PLACE, level="township", preferred=VILLAGE)
    assert scene.last(ReferralOfferedV1).receiver != VILLAGE


def test_a_wished_committee_that_is_full_is_named_once_among_those_passed_over() -> None:
    scene = Scene(with_agency(VILLAGE, capacity=0)).register(preferred=VILLAGE)
    offer = scene.last(ReferralOfferedV1)
    assert offer.receiver == ROOM
    passed = [(a.agency, a.why_not) for a in offer.alternatives if a.agency == VILLAGE]
    assert passed == [(VILLAGE, "来件单位指定，但办理容量已满（0/0）")]


def test_a_wish_is_met_once_and_then_the_ladder_goes_on() -> None:
    scene = Scene().register(preferred=CENTRE)
    offer = scene.last(ReferralOfferedV1)
    assert (offer.receiver, offer.level) == (CENTRE, "county")
    assert offer.reasons[0].rule == "choice.preferred"
    scene.act(CENTRE, DECLINED)
    assert scene.stage == "unplaced"


def test_an_abolished_committee_is_passed_over_for_its_successor() -> None:
    book = with_agency(VILLAGE, abolished=True, successor=TOWN)
    offered = Scene(book).register().last(ReferralOfferedV1)
    assert offered.receiver == TOWN
    assert (offered.alternatives[0].agency, offered.alternatives[0].why_not) == (VILLAGE, "已撤销")
    assert "choice.successor" in [reason.rule for reason in offered.reasons]


def test_an_abolished_committee_without_successor_sends_the_matter_up() -> None:
    offered = Scene(with_agency(VILLAGE, abolished=True)).register().last(ReferralOfferedV1)
    assert offered.level == "township"


def test_successors_in_a_circle_are_nobody() -> None:
    book = with_agency(VILLAGE, abolished=True, successor=VILLAGE)
    assert Scene(book).register().last(ReferralOfferedV1).level == "township"


def test_a_rule_that_no_table_has_starts_a_clock_without_end() -> None:
    scene = Scene().register(rule="police.something")
    clock = next(e for e in scene.told if isinstance(e, ClockSetV1))
    assert clock.ends_at is None
    assert clock.unknown
    assert scene.alarmed == ["clock_unknown"]
    assert ("police.something", "origin", 0) not in scene.clocks


def test_a_registration_that_comes_twice_is_entered_once() -> None:
    scene = Scene().register()
    before = scene.types
    scene.register()
    assert scene.types == before


def test_an_offer_is_due_before_the_senders_own_end_less_its_buffer() -> None:
    """Filed on 5 February: the case ends on 9 March (after 8, a Sunday... as the law rolls it)."""
    scene = Scene().register(filed_on=date(2026, 2, 4))
    offered = scene.last(ReferralOfferedV1)
    case = next(c for c in scene.standing.clocks if c.rule == "police.case")
    assert case.ends_at is not None
    assert offered.due_at == case.ends_at - timedelta(days=3)
    assert "移送机构的法定期限" in offered.due_because
    assert "第118条" in offered.due_because
    accept = next(c for c in scene.standing.clocks if c.rule == "referral.accept")
    assert accept.rule_version == "police.case@2026-01-01.less_3d"


def test_a_buffer_that_is_used_up_does_not_expire_the_offer_at_once() -> None:
    scene = Scene().register(filed_on=date(2026, 1, 31))
    case = next(c for c in scene.standing.clocks if c.rule == "police.case")
    assert case.ends_at is not None
    assert DAY_0 < case.ends_at < DAY_0 + timedelta(days=3)
    assert scene.last(ReferralOfferedV1).due_at == case.ends_at


def test_where_nothing_is_agreed_the_limit_of_an_offer_is_unknown_and_said() -> None:
    scene = Scene(with_agency("PM-110101001001-01", place="110101001001"))
    scene.register(origin=CENTRE, filed_on=None, place="110101001001")
    offered = scene.last(ReferralOfferedV1)
    assert offered.due_at is None
    assert "没有约定" in offered.due_because
    assert scene.alarmed == ["clock_unknown"]


def test_a_village_quarrel_of_the_police_goes_to_the_villages_committee() -> None:
    scene = Scene().register()
    offered = scene.last(ReferralOfferedV1)
    assert (offered.receiver, offered.sender, offered.level) == (VILLAGE, STATION, "village")
    assert [reason.rule for reason in offered.reasons] == [
        "choice.village_committee",
        "choice.capacity",
    ]
    assert offered.due_at == DAY_0.replace(hour=0) + timedelta(days=4)
    assert "约定时限" in offered.due_because
    assert offered.directory_version == 7
    assert offered.dossier_version == 1
    assert offered.standing is not None
    assert offered.standing.stage == "offered"
    assert scene.running() == {"police.case", "referral.accept"}


@pytest.mark.parametrize(
    ("matter", "receiver"),
    [
        ({"kind": "medical"}, MEDICAL),
        ({"level": "township"}, ROOM),
        ({"level": "county"}, CENTRE),
        ({"level": "county", "kind": "medical"}, MEDICAL),
        ({"place": TOWN_PLACE}, ROOM),
    ],
)
def test_kind_and_level_say_where_a_matter_begins(matter: dict[str, str], receiver: str) -> None:
    assert Scene().register(**matter).last(ReferralOfferedV1).receiver == receiver


def test_a_walk_in_at_township_level_goes_to_its_committee_not_to_the_station() -> None:
    offered = Scene().register(origin=CENTRE, filed_on=None, level="township")
    assert offered.last(ReferralOfferedV1).receiver == TOWN


def test_of_equals_the_less_burdened_is_asked_first() -> None:
    second = "PM-330803112213-02"
    scene = Scene(with_agency(second), tallies={f"load:{VILLAGE}": 3, f"load:{second}": 1})
    offered = scene.register().last(ReferralOfferedV1)
    assert offered.receiver == second
    assert (offered.alternatives[0].agency, offered.alternatives[0].why_not) == (
        VILLAGE,
        "可以办理，但次序在后",
    )


def test_a_decline_asks_another_agency_of_the_same_level_first() -> None:
    second = "PM-330803112213-02"
    scene = Scene(with_agency(second)).register()
    told = scene.act(VILLAGE, DECLINED)
    assert told == ["referral.declined", "clock.stopped", "referral.offered", "clock.set"]
    assert scene.newest(second).status == "offered"
    assert scene.standing.level == "village"


def test_received_is_not_accepted() -> None:
    scene = Scene().register()
    assert scene.act(VILLAGE, Receive()) == ["referral.received"]
    assert scene.standing.holder is None
    assert scene.stage == "offered"
    assert "referral.accept" in scene.running()


def test_a_receipt_that_comes_after_the_acceptance_changes_nothing() -> None:
    scene = Scene().register()
    basis = scene.state.sequence
    scene.act(VILLAGE, Accept(accepted_on=TODAY))
    assert scene.act(VILLAGE, Receive(), basis=basis) == ["referral.received"]
    assert scene.newest(VILLAGE).status == "accepted"


def test_acceptance_makes_a_holder_and_starts_the_clock_of_its_own_law() -> None:
    scene = Scene().register()
    told = scene.act(VILLAGE, Accept(accepted_on=TODAY))
    assert told == ["referral.accepted", "clock.stopped", "clock.set"]
    assert scene.standing.holder == VILLAGE
    assert scene.running() == {"police.case", "mediation.conduct"}
    assert scene.load(VILLAGE) == 1
    conduct = scene.last(ClockSetV1)
    assert "人民调解工作若干规定" in conduct.citation
    assert conduct.ends_at == DAY_0.replace(month=4, day=3, hour=0)


def test_at_the_top_a_failure_goes_back_to_the_origin_and_no_court_is_asked_to_mediate() -> None:
    scene = Scene().register(level="county")
    scene.act(CENTRE, Accept(accepted_on=TODAY))
    told = scene.act(CENTRE, Fail(reason="refused", routes_notified=True))
    assert told == ["mediation.failed", "clock.stopped"]
    assert scene.last(MediationFailedV1).exhausted
    assert (scene.stage, scene.standing.holder, scene.load(CENTRE)) == ("failed", None, 0)
    assert COURT not in {r.receiver for r in scene.standing.referrals}
