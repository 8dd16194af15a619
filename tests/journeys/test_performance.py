"""After the agreement: a breach that is healed, instalments in their order and no other."""

from fengqiao.cli.town_home import RunningTown
from sandbox.story.papers import performance
from sandbox.story.town import Town
from tests.journeys.evidence import police_see, the_ledger_holds, told
from tests.journeys.quarrels import Quarrels


async def test_instalments_are_recorded_in_their_order_and_a_breach_is_healed_by_payment(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    await story.refer()
    offer = await story.offered_to(story.village)
    await story.accept(offer, day=0)
    await story.agree(offer, day=0, due_in_days=(0, 1, 2))

    proof = await story.scan(story.village, "evidence")
    path = f"/mediation/v1/referrals/{offer.data['referral_id']}:perform"
    third = performance(story.starts_on, proof, instalment=3)
    (refused,) = await town.play(story.village, "mediation", path, third)
    assert refused["status"] == 422
    (wrong,) = refused["body"]["errors"]
    assert (wrong["pointer"], wrong["code"]) == ("/期次", "wrong_instalment")
    assert "第 1 期" in wrong["title"]

    await story.perform(offer, day=0, instalment=1)
    await story.breach(offer, instalment=2)
    seen = await police_see(story)
    assert (seen["stage"], seen["agreement"]["instalments_paid"]) == ("breached", 1)
    assert seen["acts_allowed"] == ["close"]

    await story.perform(offer, day=0, instalment=2)
    assert (await police_see(story))["stage"] == "agreed"
    await story.perform(offer, day=0, instalment=3)
    assert (await police_see(story))["stage"] == "performed"

    recorded = [s for s in town.watch.of(story.dispute) if s.type == "performance.recorded"]
    assert [seen.data["instalment"] for seen in recorded] == [1, 2, 3]
    assert told(town, story.dispute)[-5:] == [
        "performance.recorded",
        "agreement.breached",
        "performance.recorded",
        "performance.recorded",
        "agreement.performed",
    ]
    await the_ledger_holds(running, story.dispute)
