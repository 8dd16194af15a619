"""Agencies whose systems fail in the ways real ones do: the referral reaches them once, in order,
or is told as dead."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fengqiao.cli.town_home import RunningTown
from sandbox.story.town import Town, wait_for
from sandbox.story.wall_quarrel import WallQuarrel
from tests.journeys.evidence import alarms, held, the_ledger_holds, told
from tests.journeys.quarrels import Quarrels


@asynccontextmanager
async def misbehaving(town: Town, agency: str, **behaviour: Any) -> AsyncIterator[None]:
    await town.behave(agency, **behaviour)
    try:
        yield
    finally:
        await town.behave(agency)


async def reached_once_and_in_order(running: RunningTown, story: WallQuarrel) -> None:
    """The committee accepts; what it was handed came once each, the offer first."""
    town = running.town
    offer = await story.offered_to(story.village)
    await story.accept(offer, day=0)
    await town.handed(story.village, story.dispute, "referral.accepted")
    assert await held(town, story.village, story.dispute) == [
        *("referral.offered", "referral.accepted")
    ]
    assert set((await town.arrivals(story.village, story.dispute)).values()) == {1}
    assert told(town, story.dispute).count("referral.received") == 1
    await the_ledger_holds(running, story.dispute)


@pytest.mark.parametrize(
    "behaviour", [{"slow_s": 1.5}, {"deaf": True}], ids=["slow", "takes it and answers 504"]
)
async def test_an_agency_that_took_it_is_never_sent_it_again(
    running: RunningTown, town: Town, quarrels: Quarrels, behaviour: dict[str, Any]
) -> None:
    """An answer that does not come leaves it unknown: a status query settles it."""
    story = quarrels.another()
    async with misbehaving(town, story.village, **behaviour):
        await story.refer()
        await reached_once_and_in_order(running, story)


async def test_an_agency_that_was_down_gets_it_when_it_is_up(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    async with misbehaving(town, story.village, down=True):
        await story.refer()
        await turned_away(town, story.village)
    await reached_once_and_in_order(running, story)


async def test_an_answer_that_nobody_signed_is_no_receipt(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    async with misbehaving(town, story.village, unsigned=True):
        await story.refer()
        await town.handed(story.village, story.dispute, "referral.offered")
        assert "referral.received" not in told(town, story.dispute)
    await reached_once_and_in_order(running, story)


async def test_a_handoff_that_is_refused_is_dead_with_an_alarm_and_silence_leads_on(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    async with misbehaving(town, story.village, refuse=422):
        await story.refer()
        await turned_away(town, story.village)

    async def dead() -> bool:
        raised = await alarms(running, "mediation", "handoff_dead")
        return any(alarm["detail"].startswith(story.village) for alarm in raised)

    await wait_for(dead, "an alarm of the dead handoff")
    assert "referral.received" not in told(town, story.dispute)
    refused = await town.event(story.dispute, "referral.offered")
    await story.morning(day=4)
    await story.offered_to(story.township, after=refused)
    await the_ledger_holds(running, story.dispute)


async def turned_away(town: Town, agency: str) -> None:
    async def at_least_once() -> bool:
        return await town.turned_away(agency) > 0

    await wait_for(at_least_once, f"{agency} turns a handoff away")
