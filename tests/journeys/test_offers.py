"""When nobody takes it: silence, a decline, failure at every level."""

from fengqiao.cli.town_home import RunningTown
from sandbox.story.papers import CASE_RESUMED
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import CENTRE
from tests.journeys.evidence import police_see, the_ledger_holds, told
from tests.journeys.quarrels import Quarrels

OFFER = ["referral.offered", "clock.set", "referral.received"]


async def test_silence_is_warned_of_then_told_and_the_next_agency_is_asked(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    await story.refer()
    at_village = await story.offered_to(story.village)

    await story.morning(day=3)
    await town.event(story.dispute, "clock.warned", instance=at_village.data["referral_id"])
    await story.morning(day=4)

    declined = await town.event(story.dispute, "referral.declined")
    assert declined.data["reason"] == "silence"
    await story.offered_to(story.township, after=at_village)
    assert told(town, story.dispute) == [
        *("dispute.registered", "clock.set", *OFFER),
        *("clock.warned", "clock.expired", "referral.declined", "referral.escalated"),
        *OFFER,
    ]
    expired = await town.event(story.dispute, "clock.expired")
    assert expired.data["rule"] == "referral.accept"
    assert expired.data["fired_at"] >= expired.data["ends_at"]
    await town.handed(story.station, story.dispute, "referral.declined")
    await the_ledger_holds(running, story.dispute)


async def test_a_decline_with_its_reason_leads_to_the_next_agency(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    await story.refer()
    at_village = await story.offered_to(story.village)

    await story.decline(at_village, "需要回避")
    at_township = await story.offered_to(story.township, after=at_village)
    await story.decline(at_township, "没有调解力量")
    at_room = await story.offered_to(story.room, after=at_township)
    await story.accept(at_room, day=0)

    reasons = [
        seen.data["reason"]
        for seen in town.watch.of(story.dispute)
        if seen.type == "referral.declined"
    ]
    assert reasons == ["conflict_of_interest", "no_capacity"]
    passed_over = {one["agency"]: one["why_not"] for one in at_room.data["alternatives"]}
    assert "已问过该机构" in passed_over[story.township]
    seen = await police_see(story)
    assert (seen["stage"], seen["holder"]["agency"]) == ("accepted", story.room)
    await the_ledger_holds(running, story.dispute)


async def test_failure_at_every_level_is_reported_back_and_the_police_resume_their_case(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    await story.refer()
    offer = None
    for agency in (story.village, story.township, CENTRE):
        offer = await story.offered_to(agency, after=offer)
        await story.accept(offer, day=0)
        await story.meet(offer, day=0)
        await story.fail(offer, day=0)

    failed = await town.event(story.dispute, "mediation.failed", exhausted=True)
    await town.handed(story.station, story.dispute, f"mediation.failed:{failed.sequence}")
    seen = await police_see(story)
    assert (seen["stage"], seen["holder"], seen["acts_allowed"]) == ("failed", None, ["close"])

    await story.close(day=0, outcome=CASE_RESUMED)
    closed = await town.event(story.dispute, "dispute.closed")
    assert closed.data["outcome"] == "case_resumed"
    assert (await police_see(story))["limits"] == []
    levels = [s.data["level"] for s in town.watch.of(story.dispute) if s.type == "referral.offered"]
    assert levels == ["village", "township", "county"]
    await the_ledger_holds(running, story.dispute)
