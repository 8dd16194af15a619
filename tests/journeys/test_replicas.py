"""Two processes of routing: they share the work, and one may die."""

from fengqiao.cli.town_home import RunningTown
from sandbox.story.town import Town
from tests.journeys.evidence import the_ledger_holds
from tests.journeys.quarrels import Quarrels
from tests.support.outages import instance_of, kill, replica, shared_evenly


async def test_a_story_completes_when_the_replica_that_works_on_it_is_killed(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    async with replica(running, "routing") as (_, second):
        await shared_evenly(running, "routing", instances=2)
        await story.refer()
        offer = await story.offered_to(story.village)

        if await instance_of(running, "routing", story.dispute) == "2":
            await second.kill()
        else:
            kill(running, "routing")

        await story.accept(offer, day=0)
        await story.agree(offer, day=0)
        await story.perform(offer, day=0)
        await story.apply_for_closing(day=0)
        await story.close(day=0)
    await the_ledger_holds(running, story.dispute)
