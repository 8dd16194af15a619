"""A timely act that arrives late: it undoes the silence, unless somebody else has accepted."""

import uuid
from datetime import datetime, timedelta

from exchange.contracts.envelope import Envelope
from exchange.contracts.events.proposals import Accept, ProposalMadeV1
from exchange.contracts.topics import MEDIATION_PROPOSALS
from fengqiao.cli.town_home import RunningTown
from sandbox.story.papers import acceptance
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import WallQuarrel
from sandbox.story.watch import Seen
from tests.journeys.evidence import alarms, committee_sees, police_see, the_ledger_holds, told
from tests.journeys.quarrels import Quarrels
from tests.support.outages import frozen, replica
from tests.support.running import produce

NEVER_TAKES_OVER = {"LEASE_S": "600"}


async def test_an_acceptance_in_time_that_is_held_up_undoes_the_silence(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    """Its proposal is held up with a frozen process of the door, which owes it to Kafka."""
    story = quarrels.another()
    await story.refer()
    at_village = await story.offered_to(story.village)
    await committee_sees(town, at_village, "received")
    path = f"/mediation/v1/referrals/{at_village.data['referral_id']}:accept"

    async with (
        frozen(running, "mediation") as thaw,
        replica(running, "mediation", **NEVER_TAKES_OVER) as (by_replica, _),
    ):
        await by_replica.call(story.village, "mediation", path, acceptance(story.starts_on))
        await story.morning(day=4)
        offered = await town.event(
            story.dispute, "referral.offered", after=at_village.sequence or 0
        )
        assert offered.data["receiver"] == story.township
        thaw()
        accepted = await town.event(story.dispute, "referral.accepted")

    assert accepted.data["actor"] == story.village
    tail = told(town, story.dispute)
    assert tail[tail.index("clock.expired") :] == [
        *("clock.expired", "referral.declined", "referral.escalated"),
        *("referral.offered", "clock.set"),
        *("clock.reinstated", "clock.stopped", "referral.accepted", "clock.stopped", "clock.set"),
    ]
    seen = await police_see(story)
    assert (seen["stage"], seen["holder"]["agency"]) == ("accepted", story.village)
    await the_township_knows_that_its_offer_is_withdrawn(town, story)
    await the_ledger_holds(running, story.dispute)


async def the_township_knows_that_its_offer_is_withdrawn(town: Town, story: WallQuarrel) -> None:
    withdrawn = await town.handed(story.township, story.dispute, "clock.stopped")
    assert "收回" in withdrawn["because"]


async def test_an_acceptance_in_time_is_refused_once_somebody_else_has_accepted(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    """One door keeps the order of a dispute's proposals, so its own can never come so late: this
    one is written to the door's topic as another door would write to its own."""
    story = quarrels.another()
    await story.refer()
    at_village = await story.offered_to(story.village)
    await story.morning(day=4)
    at_township = await story.offered_to(story.township, after=at_village)
    await story.accept(at_township, day=4)

    late = timely_acceptance(story, at_village)
    await produce(running.exchange.stack, MEDIATION_PROPOSALS, [late])

    refused = await town.event(story.dispute, "proposal.refused")
    assert refused.data["rule"] == "late.other_accepted"
    assert refused.data["agency"] == story.village
    assert "另一机构已受理" in refused.data["message_zh"]
    told_so = await town.handed(story.village, story.dispute, "proposal.refused")
    assert told_so["rule"] == "late.other_accepted"
    raised = await alarms(running, "routing", "late_act_refused")
    assert any(at_village.data["referral_id"] in alarm["detail"] for alarm in raised)
    seen = await police_see(story)
    assert seen["holder"]["agency"] == story.township
    await the_ledger_holds(running, story.dispute)


def timely_acceptance(story: WallQuarrel, offer: Seen) -> Envelope:
    """The village's acceptance of an hour after the offer."""
    at = datetime.fromisoformat(offer.data["legal_at"]) + timedelta(hours=1)
    made = ProposalMadeV1(
        dispute_code=story.dispute,
        legal_at=at,
        actor=story.village,
        proposal_id=str(uuid.uuid4()),
        referral_id=offer.data["referral_id"],
        basis=(offer.sequence or 0) + 2,
        number=2,
        received_at=offer.at,
        facts=Accept(accepted_on=at.date(), mediators=2),
    )
    return Envelope(
        id=str(uuid.uuid4()),
        type=made.type,
        version=made.version,
        source=MEDIATION_PROPOSALS.writer,
        subject=story.dispute,
        time=offer.at,
        value=made.model_dump_json(exclude_none=True).encode(),
    )
