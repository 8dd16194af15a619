"""司法确认 that is not granted: refused at filing (民诉解释 355), dismissed by ruling (358)."""

from fengqiao.cli.town_home import RunningTown
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import WallQuarrel
from sandbox.story.watch import Seen
from tests.journeys.evidence import explained, police_see, the_ledger_holds
from tests.journeys.quarrels import Quarrels

APPLY = "/court/v1/confirmations"


async def test_a_refusal_to_file_names_its_ground_and_leaves_the_window_open(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    agreed = await agreed_at_village(story)
    asked = await story.apply_for_confirmation(agreed, day=0)

    await story.refuse_to_file(asked, "不属于本院管辖")

    told = await town.handed(story.village, story.dispute, "confirmation.ruled")
    assert told["ruling"] == "refused"
    assert told["grounds"] == ["confirmation.refuse.jurisdiction"]
    steps = await explained(running, story.dispute)
    ruled = next(step for step in steps if step["event"] == "confirmation.ruled")
    assert "第355条" in ruled["article"]

    again = await story.apply_for_confirmation(agreed, day=0, after=asked)
    await story.file_at_court(again, day=0)
    await story.rule(again, day=0)
    assert (await police_see(story))["confirmation"] == "valid"
    await the_ledger_holds(running, story.dispute)


async def test_a_dismissal_ends_the_confirmation_but_the_agreement_still_binds(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    agreed = await agreed_at_village(story)
    asked = await story.apply_for_confirmation(agreed, day=0)
    await story.file_at_court(asked, day=0)

    await story.rule(asked, 0, "违反自愿原则", "内容不明确")

    ruled = await town.event(story.dispute, "confirmation.ruled")
    assert ruled.data["ruling"] == "dismissed"
    assert ruled.data["grounds"] == [
        "confirmation.dismiss.involuntary",
        "confirmation.dismiss.unclear",
    ]
    seen = await police_see(story)
    assert (seen["stage"], seen["confirmation"]) == ("agreed", "dismissed")
    package = await story.confirmation_package(agreed, day=0)
    (again,) = await town.play(story.village, "court_link", APPLY, package)
    assert (again["status"], again["body"]["code"]) == (409, "not_now")

    await story.perform(agreed, day=0)
    assert (await police_see(story))["stage"] == "performed"
    await the_ledger_holds(running, story.dispute)


async def agreed_at_village(story: WallQuarrel) -> Seen:
    """The village's committee brought the parties to an agreement on day 0."""
    await story.refer()
    offer = await story.offered_to(story.village)
    await story.accept(offer, day=0)
    await story.agree(offer, day=0)
    return offer
