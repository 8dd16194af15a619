"""The three doors over HTTP on a real database: signed calls in, problems and receipts out."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exchange.chassis.decider import EventArrived
from exchange.chassis.rows import Times
from exchange.contracts.dispute_code import mint
from exchange.contracts.events.base import DisputeEvent, Standing
from exchange.contracts.events.routing import AgreementReachedV1, ReferralAcceptedV1
from exchange.doors.forms import BEIJING
from exchange.dossier.sealing import open_sealed
from exchange.identity.receipts import read_receipt
from exchange.identity.signatures import KeyLookup
from exchange.local.stack import LocalStack
from sandbox.people import person
from services.court_link.service import SERVICE as COURT_LINK
from services.mediation.service import SERVICE as MEDIATION
from services.police_link.service import SERVICE as POLICE_LINK
from tests.unit.doors.calling import SEALING, Calling, door_of
from tests.unit.doors.scene import (
    COMMITTEE,
    COURT,
    NOW,
    REFERRAL,
    STATION,
    TOWN_COMMITTEE,
    arrived,
    clock,
    confirmation,
    fact,
    offered,
    referral,
    standing,
)
from tests.unit.police_link.station import paper, party

REFERRALS = "/police/v1/referrals"


def numbered(**changes: Any) -> tuple[str, dict[str, Any]]:
    """A form with a number of its own, as the database is shared by all tests."""
    number = f"J{secrets.token_hex(6)}"
    return number, paper(接警单号=number, **changes)


def story(code: str, *events: tuple[DisputeEvent, int]) -> list[EventArrived]:
    """Canonical events of that dispute, each at its sequence."""
    return [
        arrived(event.model_copy(update={"dispute_code": code}), sequence)
        for event, sequence in events
    ]


def offer(
    code: str, sequence: int, referral_id: str, receiver: str, after: Standing
) -> EventArrived:
    arrival = offered(after, referral_id=referral_id, receiver=receiver, sequence=sequence)
    assert isinstance(arrival.event, DisputeEvent)
    return story(code, (arrival.event, sequence))[0]


# Bad input, each with its status, code and pointers


async def test_a_bad_form_is_answered_with_all_its_errors_and_nothing_is_kept(
    stack: LocalStack, tmp_path: Path
) -> None:
    number, form = numbered(警情类别="火灾", 备注="多余", 简要案情=None)
    form["当事人"] = [party(person(1), "违法嫌疑人", 公民身份号码="339999198005170011")]
    async with door_of(POLICE_LINK, stack, tmp_path) as door:
        refused = await door.call(STATION, "POST", REFERRALS, form)
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/problem+json"
        problem = refused.json()
        assert {e["pointer"] for e in problem["errors"]} == {
            "/警情类别",
            "/备注",
            "/简要案情",
            "/当事人/0/公民身份号码",
        }
        assert "339999198005170011" not in refused.text
        assert (await door.call(STATION, "GET", f"{REFERRALS}/{number}")).status_code == 404


async def test_the_law_answers_with_its_rule_and_articles(
    stack: LocalStack, tmp_path: Path
) -> None:
    _, form = numbered(情节="严重", 双方调解意愿=[])
    async with door_of(POLICE_LINK, stack, tmp_path) as door:
        problem = (await door.call(STATION, "POST", REFERRALS, form)).json()
    assert (problem["status"], problem["code"]) == (422, "may_not_be_mediated")
    assert problem["rule"] == "police.consent.both"
    assert all("条" in error["title"] for error in problem["errors"])
    assert problem["detail"].isascii()


async def test_the_wrong_agency_finds_a_closed_door(stack: LocalStack, tmp_path: Path) -> None:
    number, form = numbered()
    async with door_of(POLICE_LINK, stack, tmp_path) as door:
        assert (await door.call(COMMITTEE, "POST", REFERRALS, form)).status_code == 403
        assert (await door.call(STATION, "POST", REFERRALS, form)).status_code == 201
        other = await door.call("PS-330803113000-01", "GET", f"{REFERRALS}/{number}")
        assert other.status_code == 404


# The police's door


async def test_a_referral_is_taken_once_whatever_key_it_comes_under(
    stack: LocalStack, tmp_path: Path
) -> None:
    number, form = numbered()
    key = secrets.token_hex(8)
    async with door_of(POLICE_LINK, stack, tmp_path) as door:
        first = await door.call(STATION, "POST", REFERRALS, form, key)
        assert first.status_code == 201
        body = first.json()
        receipt = read_receipt(body["receipt"], _exchange_key(door))
        assert (receipt.dispute_code, receipt.agency) == (body["dispute_code"], STATION)
        assert body["due"] == "2026-04-02T00:00:00+08:00"

        assert (await door.call(STATION, "POST", REFERRALS, form, key)).content == first.content
        again = await door.call(STATION, "POST", REFERRALS, form)
        assert (again.status_code, again.json()) == (200, body)

        altered = await door.call(STATION, "POST", REFERRALS, {**form, "处置情况": "另行处置。"})
        assert (altered.status_code, altered.json()["code"]) == (409, "already_referred")
        assert altered.json()["dispute_code"] == body["dispute_code"]

        status = (await door.call(STATION, "GET", f"{REFERRALS}/{number}")).json()
        assert (status["stage"], status["own_number"]) == ("requested", number)
        assert status["dispute_code"] == body["dispute_code"]


async def test_before_eight_on_new_year_s_day_a_code_bears_the_new_year(
    stack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, form = numbered()
    new_year = datetime(2027, 1, 1, 7, 59, tzinfo=BEIJING).astimezone(UTC)

    async def times(_: object) -> Times:
        return Times(machine=new_year, legal=new_year)

    async with door_of(POLICE_LINK, stack, tmp_path) as door:
        monkeypatch.setattr(type(door.parts.store), "times", times)
        answer = await door.call(STATION, "POST", REFERRALS, form)
    assert answer.json()["dispute_code"].startswith("330803-2027-")


async def test_what_leaves_the_police_s_door_opens_at_intake_alone(
    stack: LocalStack, tmp_path: Path
) -> None:
    _, form = numbered()
    async with door_of(POLICE_LINK, stack, tmp_path) as door:
        code = (await door.call(STATION, "POST", REFERRALS, form)).json()["dispute_code"]
        row = await door.parts.store.row(code)
        assert row is not None
        rows = await door.parts.store.outbox(row.partition, limit=1000, bytes_max=10_000_000)
        [event] = [o for o in rows if o.code == code]
        for hidden in (person(1).name, person(1).citizen_id, "推搡"):
            assert hidden.encode() not in event.value + (row.state or b"")
    sealed = event.value.decode().partition('"sealed":"')[2].partition('"')[0]
    dossier = open_sealed(sealed, lambda _kid: SEALING, dispute_code=code)
    assert dossier["parties"][0]["name"] == person(1).name


# The committees' door, the court's door


async def test_a_committee_fetches_its_offer_signs_for_it_and_accepts(
    stack: LocalStack, tmp_path: Path
) -> None:
    code, referral_id = mint("330803", 2026, secrets.token_bytes), secrets.token_hex(8)
    open_offer = referral("offered", referral_id=referral_id)
    acceptance = {"受理日期": "2026-03-02", "无回避情形声明": True}
    path = f"/mediation/v1/referrals/{referral_id}"
    async with door_of(MEDIATION, stack, tmp_path) as door:
        await door.hear(
            code, offer(code, 1, referral_id, COMMITTEE, standing("offered", open_offer))
        )

        mailbox = (await door.call(COMMITTEE, "GET", "/v1/handoffs")).json()["handoffs"]
        [handoff] = [h for h in mailbox if h["dispute_code"] == code]
        assert handoff["about"] == f"referral.offered:{referral_id}"
        assert (await door.call(TOWN_COMMITTEE, "GET", path)).status_code == 404
        assert (
            await door.call(TOWN_COMMITTEE, "POST", f"{path}:accept", acceptance)
        ).status_code == 404
        early = (
            await door.call(
                COMMITTEE, "POST", f"{path}:perform", {"期次": 1, "履行日期": "2026-03-02"}
            )
        ).json()
        assert (early["code"], early["acts_allowed"]) == ("not_now", ["accept", "decline"])

        taken = await door.call(COMMITTEE, "POST", f"{path}:accept", acceptance)
        assert (taken.status_code, taken.json()["state"]) == (202, "pending")
        second = await door.call(COMMITTEE, "POST", f"{path}:accept", acceptance)
        assert (second.status_code, second.json()["code"]) == (409, "proposal_pending")
        assert second.headers["Retry-After"] == "1"

        held = standing("accepted", referral(referral_id=referral_id))
        accepted = fact(
            ReferralAcceptedV1,
            held,
            referral_id=referral_id,
            proposal_id=taken.json()["proposal_id"],
        )
        await door.hear(code, *story(code, (accepted, 2)))
        shown = (await door.call(COMMITTEE, "GET", path)).json()
        assert (shown["stage"], shown["pending"]) == ("accepted", [])
        assert shown["holder"]["agency"] == COMMITTEE
        assert shown["acts_allowed"] == ["start", "fail", "agree"]
        listed = (
            await door.call(COMMITTEE, "GET", "/mediation/v1/referrals?status=accepted")
        ).json()
        assert referral_id in {r["referral_id"] for r in listed["referrals"]}
        silent = await door.call(COMMITTEE, "GET", "/mediation/v1/referrals?status=unknown")
        assert silent.status_code == 422


async def test_a_committee_pages_through_its_referrals_open_ones_and_ended_ones(
    stack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A status is chosen before a page is cut: an open offer stands first, however old it is."""
    monkeypatch.setattr("services.mediation.api.LISTED_MAX", 1)
    ids = [secrets.token_hex(8) for _ in range(3)]
    async with door_of(MEDIATION, stack, tmp_path) as door:
        for referral_id, status in zip(ids, ("received", "failed", "failed"), strict=True):
            code = mint("330803", 2026, secrets.token_bytes)
            after = standing("offered", referral(status, referral_id=referral_id))
            await door.hear(code, offer(code, 1, referral_id, COMMITTEE, after))

        async def page(query: str) -> dict[str, Any]:
            shown = await door.call(COMMITTEE, "GET", f"/mediation/v1/referrals?{query}")
            body: dict[str, Any] = shown.json()
            return body

        received = await page("status=received")
        assert [r["referral_id"] for r in received["referrals"]] == ids[:1]
        first = await page("status=failed")
        second = await page(f"status=failed&after={first['after']}")
        pages = [first, second]
        assert [r["referral_id"] for p in pages for r in p["referrals"]] == [ids[2], ids[1]]
        assert (await page("after=elsewhere"))["code"] == "not_valid"


async def test_an_application_lacks_its_scan_and_then_goes_to_the_court(
    stack: LocalStack, tmp_path: Path
) -> None:
    code, court_referral = mint("330803", 2026, secrets.token_bytes), secrets.token_hex(8)
    window = clock("confirmation.apply", None)
    agreed = standing("agreed", referral(), clocks=(window,))
    file = {"文件编号": "f-1", "密文摘要": "a" * 64}
    package = {
        "案码": code,
        "申请法院": COURT,
        "申请日期": "2026-03-02",
        "双方共同申请": True,
        "申请书": file,
        "主持调解证明": file,
        "身份证明": [file],
        "不予受理情形": [],
    }
    async with door_of(COURT_LINK, stack, tmp_path) as door:
        await door.hear(code, *story(code, (_reached(agreed), 1)))
        lacking = await door.call(COMMITTEE, "POST", "/court/v1/confirmations", package)
        assert lacking.json()["rule"] == "confirmation.apply.agreement"
        complete = {**package, "调解协议书": file}
        applied = await door.call(COMMITTEE, "POST", "/court/v1/confirmations", complete)
        assert applied.status_code == 202

        asked = confirmation("offered").model_copy(update={"referral_id": court_referral})
        after = standing("agreed", referral(), asked)
        await door.hear(code, offer(code, 2, court_referral, COURT, after))
        path = f"/court/v1/referrals/{court_referral}"
        filing = {"立案日期": "2026-03-02", "案号": "（2026）浙0803民特12号"}
        assert (await door.call(COURT, "POST", f"{path}:accept", filing)).status_code == 202
        shown = (await door.call(COURT, "GET", path)).json()
        assert (shown["status"], shown["case_number"]) == ("offered", "（2026）浙0803民特12号")
        assert [p["act"] for p in shown["pending"]] == ["accept"]


def _reached(after: Standing) -> DisputeEvent:
    return fact(
        AgreementReachedV1,
        after,
        referral_id=REFERRAL,
        form="written",
        instalments=1,
        performance_due=None,
        files=(),
    )


def _exchange_key(door: Calling) -> KeyLookup:
    key = door.parts.workshop.signing
    return lambda key_id: key.verify_key(NOW.replace(year=2020)) if key_id == key.key_id else None
