"""People who do not exist go through every door; afterwards none of them is anywhere.

In order: all is told, nothing is found, one dispute is erased, its ciphertext no longer opens, its
evidence still verifies, nothing is found.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest_asyncio

from exchange.contracts.envelope import Envelope
from exchange.contracts.events.intake import Matter, ReferralRequestedV1
from exchange.contracts.topics import POLICE_REQUESTS
from exchange.dossier.sealing import seal
from fengqiao.cli.operator import Operator
from fengqiao.cli.proof import seen_anywhere
from fengqiao.cli.town_home import RunningTown
from sandbox.people import InventedPerson, person
from sandbox.story.papers import PDF
from sandbox.story.town import wait_for
from sandbox.story.wall_quarrel import CENTRE, COURT, WallQuarrel
from tests.support.processes import process
from tests.support.running import new_code, produce
from tests.support.town import Stranger

STATION = "PS-330803112000-01"
PLACE = "330803112240"
PEOPLE = tuple(person(order, birth=date(1969, 7, 3)) for order in range(901, 909))
WORDS = ("绀青鸱吻瓦当第七二一号", "柿蒂纹陶罐碎成九十三片", "青石门槛外三尺六寸老皂荚")
TEXTS = [text for who in PEOPLE for text in (who.name, who.citizen_id, who.phone)] + [*WORDS]


@dataclass(frozen=True, slots=True)
class Told:
    """What was sent in: `story` went all the way, `parked` wait for a person at intake."""

    story: WallQuarrel
    walk_in: str
    parked: tuple[str, ...]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(running: RunningTown, stranger: Stranger) -> Told:
    """Everything that can be said of somebody, through every door, well and badly."""
    story = await _the_whole_story(running)
    posted = await running.town.call(CENTRE, "intake", "/v1/disputes", _walk_in(*PEOPLE[2:4]))
    await _badly(stranger, story.dispute)
    parked = (
        await _parked(running, {"parties": [{"name": {"given": PEOPLE[4].name}}]}),
        await _parked(running, _dossier(PEOPLE[5]), sealed_for=new_code()),
    )
    return Told(story, posted["dispute_code"], parked)


async def test_the_holder_is_shown_what_was_told(told: Told, stranger: Stranger) -> None:
    """Or there would be nothing that could leak."""
    shown = json.dumps(await _read(stranger, told.story), ensure_ascii=False)
    for text in (PEOPLE[0].name, PEOPLE[1].name, *WORDS[:2]):
        assert text in shown


async def test_a_referral_that_cannot_be_opened_waits_with_nobody_in_its_error(
    running: RunningTown, told: Told
) -> None:
    operator = Operator.of_home(running.exchange.at.home)
    for code in told.parked:
        (row,) = (await operator.get("intake", f"/ops/parked/{code}"))["queue"]
        assert row["cause"] == "unprepared"
        assert row["value_bytes"] > 0
        assert not any(text in json.dumps(row, ensure_ascii=False) for text in TEXTS)


async def test_nobody_is_in_any_topic_table_log_span_metric_or_file(
    running: RunningTown, told: Told
) -> None:
    assert await seen_anywhere(running, TEXTS) == []


async def test_an_erased_dispute_opens_for_nobody_and_is_found_by_no_party(
    running: RunningTown, told: Told, stranger: Stranger
) -> None:
    dispute = told.story.dispute
    erased = await Operator.of_home(running.exchange.at.home).post(
        "intake", f"/v1/disputes/{dispute}:erase", {"删除依据": "本人请求"}
    )
    assert erased["complete"] is False

    assert (await _asked(stranger, told.story)).status_code == 410
    blobs = await _as_superuser(running, "SELECT name FROM blobs WHERE dispute_code = $1", dispute)
    assert "key" not in blobs
    assert "dossier/1" in blobs
    parties = await _as_superuser(
        running, "SELECT key FROM index_rows WHERE kind = 'party' AND code = $1", dispute
    )
    assert parties == []

    again = await running.town.call(CENTRE, "intake", "/v1/disputes", _walk_in(*PEOPLE[:2]))
    assert dispute not in {one["dispute_code"] for one in again["candidates"]}


async def test_the_evidence_of_an_erased_dispute_still_verifies(
    running: RunningTown, told: Told, tmp_path: Path
) -> None:
    dispute = told.story.dispute
    bundle = await Operator.of_home(running.exchange.at.home).get(
        "routing", f"/v1/disputes/{dispute}/ledger"
    )
    bundle["receipts"] = [
        receipt
        for receipt in running.town.receipts
        if receipt["document"]["dispute_code"] == dispute
    ]
    assert len(bundle["receipts"]) > 5
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle), encoding="utf-8")
    async with process("-m", "fengqiao", "verify", str(file), env={}) as verifying:
        said, _ = await verifying.communicate()
    assert verifying.returncode == 0, said.decode()
    assert "✗" not in said.decode()


async def test_after_the_erasure_too_nobody_is_anywhere(running: RunningTown, told: Told) -> None:
    assert await seen_anywhere(running, TEXTS) == []


# What is told, and how


async def _the_whole_story(running: RunningTown) -> WallQuarrel:
    """From the police's post to the court's ruling, files of every purpose beside it."""
    town, today = running.town, running.town.calendar.today
    story = WallQuarrel(town, "JJ00000901", (PEOPLE[0], PEOPLE[1]), PLACE, today)
    form = story.referral()
    for party, who in zip(form["当事人"], PEOPLE[:2], strict=True):
        party["住址"] = f"{WORDS[2]}，{who.name}家"
    await story.refer(
        当事人=form["当事人"],
        案发地点={"区划代码": PLACE, "详址": WORDS[2]},
        简要案情=f"{PEOPLE[0].name}（{PEOPLE[0].citizen_id}）称{WORDS[0]}，电话{PEOPLE[1].phone}。",
        处置情况=f"{WORDS[1]}，{PEOPLE[1].name}愿意调解。",
    )
    offer = await story.offered_to(story.village)
    await story.accept(offer, day=0)
    await story.meet(offer, day=1)
    await story.agree(offer, day=2)
    asked = await story.apply_for_confirmation(offer, day=3)
    await story.file_at_court(asked, day=3)
    scan = f"%PDF-1.4\n{PEOPLE[0].name}{PEOPLE[0].citizen_id}{WORDS[0]}\n%%EOF\n".encode()
    for agency in (STATION, story.village, COURT):
        for purpose in ("agreement", "application", "identity", "recording", "evidence", "other"):
            await town.file(agency, story.dispute, purpose, scan, PDF)
    return story


def _walk_in(*people: InventedPerson) -> dict[str, Any]:
    return {
        "来源": "窗口",
        "纠纷类别": "邻里",
        "地点": {"区划代码": PLACE, "详址": WORDS[2]},
        "当事人": [
            {
                "姓名": who.name,
                "身份": role,
                "公民身份号码": who.citizen_id,
                "电话": who.phone,
                "住址": WORDS[2],
            }
            for who, role in zip(people, ("申请人", "对方"), strict=True)
        ],
        "案情": f"{people[0].name}说{WORDS[0]}。",
        "诉求": WORDS[1],
    }


async def _badly(stranger: Stranger, dispute: str) -> None:
    """In forms that are refused, addresses, headers and files where nobody has any business."""
    who, town = PEOPLE[6], stranger.running.town
    wrong = {
        "姓名": who.name,
        who.name: who.phone,
        "当事人": [{"姓名": who.name, "身份": WORDS[0]}],
    }
    refused = [
        await stranger.asks(STATION, "police_link", "POST", "/police/v1/referrals", wrong),
        await stranger.asks(CENTRE, "intake", "POST", "/v1/disputes", wrong),
        await stranger.asks(
            STATION,
            "intake",
            "POST",
            f"/v1/files?dispute={dispute}&purpose={who.phone}&name={who.citizen_id}",
            f"{who.name}{WORDS[0]}".encode(),
            content_type=f"text/{who.phone}",
        ),
        await stranger.asks(
            STATION,
            "intake",
            "POST",
            f"/v1/files?dispute={dispute}&purpose=other",
            f"<html>{who.name}{WORDS[0]}".encode(),
            content_type=PDF,
        ),
    ]
    for path in (f"/police/v1/referrals/{who.phone}", f"/{who.citizen_id}", "/v1/disputes/x"):
        for service in ("police_link", "intake", "routing", "mediation", "directory"):
            target = f"{path}?who={who.phone}"
            refused.append(await stranger.asks(STATION, service, "GET", target))
    unsigned = {"user-agent": who.citizen_id, "baggage": f"who={who.phone}", "x-who": who.phone}
    refused.append(
        await stranger.http.post(
            town.urls["police_link"] + "/police/v1/referrals",
            content=json.dumps(wrong, ensure_ascii=False).encode(),
            headers=unsigned,
        )
    )
    assert {answer.status_code for answer in refused} <= {401, 403, 404, 415, 422}


def _dossier(who: InventedPerson) -> dict[str, Any]:
    party = {"name": who.name, "id_number": who.citizen_id, "phone": who.phone}
    return {"parties": [party], "narrative": WORDS[0], "handling": WORDS[1]}


async def _parked(
    running: RunningTown, dossier: Mapping[str, Any], sealed_for: str | None = None
) -> str:
    """A referral on the topic whose dossier intake cannot take in; its dispute waits."""
    code, now = new_code(), datetime.now(UTC)
    sealing = running.exchange.at.sealing_key().public_key(now, now + timedelta(days=1))
    request = ReferralRequestedV1(
        dispute_code=code,
        legal_at=now,
        actor=STATION,
        origin=STATION,
        channel="police",
        mode="entrust",
        matter=Matter(kind="neighbourhood", place=PLACE),
        received_at=now,
        sealed=seal(dict(dossier), sealing, dispute_code=sealed_for or code),
    )
    envelope = Envelope(
        id=f"canary-{code}",
        type=request.type,
        version=request.version,
        source="police_link",
        subject=code,
        time=now,
        value=request.model_dump_json(exclude_none=True).encode(),
    )
    await produce(running.exchange.stack, POLICE_REQUESTS, [envelope])

    async def waits() -> bool:
        parked = await Operator.of_home(running.exchange.at.home).get("intake", "/ops/parked")
        return code in {row["dispute_code"] for row in parked["parked"]}

    await wait_for(waits, f"{code} parked at intake")
    return code


async def _read(stranger: Stranger, story: WallQuarrel) -> dict[str, Any]:
    answer = await _asked(stranger, story)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def _asked(stranger: Stranger, story: WallQuarrel) -> httpx.Response:
    target = f"/v1/disputes/{story.dispute}/dossier?purpose=conduct_mediation"
    return await stranger.asks(story.village, "intake", "GET", target)


async def _as_superuser(running: RunningTown, query: str, *arguments: object) -> list[str]:
    dsn = running.exchange.stack.postgres_admin_dsn.rpartition("/")[0] + "/intake"
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(query, *arguments)]
    finally:
        await connection.close()
