"""The same thing sent twice has one effect and one answer; another under its name is refused."""

from fengqiao.cli.town_home import RunningTown
from sandbox.story.papers import acceptance
from sandbox.story.town import Town
from tests.journeys.evidence import the_ledger_holds, told
from tests.journeys.quarrels import Quarrels
from tests.journeys.raw_calls import RawCaller

REFERRALS = "/police/v1/referrals"


async def test_a_referral_sent_twice_is_one_dispute_with_one_receipt(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    form = story.referral()

    same_key = await town.play(
        story.station, "police_link", REFERRALS, form, idempotency_key=story.number, times=2
    )
    (new_key,) = await town.play(
        story.station, "police_link", REFERRALS, form, idempotency_key=f"{story.number}-again"
    )

    assert [answer["status"] for answer in (*same_key, new_key)] == [201, 201, 200]
    assert same_key[0]["body"] == same_key[1]["body"] == new_key["body"]
    story.dispute = new_key["body"]["dispute_code"]
    await story.offered_to(story.village)
    assert told(town, story.dispute).count("referral.offered") == 1
    await the_ledger_holds(running, story.dispute)


async def test_another_content_under_the_same_number_is_refused_and_pointed_to_correction(
    town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    await story.refer()

    other = story.referral(处置情况="民警到场劝开。")
    (new_key,) = await town.play(story.station, "police_link", REFERRALS, other)
    (same_key,) = await town.play(
        story.station, "police_link", REFERRALS, other, idempotency_key=story.number
    )

    assert (new_key["status"], new_key["body"]["code"]) == (409, "already_referred")
    assert new_key["body"]["dispute_code"] == story.dispute
    assert new_key["body"]["correct_by"] == f"POST /v1/files?dispute={story.dispute}"
    assert "更正" in new_key["body"]["title"]
    assert (same_key["status"], same_key["body"]["code"]) == (409, "idempotency_conflict")


async def test_a_nonce_serves_one_request_and_no_other(quarrels: Quarrels, raw: RawCaller) -> None:
    story = quarrels.another()
    nonce, form = f"nonce-{story.number}", story.referral()
    other = story.referral(处置情况="民警到场劝开。")

    first = await raw.post(
        story.station, "police_link", REFERRALS, form, key=story.number, nonce=nonce
    )
    replayed = await raw.post(
        story.station, "police_link", REFERRALS, form, key=story.number, nonce=nonce
    )
    misused = await raw.post(
        story.station, "police_link", REFERRALS, other, key=f"{story.number}-b", nonce=nonce
    )

    assert (first.status, replayed.status) == (201, 201)
    assert replayed.body == first.body
    assert (misused.status, misused.problem["code"]) == (401, "nonce_used")


async def test_an_act_sent_twice_is_proposed_once(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    story = quarrels.another()
    await story.refer()
    offer = await story.offered_to(story.village)
    path = f"/mediation/v1/referrals/{offer.data['referral_id']}:accept"
    paper, key = acceptance(story.starts_on), f"accept-{story.number}"

    first = await town.call(story.village, "mediation", path, paper, idempotency_key=key)
    await town.event(story.dispute, "referral.accepted")
    again = await town.call(story.village, "mediation", path, paper, idempotency_key=key)

    assert again == first
    await story.meet(offer, day=0)
    assert told(town, story.dispute).count("referral.accepted") == 1
    await the_ledger_holds(running, story.dispute)
