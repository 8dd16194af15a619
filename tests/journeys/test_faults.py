"""Faults in the middle of a journey: it completes all the same, and nothing is lost or doubled."""

from fengqiao.cli.town_home import RunningTown
from sandbox.story.papers import session
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import PLACE
from tests.journeys.bad_referrals import BAD_REFERRALS
from tests.journeys.evidence import committee_sees, police_see, the_ledger_holds, told
from tests.journeys.quarrels import Quarrels
from tests.journeys.raw_calls import RawCaller, errors_of, told_properly
from tests.support.outages import kafka_away, kill, postgres_away

REFERRALS = "/police/v1/referrals"


async def test_a_story_completes_over_the_death_of_each_service(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    """Each is killed right after it has promised something, or right before it is asked."""
    story = quarrels.another()
    await story.refer()
    kill(running, "police_link")
    offer = await story.offered_to(story.village)
    kill(running, "mediation")
    await story.accept(offer, day=0)
    kill(running, "routing")
    await story.meet(offer, day=0)
    kill(running, "intake")
    await story.agree(offer, day=0)
    await story.perform(offer, day=0)
    await story.apply_for_closing(day=0)
    await story.close(day=0)

    assert told(town, story.dispute) == [
        *("dispute.registered", "clock.set"),
        *("referral.offered", "clock.set", "referral.received"),
        *("referral.accepted", "clock.stopped", "clock.set"),
        "mediation.started",
        *("agreement.reached", "clock.stopped", "clock.set"),
        *("performance.recorded", "agreement.performed"),
        *("closing.applied", "clock.stopped", "clock.stopped", "dispute.closed"),
    ]
    await the_ledger_holds(running, story.dispute)


async def test_a_referral_is_taken_while_kafka_is_away_and_offered_when_it_is_back(
    running: RunningTown, town: Town, quarrels: Quarrels, raw: RawCaller
) -> None:
    story, before = quarrels.another(), quarrels.another()
    await before.refer()
    at_village = await before.offered_to(before.village)
    await committee_sees(town, at_village, "received")
    started = f"/mediation/v1/referrals/{at_village.data['referral_id']}:start"

    async with kafka_away(running):
        await story.refer()
        assert (await police_see(story))["stage"] == "requested"
        for bad in BAD_REFERRALS.values():
            form = bad.of(quarrels.at(PLACE))
            refused = await raw.post(story.station, "police_link", REFERRALS, form)
            assert errors_of(told_properly(refused, 422, bad.code)) == bad.errors
        early = await raw.post(before.village, "mediation", started, session(before.starts_on))
        assert told_properly(early, 409, "not_now")["acts_allowed"] == ["accept", "decline"]
        assert told(town, story.dispute) == []

    offer = await story.offered_to(story.village)
    await story.accept(offer, day=0)
    await the_ledger_holds(running, story.dispute)


async def test_postgres_is_restarted_between_two_steps(
    running: RunningTown, town: Town, quarrels: Quarrels, raw: RawCaller
) -> None:
    story = quarrels.another()
    await story.refer()
    offer = await story.offered_to(story.village)

    async with postgres_away(running):
        form = quarrels.another().referral()
        refused = await raw.post(story.station, "police_link", REFERRALS, form)
        told_properly(refused, 503, "busy")
        assert int(refused.headers["retry-after"]) >= 1

    await story.accept(offer, day=0)
    await the_ledger_holds(running, story.dispute)
