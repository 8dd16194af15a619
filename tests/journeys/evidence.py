"""What a journey leaves behind: its ledger, its explanation, what each agency knows and holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fengqiao.cli.operator import Operator
from fengqiao.cli.town_home import BEIJING, RunningTown
from fengqiao.client.verifier import verify_bundle
from sandbox.story.town import Town, wait_for
from sandbox.story.wall_quarrel import WallQuarrel
from sandbox.story.watch import Seen


def told(town: Town, dispute: str, *, but: Sequence[str] = ()) -> list[str]:
    """The types of its canonical events in the order of the ledger, some left out."""
    return [
        seen.type
        for seen in town.watch.of(dispute)
        if seen.sequence is not None and seen.type not in but
    ]


def told_by_day(story: WallQuarrel, *, but: Sequence[str] = ()) -> dict[int, list[str]]:
    """The same by the story's days."""
    days: dict[int, list[str]] = {}
    for seen in story.town.watch.of(story.dispute):
        if seen.sequence is not None and seen.type not in but:
            at = datetime.fromisoformat(seen.data["legal_at"]).astimezone(BEIJING)
            days.setdefault((at.date() - story.starts_on).days, []).append(seen.type)
    return days


async def the_ledger_holds(running: RunningTown, dispute: str) -> None:
    """Gap-free, chained, signed, with every receipt that an agency was given."""
    receipts = [r for r in running.town.receipts if r["document"]["dispute_code"] == dispute]
    bundle = await operator(running).get("routing", f"/v1/disputes/{dispute}/ledger")
    verdict = verify_bundle({**bundle, "receipts": [*bundle["receipts"], *receipts]})
    assert [f"{c.name}: {c.detail}" for c in verdict.checks if not c.ok] == []
    published = [s.sequence for s in running.watch.of(dispute) if s.sequence is not None]
    assert published == [entry["sequence"] for entry in bundle["ledger"]]


async def explained(running: RunningTown, dispute: str) -> list[dict[str, Any]]:
    """Each step with its rule and article, as the operator asks for it."""
    said = await operator(running).get("routing", f"/v1/disputes/{dispute}/explain")
    steps: list[dict[str, Any]] = said["steps"]
    return steps


async def police_see(story: WallQuarrel, *, by: str | None = None) -> dict[str, Any]:
    """The police's page by code (or by their own number), up to the last event published."""
    town, page = story.town, dict[str, Any]()
    path = f"/police/v1/referrals/{by or story.dispute}"

    async def up_to_date() -> bool:
        page.update(await town.call(story.station, "police_link", path, method="GET"))
        published = [s.sequence or 0 for s in town.watch.of(story.dispute)]
        return bool(page["sequence"] >= max(published, default=0))

    await wait_for(up_to_date, f"the police's page of {story.dispute}")
    return page


async def committee_sees(town: Town, offer: Seen, status: str) -> None:
    """Wait until the committees' door knows that the referral stands so."""
    referral = f"/mediation/v1/referrals/{offer.data['referral_id']}"

    async def known() -> bool:
        seen = await town.call(offer.data["receiver"], "mediation", referral, method="GET")
        return bool(seen["status"] == status)

    await wait_for(known, f"{referral} is {status}")


async def held(town: Town, agency: str, dispute: str) -> list[str]:
    """What the agency's own system was handed about it, in order: each its event's type."""
    return [h["about"].partition(":")[0] for h in await town.held(agency, dispute)]


async def alarms(running: RunningTown, service: str, kind: str) -> list[dict[str, Any]]:
    """The alarms of that kind that stand at a service."""
    said = await operator(running).get(service, "/ops/alarms")
    return [alarm for alarm in said["alarms"] if alarm["kind"] == kind]


def operator(running: RunningTown) -> Operator:
    return Operator.of_home(running.exchange.at.home)
