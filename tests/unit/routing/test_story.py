"""The story of 衢江, day by day: from the police's referral to the police's closing."""

from datetime import date, timedelta

from exchange.contracts.events.proposals import (
    Accept,
    Agree,
    ApplyClosing,
    ApplyConfirmation,
    Close,
    Fail,
    Perform,
    Receive,
    Rule,
    Start,
)
from exchange.contracts.events.routing import ClockSetV1, ReferralEscalatedV1, ReferralOfferedV1
from services.routing.explain import explain
from tests.unit.routing.scene import (
    CENTRE,
    COURT,
    DAY_0,
    FILE,
    STATION,
    TOWN,
    VILLAGE,
    Scene,
)


def day(number: int) -> date:
    return (DAY_0 + timedelta(days=number)).date()


def the_story() -> tuple[Scene, dict[int, list[str]]]:
    """Everything that docs/daily-work.zh-CN.md tells, and what was told on each day."""
    scene = Scene().register()
    told = {0: list(scene.types)}
    told[0] += scene.act(VILLAGE, Receive())
    told[1] = scene.on_day(1).act(VILLAGE, Accept(accepted_on=day(1)))
    told[3] = scene.on_day(3).act(VILLAGE, Start())
    told[6] = scene.on_day(6).act(VILLAGE, Fail(reason="deadlocked", routes_notified=True))
    told[7] = scene.on_day(7).act(TOWN, Receive())
    told[7] += scene.act(TOWN, Accept(accepted_on=day(7)))
    told[10] = scene.on_day(10).act(TOWN, Start())
    told[12] = scene.on_day(12).act(
        TOWN,
        Agree(form="written", agreed_on=day(12), files=(FILE,), performance_due_on=day(22)),
    )
    applied = ApplyConfirmation(court=COURT, applied_on=day(14), package=(FILE,))
    told[14] = scene.on_day(14).act(TOWN, applied)
    told[15] = scene.on_day(15).act(COURT, Receive())
    told[15] += scene.act(COURT, Accept(accepted_on=day(15)))
    told[19] = scene.on_day(19).act(COURT, Rule(ruling="valid", ruled_on=day(19)))
    told[21] = scene.on_day(21).act(TOWN, Perform(instalment=1, proof=FILE))
    applied_on_22 = ApplyClosing(applied_on=day(22), applicants=2, application=FILE)
    told[22] = scene.on_day(22).propose(STATION, applied_on_22)
    told[24] = scene.on_day(24).propose(STATION, Close(outcome="not_punished", approved=True))
    return scene, told


def test_each_day_tells_what_the_design_says() -> None:
    scene, told = the_story()
    offer = ["referral.offered", "clock.set"]
    assert scene.refused == []
    assert told == {
        0: ["dispute.registered", "clock.set", *offer, "referral.received"],
        1: ["referral.accepted", "clock.stopped", "clock.set"],
        3: ["mediation.started"],
        6: ["mediation.failed", "clock.stopped", "referral.escalated", *offer],
        7: ["referral.received", "referral.accepted", "clock.stopped", "clock.set"],
        10: ["mediation.started"],
        12: ["agreement.reached", "clock.stopped", "clock.set"],
        14: ["confirmation.applied", *offer],
        15: [
            "referral.received",
            "referral.accepted",
            "clock.stopped",
            "clock.stopped",
            "clock.set",
        ],
        19: ["confirmation.ruled", "clock.stopped"],
        21: ["performance.recorded", "agreement.performed"],
        22: ["closing.applied"],
        24: ["clock.stopped", "dispute.closed"],
    }
    between = [
        e.type for e in scene.told if e.type not in {t for day in told.values() for t in day}
    ]
    assert between == ["clock.warned"]


def test_the_clocks_of_the_story_name_their_articles() -> None:
    scene, _ = the_story()
    clocks = {e.rule: e for e in scene.told if isinstance(e, ClockSetV1)}
    cited = {rule: clock.citation for rule, clock in clocks.items()}
    assert "第118条" in cited["police.case"]
    assert "第33条" in cited["mediation.conduct"]
    assert "第33条" in cited["confirmation.apply"]
    assert "第187条" in cited["confirmation.decide"]
    assert "约定时限" in cited["referral.accept"]
    assert clocks["police.case"].ends_at == DAY_0.replace(month=4, day=2, hour=0)


def test_the_dispute_climbs_by_the_rule_of_the_place() -> None:
    scene, _ = the_story()
    climbed = scene.last(ReferralEscalatedV1)
    assert (climbed.from_level, climbed.to_level) == ("village", "township")
    assert "三级四步" in climbed.because
    offers = [e for e in scene.told if isinstance(e, ReferralOfferedV1)]
    assert [(o.receiver, o.sender) for o in offers] == [
        (VILLAGE, STATION),
        (TOWN, STATION),
        (COURT, TOWN),
    ]


def test_every_event_carries_the_standing_that_results_and_the_sequence_is_without_gap() -> None:
    scene, _ = the_story()
    assert scene.state.sequence == len(scene.told)
    for sequence, event in enumerate(scene.told, start=1):
        assert event.standing is not None
        for referral in event.standing.referrals:
            assert referral.last_sequence <= sequence
        touched = getattr(event, "referral_id", None)
        if touched and event.type != "referral.received":
            referral_now = event.standing.referral(touched)
            assert referral_now is not None
            assert referral_now.last_sequence == sequence
    assert scene.told[-1].standing == scene.state.standing


def test_in_the_end_nothing_runs_and_nobody_is_burdened() -> None:
    scene, _ = the_story()
    assert scene.stage == "closed"
    assert scene.clocks == {}
    assert set(scene.tallies.values()) == {0}
    assert scene.alarms == []


def test_an_acts_events_bear_its_agency_its_signature_and_its_proposal() -> None:
    scene, _ = the_story()
    accepted = next(e for e in scene.told if e.type == "referral.accepted")
    assert (accepted.actor, accepted.evidence_sha256) == (VILLAGE, "e" * 64)
    followed = scene.told[scene.told.index(accepted) + 1]
    assert followed.actor.startswith("EX-")
    assert followed.evidence_sha256 is None
    assert followed.proposal_id == accepted.proposal_id


def test_every_step_is_explained_in_chinese_with_rule_and_article() -> None:
    scene, _ = the_story()
    steps = [explain(n, event) for n, event in enumerate(scene.told, start=1)]
    assert all(step["title"] and step["why"] for step in steps)
    by_event = {step["event"]: step for step in steps}
    assert "村（社区）人民调解委员会" in steps[2]["why"]
    assert by_event["mediation.failed"]["article"] == "《人民调解法》第26条"
    assert "三级四步" in by_event["referral.escalated"]["why"]
    assert "确认有效（valid）" in by_event["confirmation.ruled"]["why"]
    assert "第9条第4款" in by_event["dispute.closed"]["article"]
    assert "第118条" in by_event["clock.stopped"]["article"]


def test_whatever_happens_is_explained() -> None:
    """Silence up to the top, a link: what the story of 衢江 does not tell."""
    scene = Scene().register().on_day(20)
    scene.act(CENTRE, Accept(accepted_on=day(13)), at=scene.now - timedelta(days=6))
    scene.link()
    steps = [explain(n, event) for n, event in enumerate(scene.told, start=1)]
    assert {"clock.expired", "clock.reinstated", "dispute.linked"} <= {s["event"] for s in steps}
    assert all(step["title"] != step["event"] and step["why"] for step in steps)
