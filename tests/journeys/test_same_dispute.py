"""The same dispute through a second channel: told, linked, or kept apart on request."""

from typing import Any

from fengqiao.cli.town_home import RunningTown
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import CENTRE, WallQuarrel
from tests.journeys.evidence import held, police_see, the_ledger_holds, told
from tests.journeys.quarrels import Quarrels

WINDOW = "/v1/disputes"


def registration(story: WallQuarrel, **changes: Any) -> dict[str, Any]:
    """矛盾纠纷登记表 of the same two people at the centre's window."""
    one, other = story.people
    return {
        "来源": "窗口",
        "纠纷类别": "邻里",
        "地点": {"区划代码": story.place},
        "当事人": [
            {"姓名": one.name, "身份": "对方", "公民身份号码": one.citizen_id},
            {"姓名": other.name, "身份": "申请人", "公民身份号码": other.citizen_id},
        ],
        "诉求": "赔礼道歉，修好围墙。",
        **changes,
    }


async def test_a_dispute_that_comes_by_a_second_channel_is_linked_to_the_first(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    await story.refer()
    offer = await story.offered_to(story.village)

    answered = await town.call(CENTRE, "intake", WINDOW, registration(story))

    (candidate,) = answered["candidates"]
    assert candidate["dispute_code"] == answered["linked_to"] == story.dispute
    assert candidate["why"] == ["all_parties", "same_township", "same_kind", "days_apart:0"]
    assert answered["receipt"]["document"]["dispute_code"] == answered["dispute_code"]
    second = answered["dispute_code"]
    linked = await town.event(second, "dispute.linked")
    assert linked.data["lead_code"] == story.dispute
    assert told(town, second)[-1] == "dispute.linked"
    await town.handed(CENTRE, second, "dispute.linked")
    await the_ledger_holds(running, second)

    await story.accept(offer, day=0)
    assert (await police_see(story))["holder"]["agency"] == story.village
    assert "dispute.linked" not in told(town, story.dispute)


async def test_what_is_said_to_be_another_matter_is_kept_apart(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    await story.refer()
    await story.offered_to(story.village)

    answered = await town.call(CENTRE, "intake", WINDOW, registration(story, 另案处理=True))

    assert [one["dispute_code"] for one in answered["candidates"]] == [story.dispute]
    assert answered["linked_to"] is None
    second = answered["dispute_code"]
    offered = await town.event(second, "referral.offered")
    await town.event(second, "referral.received")
    assert offered.data["receiver"] == story.village
    assert told(town, second) == [
        *("dispute.registered", "referral.offered", "clock.set", "referral.received")
    ]
    assert await held(town, story.village, second) == ["referral.offered"]
    await the_ledger_holds(running, second)
