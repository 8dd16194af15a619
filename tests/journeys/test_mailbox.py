"""An agency that lets no call in: it fetches its handoffs in order and signs for each."""

from fengqiao.cli.town_home import RunningTown
from sandbox.story.town import Town
from tests.journeys.evidence import held, the_ledger_holds, told
from tests.journeys.quarrels import Quarrels

SHANGFANG = "330803100000"
"""上方镇: its station is a mailbox agency here; that of 廿里, in the other journeys, is not."""


async def test_the_police_follow_a_whole_story_by_mailbox(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    """Its push address answers 503 to every call, so whatever it holds it has fetched."""
    story = quarrels.another(SHANGFANG)
    delivery = f"/v1/agencies/{story.station}:delivery"
    await town.call(story.station, "directory", delivery, {"方式": "信箱"})
    await town.behave(story.station, door="police_link", mailbox=True, down=True, answer_twice=True)

    await story.refer()
    offer = await story.offered_to(story.village)
    await story.accept(offer, day=0)
    await story.agree(offer, day=0)
    await story.perform(offer, day=0)
    await story.apply_for_closing(day=0)
    await story.close(day=0)

    await town.handed(story.station, story.dispute, "dispute.closed")
    assert await held(town, story.station, story.dispute) == [
        "referral.accepted",
        "agreement.reached",
        "agreement.performed",
        "closing.applied",
        "dispute.closed",
    ]
    assert told(town, story.dispute)[-1] == "dispute.closed"
    await the_ledger_holds(running, story.dispute)
    await town.behave(story.station)


async def test_a_committee_that_signs_twice_from_its_mailbox_has_received_once(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another(SHANGFANG)
    delivery = f"/v1/agencies/{story.village}:delivery"
    await town.call(story.village, "directory", delivery, {"方式": "信箱"})
    await town.behave(story.village, door="mediation", mailbox=True, down=True, answer_twice=True)

    await story.refer()
    offer = await story.offered_to(story.village)
    await story.accept(offer, day=0)

    await town.handed(story.village, story.dispute, "referral.accepted")
    assert told(town, story.dispute).count("referral.received") == 1
    assert await held(town, story.village, story.dispute) == [
        "referral.offered",
        "referral.accepted",
    ]
    await the_ledger_holds(running, story.dispute)
    await town.behave(story.village)
