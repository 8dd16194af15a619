"""The story of docs/daily-work.zh-CN.md, day by day, and what it leaves behind."""

from typing import Any

from fengqiao.cli.proof import prove
from fengqiao.cli.town_home import RunningTown
from sandbox.story.wall_quarrel import COURT, WallQuarrel
from tests.journeys.evidence import explained, held, police_see, told_by_day
from tests.journeys.quarrels import Quarrels

OFFER = ["referral.offered", "clock.set", "referral.received"]
ACCEPTED = ["referral.accepted", "clock.stopped", "clock.set"]

DAYS = {
    0: ["dispute.registered", "clock.set", *OFFER, *ACCEPTED],
    4: ["mediation.started"],
    6: ["mediation.failed", "clock.stopped", "referral.escalated", *OFFER],
    7: ACCEPTED,
    10: ["mediation.started"],
    12: ["agreement.reached", "clock.stopped", "clock.set"],
    14: ["confirmation.applied", *OFFER, "referral.accepted", "clock.stopped", *ACCEPTED[1:]],
    19: ["confirmation.ruled", "clock.stopped"],
    21: ["performance.recorded", "agreement.performed"],
    22: ["closing.applied"],
    24: ["clock.stopped", "dispute.closed"],
}
"""Every canonical event by its legal day; the police's own clock warns besides, on day 21."""

ARTICLES = {
    "mediation.failed": "《人民调解法》第26条",
    "referral.escalated": "《衢江区构建“大调解”机制的实施意见》四（三）9",
    "agreement.reached": "《人民调解法》第29条第1款",
    "confirmation.applied": "《民事诉讼法》（2023年修正）第205条",
    "confirmation.ruled": "《民事诉讼法》（2023年修正）第206条",
    "agreement.performed": "《人民调解法》第31条第2款",
    "closing.applied": "《公安机关办理行政案件程序规定》第186条",
    "dispute.closed": "《治安管理处罚法》（2025年修订）第9条第4款",
}
CLOCKS = {
    "police.case": "《治安管理处罚法》（2025年修订）第118条",
    "mediation.conduct": "《人民调解工作若干规定》第33条",
    "confirmation.apply": "《人民调解法》第33条第1款",
    "confirmation.decide": "《民事诉讼法》（2023年修正）第187条",
}


async def test_a_quarrel_over_a_wall_travels_from_the_police_to_the_police(
    running: RunningTown, quarrels: Quarrels
) -> None:
    story = quarrels.another()

    await story.refer()
    at_village = await story.offered_to(story.village)
    assert await page(story) == {"stage": "offered"}
    await story.accept(at_village, day=0)
    assert await page(story) == {"stage": "accepted", "holder": story.village}
    await story.meet(at_village, day=4)
    assert await page(story) == {"stage": "mediating", "holder": story.village}

    await story.fail(at_village, day=6)
    at_township = await story.offered_to(story.township, after=at_village)
    assert await page(story) == {"stage": "offered"}
    await story.accept(at_township, day=7)
    await story.meet(at_township, day=10)
    assert await page(story) == {"stage": "mediating", "holder": story.township}
    await story.agree(at_township, day=12)
    agreed = {"stage": "agreed", "holder": story.township, "instalments": (0, 1)}
    assert await page(story) == agreed

    at_court = await story.apply_for_confirmation(at_township, day=14)
    assert await page(story) == {**agreed, "confirmation": "applied"}
    await story.file_at_court(at_court, day=14)
    assert await page(story) == {**agreed, "confirmation": "accepted"}
    await story.rule(at_court, day=19)
    confirmed = {**agreed, "confirmation": "valid"}
    assert await page(story) == confirmed

    await story.morning(day=21)
    warned = await running.town.event(story.dispute, "clock.warned")
    assert warned.data["rule"] == "police.case"
    await story.perform(at_township, day=21)
    paid = {**confirmed, "stage": "performed", "instalments": (1, 1)}
    assert await page(story) == {**paid, "may": ["apply_closing"]}
    await story.apply_for_closing(day=22)
    assert await page(story) == {**paid, "stage": "closing", "may": ["close"]}
    await story.close(day=24)
    closed = {"stage": "closed", "confirmation": "valid", "instalments": (1, 1)}
    assert await page(story) == closed

    assert told_by_day(story, but=["clock.warned"]) == DAYS
    await each_agency_holds_what_it_should(story)
    await each_step_is_explained_with_its_article(running, story)
    await everything_is_proved(running, story)


async def page(story: WallQuarrel) -> dict[str, Any]:
    """The police's page without what is empty: asked by their own number."""
    seen = await police_see(story, by=story.number)
    agreement, holder = seen["agreement"], seen["holder"]
    shown = {
        "stage": seen["stage"],
        "holder": holder and holder["agency"],
        "confirmation": seen["confirmation"],
        "instalments": agreement and (agreement["instalments_paid"], agreement["instalments_due"]),
        "may": seen["acts_allowed"],
    }
    return {name: value for name, value in shown.items() if value}


async def each_agency_holds_what_it_should(story: WallQuarrel) -> None:
    """In the order in which it came; every one was signed for, or the next had not come."""
    town, dispute = story.town, story.dispute
    for agency in (story.station, story.township):
        await town.handed(agency, dispute, "dispute.closed")
    assert await held(town, story.station, dispute) == [
        "referral.accepted",
        "mediation.failed",
        "referral.escalated",
        "referral.accepted",
        "agreement.reached",
        "referral.accepted",
        "confirmation.ruled",
        "clock.warned",
        "agreement.performed",
        "closing.applied",
        "dispute.closed",
    ]
    assert await held(town, story.village, dispute) == [
        "referral.offered",
        "referral.accepted",
        "mediation.failed",
        "referral.escalated",
    ]
    assert await held(town, story.township, dispute) == [
        "referral.offered",
        "referral.accepted",
        "agreement.reached",
        "confirmation.applied",
        "referral.accepted",
        "confirmation.ruled",
        "clock.warned",
        "agreement.performed",
        "dispute.closed",
    ]
    assert await held(town, COURT, dispute) == [
        "referral.offered",
        "referral.accepted",
        "confirmation.ruled",
    ]


async def each_step_is_explained_with_its_article(running: RunningTown, story: WallQuarrel) -> None:
    steps = await explained(running, story.dispute)
    assert [step["sequence"] for step in steps] == list(range(1, len(steps) + 1))
    assert all(step["title"] and step["why"] for step in steps)
    by_event = {step["event"]: step["article"] for step in steps}
    assert ARTICLES.items() <= by_event.items()
    started = {s["rule"]: s["article"] for s in steps if s["event"] == "clock.set"}
    assert CLOCKS.items() <= started.items()
    assert "约定时限" in started["referral.accept"]


async def everything_is_proved(running: RunningTown, story: WallQuarrel) -> None:
    """Ledger and receipts by the verifier, spans back to the first POST, nobody's name anywhere."""
    proof = await prove(running, story.dispute, story.people)
    assert [f"{c.name}: {c.detail}" for c in proof.ledger.checks if not c.ok] == []
    assert proof.receipts_verified
    assert proof.broken == []
    assert proof.pii == []
