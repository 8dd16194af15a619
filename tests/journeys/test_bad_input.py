"""Every bad input is answered with all that is wrong, where, in both languages, and what may be
done instead."""

import pytest

from exchange.chassis.door import BODY_BYTES_MAX
from sandbox.story import papers
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import COURT, PLACE
from tests.journeys.bad_referrals import BAD_REFERRALS, BadReferral
from tests.journeys.evidence import committee_sees
from tests.journeys.quarrels import Quarrels
from tests.journeys.raw_calls import RawCaller, errors_of, told_properly

REFERRALS = "/police/v1/referrals"


@pytest.mark.parametrize("bad", BAD_REFERRALS.values(), ids=BAD_REFERRALS)
async def test_a_bad_referral_is_told_all_that_is_wrong_with_it(
    bad: BadReferral, quarrels: Quarrels, raw: RawCaller
) -> None:
    story = quarrels.at(PLACE)

    answer = await raw.post(story.station, "police_link", REFERRALS, bad.of(story))

    problem = told_properly(answer, 422, bad.code)
    assert errors_of(problem) == bad.errors


async def test_a_number_whose_check_digit_is_wrong_is_told_without_being_repeated(
    quarrels: Quarrels, raw: RawCaller
) -> None:
    story = quarrels.another()
    form = story.referral()
    number = form["当事人"][0]["公民身份号码"]
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    form["当事人"][0]["公民身份号码"] = wrong

    answer = await raw.post(story.station, "police_link", REFERRALS, form)

    problem = told_properly(answer, 422, "not_valid")
    assert errors_of(problem) == {"/当事人/0/公民身份号码": "bad_citizen_id"}
    assert wrong not in answer.body.decode()


async def test_a_body_that_is_no_json_or_over_the_limit_is_refused(
    quarrels: Quarrels, raw: RawCaller
) -> None:
    station = quarrels.another().station

    no_json = await raw.post(station, "police_link", REFERRALS, '{"接警单号": 12,}'.encode())
    too_large = await raw.post(station, "police_link", REFERRALS, b" " * (BODY_BYTES_MAX + 1))

    assert errors_of(told_properly(no_json, 422, "not_valid")) == {"": "not_json"}
    told_properly(too_large, 413, "too_large")


async def test_acts_out_of_order_are_refused_with_the_acts_that_are_possible(
    town: Town, quarrels: Quarrels, raw: RawCaller
) -> None:
    story = quarrels.another()
    await story.refer()
    offer = await story.offered_to(story.village)
    await committee_sees(town, offer, "received")
    referral = f"/mediation/v1/referrals/{offer.data['referral_id']}"
    today = story.starts_on

    started = await raw.post(story.village, "mediation", f"{referral}:start", papers.session(today))
    closed = await raw.post(
        story.station, "police_link", f"{REFERRALS}/{story.dispute}:close", papers.closing(today)
    )
    strange = await raw.post(
        story.township, "mediation", f"{referral}:accept", papers.acceptance(today)
    )

    assert told_properly(started, 409, "not_now")["acts_allowed"] == ["accept", "decline"]
    wrong = told_properly(closed, 409, "may_not_be_closed")
    assert [error["code"] for error in wrong["errors"]] == [
        *("police.close.agreement", "police.close.application")
    ]
    assert all("第" in error["title"] for error in wrong["errors"]), "each names its article"
    told_properly(strange, 404, "not_found")


async def test_a_confirmation_package_is_refused_by_the_name_of_what_is_missing(
    town: Town, quarrels: Quarrels, raw: RawCaller
) -> None:
    story = quarrels.another()
    await story.refer()
    offer = await story.offered_to(story.village)
    await story.accept(offer, day=0)
    await story.agree(offer, day=0)
    package = dict(await story.confirmation_package(offer, day=0))

    bare = {**package, "调解协议书": None, "双方共同申请": False, "申请法院": story.station}
    missing = await raw.post(story.village, "court_link", "/court/v1/confirmations", bare)

    assert errors_of(told_properly(missing, 422, "not_valid")) == {
        "/调解协议书": "confirmation.apply.agreement",
        "/双方共同申请": "confirmation.apply.joint",
        "/申请法院": "unknown_agency",
    }
    asked = await story.apply_for_confirmation(offer, day=0)
    case = f"/court/v1/referrals/{asked.data['referral_id']}:accept"
    paper = {"立案日期": story.starts_on.isoformat(), "案号": "民特12号"}
    numbered = await raw.post(COURT, "court_link", case, paper)
    assert errors_of(told_properly(numbered, 422, "not_valid")) == {"/案号": "bad_court_case"}


async def test_a_file_of_a_wrong_type_is_refused_with_the_types_that_are_taken(
    quarrels: Quarrels, raw: RawCaller
) -> None:
    story = quarrels.another()
    await story.refer()
    await story.offered_to(story.village)

    path = f"/v1/files?dispute={story.dispute}&purpose=evidence"
    answer = await raw.post(
        story.station, "intake", path, b"MZ\x90\x00 not a scan", content_type=papers.PDF
    )

    problem = told_properly(answer, 415, "media_type_refused")
    assert papers.PDF in problem["listed"]
    assert problem["found"] is None


async def test_the_wrong_door_and_a_stranger_s_dispute_are_told_apart_from_nothing(
    quarrels: Quarrels, raw: RawCaller
) -> None:
    story, other = quarrels.another(), quarrels.another("330803115000")
    await story.refer()

    committee = await raw.post(story.village, "police_link", REFERRALS, story.referral())
    stranger = await raw.post(
        other.station,
        "police_link",
        f"{REFERRALS}/{story.dispute}:close",
        papers.closing(story.starts_on),
    )

    told_properly(committee, 403, "wrong_door")
    told_properly(stranger, 404, "not_found")
