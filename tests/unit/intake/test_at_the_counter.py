"""Intake over HTTP on a real database: bad input, sealed paths, the log that opens the vault."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.dispute_code import mint
from exchange.local.stack import LocalStack
from sandbox.people import InventedPerson, citizen_id
from tests.unit.intake.counter import Counter, counter
from tests.unit.intake.window import (
    CENTRE,
    COMMITTEE,
    COURT,
    STATION,
    STRANGER,
    TOWNSHIP_COMMITTEE,
    dossier,
    handover,
    paper,
    requested,
    sensitive,
    story,
)

PDF = b"%PDF-1.4\nan empty page\n%%EOF\n"
TYPE = "application/pdf"


def new_code() -> str:
    return mint("330803", 2026, secrets.token_bytes)


def somebody(name: str) -> InventedPerson:
    """A person of one test only: the database is shared by all."""
    return InventedPerson(name, citizen_id(order=secrets.randbelow(900)), _phone())


def _phone() -> str:
    return f"0570{secrets.randbelow(10**7):07d}"


def errors_of(answer: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(
    stack: LocalStack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Counter]:
    async with counter(stack, tmp_path_factory.mktemp("intake")) as opened:
        yield opened


async def held_by_committee(desk: Counter, *people: InventedPerson) -> str:
    """A referral of the police that the village's committee accepted; its code."""
    code = new_code()
    await desk.refer(requested(dossier(*people), code=code))
    await desk.hear(
        code,
        story(handover(COMMITTEE, "offered"), sequence=1, code=code),
        story(handover(COMMITTEE, "accepted"), sequence=2, code=code),
    )
    return code


async def database(desk: Counter, stack: LocalStack) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(
        desk.parts.settings.postgres_dsn, password=stack.service_postgres_password("intake")
    )


# Bad input


async def test_a_form_with_errors_is_answered_with_all_of_them_and_no_value(desk: Counter) -> None:
    form = paper(来源="传真", 备注="多余")
    form["当事人"][0]["公民身份号码"] = "339999198005170011"
    answer = await desk.post(CENTRE, "/v1/disputes", form)
    assert answer.status_code == 422
    assert set(errors_of(answer)) == {"/来源", "/备注", "/当事人/0/公民身份号码"}
    assert "339999198005170011" not in answer.text


async def test_a_sensitive_matter_with_a_story_is_refused_by_name_and_article(
    desk: Counter,
) -> None:
    answer = await desk.post(CENTRE, "/v1/disputes", sensitive(案情="不该写在这里"))
    assert answer.json()["rule"] == "intake.sensitive.offline"
    assert errors_of(answer) == {"/案情": "intake.sensitive.offline"}


async def test_this_door_is_not_the_polices(desk: Counter) -> None:
    answer = await desk.post(STATION, "/v1/disputes", paper())
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_door")


async def test_a_dispute_that_is_nowhere_is_not_found_or_not_yet(desk: Counter) -> None:
    path = f"/v1/disputes/{new_code()}/dossier?purpose=triage"
    assert (await desk.get(COMMITTEE, path)).status_code == 404
    early = await desk.get(COMMITTEE, f"{path}&sequence=1")
    assert (early.status_code, early.headers["Retry-After"]) == (425, "1")


@pytest.mark.parametrize("sequence", [0, 1, 2, 99])
async def test_a_stranger_cannot_tell_by_any_sequence_whether_there_is_such_a_dispute(
    desk: Counter, sequence: int
) -> None:
    told = []
    for code in (await held_by_committee(desk), new_code()):
        path = f"/v1/disputes/{code}/dossier?purpose=triage&sequence={sequence}"
        answer = await desk.get(STRANGER, path)
        body = {k: v for k, v in answer.json().items() if k != "trace_id"}
        told.append((answer.status_code, body))
    assert told[0] == told[1]


async def test_a_code_that_does_not_parse_is_named(desk: Counter) -> None:
    answer = await desk.get(COMMITTEE, "/v1/disputes/330803-2026-X/dossier?purpose=triage")
    assert errors_of(answer) == {"/dispute_code": "bad_dispute_code"}


async def test_an_unknown_purpose_is_refused(desk: Counter) -> None:
    answer = await desk.get(COMMITTEE, f"/v1/disputes/{new_code()}/dossier?purpose=curiosity")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("content", "declared"),
    [(b"MZ not a scan", TYPE), (PDF, "image/png"), (PDF, ""), (b"", TYPE)],
)
async def test_a_file_of_another_type_than_listed_or_declared_is_415(
    desk: Counter, content: bytes, declared: str
) -> None:
    code = await held_by_committee(desk)
    path = f"/v1/files?dispute={code}&purpose=agreement"
    answer = await desk.send(COMMITTEE, "POST", path, content, media=declared)
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_refused")
    assert TYPE in answer.json()["listed"]


async def test_only_the_operator_erases(desk: Counter) -> None:
    code = await held_by_committee(desk)
    answer = await desk.post(CENTRE, f"/v1/disputes/{code}:erase", {"删除依据": "本人请求"})
    assert answer.status_code == 403


# Registration


async def test_a_walk_in_gets_its_code_receipt_and_candidates(desk: Counter) -> None:
    one, two = somebody("试柜一"), somebody("试柜二")
    older = new_code()
    await desk.refer(requested(dossier(one, two), code=older))

    answer = await desk.post(CENTRE, "/v1/disputes", paper(one, somebody("试柜三")))
    assert answer.status_code == 201
    body = answer.json()
    assert [c["dispute_code"] for c in body["candidates"]] == [older]
    assert body["receipt"]["document"]["dispute_code"] == body["dispute_code"]

    told = await desk.get(CENTRE, body["status_url"])
    assert told.json()["stage"] == "registered"
    assert (await desk.get(STRANGER, body["status_url"])).status_code == 404


async def test_only_who_has_the_parties_anyway_is_told_which_other_disputes_they_have(
    desk: Counter,
) -> None:
    one, two = somebody("试柜七"), somebody("试柜八")
    older, code = new_code(), new_code()
    await desk.refer(requested(dossier(one), code=older))
    await desk.refer(requested(dossier(one, two), code=code))
    court = handover(COURT, "accepted", kind="court", purpose="confirmation")
    held = (handover(COMMITTEE, "accepted"), court, handover(TOWNSHIP_COMMITTEE, "offered"))
    await desk.hear(code, story(*held, sequence=1, code=code))

    async def told(agency: str, purpose: str) -> dict[str, Any]:
        path = f"/v1/disputes/{code}/registration?purpose={purpose}"
        body: dict[str, Any] = (await desk.get(agency, path)).json()
        return body

    for agency in (STATION, COMMITTEE):
        body = await told(agency, "follow_progress")
        assert [c["dispute_code"] for c in body["candidates"]] == [older]
    assert (await told(CENTRE, "supervise"))["candidates"]
    always, outline = {"dispute_code", "registered_at", "sensitive"}, {"place", "kind", "level"}
    offered = await told(TOWNSHIP_COMMITTEE, "triage")
    assert set(offered) == always | outline | {"urgency"}
    assert {"candidates", "lead_code", "channel"}.isdisjoint(await told(COURT, "follow_progress"))


async def test_the_same_request_again_gets_the_same_code(desk: Counter) -> None:
    form = paper(somebody("试柜四"), 登记编号=f"D-{secrets.token_hex(6)}")
    first = await desk.post(CENTRE, "/v1/disputes", form, key=(key := secrets.token_hex(8)))
    again = await desk.post(CENTRE, "/v1/disputes", form, key=key)
    other_key = await desk.post(CENTRE, "/v1/disputes", form)
    assert first.json() == again.json() == other_key.json()
    assert (first.status_code, other_key.status_code) == (201, 200)


async def test_a_sensitive_matter_leaves_nothing_in_the_vault(
    desk: Counter, stack: LocalStack
) -> None:
    code = (await desk.post(CENTRE, "/v1/disputes", sensitive())).json()["dispute_code"]
    connection = await database(desk, stack)
    try:
        assert await connection.fetch("SELECT 1 FROM blobs WHERE dispute_code = $1", code) == []
    finally:
        await connection.close()


# The vault and its log


async def test_a_dossier_is_shown_by_purpose_field_by_field(desk: Counter) -> None:
    one, two = somebody("试柜五"), somebody("试柜六")
    code = await held_by_committee(desk, one, two)
    path = f"/v1/disputes/{code}/dossier?sequence=2&purpose="

    asked = await desk.get(COMMITTEE, f"{path}conduct_mediation")
    assert asked.status_code == 200
    assert asked.headers["cache-control"] == "no-store"
    assert asked.json()["parties"] == [
        {"role": "applicant", "name": one.name},
        {"role": "applicant", "name": two.name},
    ]
    assert one.citizen_id not in asked.text
    contacts = (await desk.get(COMMITTEE, f"{path}contact_parties")).json()
    assert [party["phone"] for party in contacts["parties"]] == [one.phone, two.phone]
    assert "narrative" not in contacts

    path = f"/v1/disputes/{code}/dossier?purpose="
    for agency, status in ((STATION, 403), (STRANGER, 404), (TOWNSHIP_COMMITTEE, 404)):
        assert (await desk.get(agency, f"{path}conduct_mediation")).status_code == status


async def test_one_nonce_opens_one_url_once(desk: Counter) -> None:
    code, other = await held_by_committee(desk), new_code()
    await desk.refer(requested(code=other))
    nonce = secrets.token_hex(16)
    path = f"/v1/disputes/{code}/dossier?purpose=conduct_mediation"
    first = await desk.get(COMMITTEE, path, nonce=nonce)
    again = await desk.get(COMMITTEE, path, nonce=nonce)
    assert first.status_code == 200
    assert (again.status_code, again.json()["code"]) == (409, "sign_again")
    for elsewhere in (
        f"/v1/disputes/{other}/dossier?purpose=conduct_mediation",
        f"/v1/disputes/{code}/dossier?purpose=contact_parties",
    ):
        answer = await desk.get(COMMITTEE, elsewhere, nonce=nonce)
        assert (answer.status_code, answer.json()["code"]) == (401, "nonce_used")


async def test_ciphertext_is_visible_only_behind_a_fresh_log_row_of_its_dispute(
    desk: Counter, stack: LocalStack
) -> None:
    code, other = await held_by_committee(desk), await held_by_committee(desk)
    connection = await database(desk, stack)
    count = "SELECT count(*) FROM blobs WHERE dispute_code = $1 AND name <> 'key'"
    try:
        assert await connection.fetchval(count, code) == 1
        await connection.execute(
            "UPDATE index_rows SET at = at - interval '11 seconds' WHERE kind = 'access'"
        )
        assert await connection.fetchval(count, code) == 0

        path = f"/v1/disputes/{code}/dossier?purpose=conduct_mediation"
        assert (await desk.get(COMMITTEE, path)).status_code == 200
        assert await connection.fetchval(count, code) == 1
        assert await connection.fetchval(count, other) == 0
        logged = await connection.fetch(
            "SELECT value FROM index_rows WHERE kind = 'access' AND code = $1 ORDER BY at", code
        )
        assert [row["value"].split("|")[:3] for row in logged] == [
            [STATION, "register"],
            [COMMITTEE, "read", "conduct_mediation"],
        ]
    finally:
        await connection.close()


async def test_a_refused_read_leaves_the_vault_shut(desk: Counter, stack: LocalStack) -> None:
    code = await held_by_committee(desk)
    connection = await database(desk, stack)
    try:
        await connection.execute(
            "UPDATE index_rows SET at = at - interval '11 seconds' WHERE kind = 'access'"
        )
        path = f"/v1/disputes/{code}/dossier?purpose=conduct_mediation"
        assert (await desk.get(STRANGER, path)).status_code == 404
        seen = await connection.fetchval(
            "SELECT count(*) FROM blobs WHERE dispute_code = $1 AND name <> 'key'", code
        )
        assert seen == 0
    finally:
        await connection.close()


async def test_a_file_goes_in_encrypted_and_comes_out_for_its_holder(
    desk: Counter, stack: LocalStack
) -> None:
    code = await held_by_committee(desk)
    path = f"/v1/files?dispute={code}&purpose=agreement"
    kept = await desk.send(COMMITTEE, "POST", path, PDF, media=TYPE)
    assert kept.status_code == 201
    file_id = kept.json()["file_id"]
    connection = await database(desk, stack)
    try:
        content = await connection.fetchval(
            "SELECT content FROM blobs WHERE name = $1", f"file/{file_id}"
        )
        assert b"PDF" not in content
    finally:
        await connection.close()

    read = f"/v1/files/{file_id}?dispute={code}&purpose="
    answer = await desk.get(COMMITTEE, f"{read}conduct_mediation")
    assert (answer.content, answer.headers["content-type"]) == (PDF, TYPE)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await desk.get(STATION, f"{read}follow_progress")).status_code == 403
    assert (await desk.get(COURT, f"{read}review_agreement")).status_code == 404


async def test_after_an_erasure_nothing_opens_and_the_status_is_still_told(
    desk: Counter, stack: LocalStack
) -> None:
    code = await held_by_committee(desk)
    done = await desk.post(EXCHANGE, f"/v1/disputes/{code}:erase", {"删除依据": "本人请求"})
    assert (done.status_code, done.json()["complete"]) == (200, False)

    path = f"/v1/disputes/{code}/dossier?purpose="
    assert (await desk.get(COMMITTEE, f"{path}conduct_mediation")).status_code == 410
    assert (await desk.get(STATION, f"{path}follow_progress")).status_code == 200
    connection = await database(desk, stack)
    try:
        names = await connection.fetch("SELECT name FROM blobs WHERE dispute_code = $1", code)
        assert [row["name"] for row in names] == ["dossier/1"]
    finally:
        await connection.close()


# From the topic


async def test_a_referral_that_does_not_open_waits_for_a_person_and_keeps_no_plaintext(
    desk: Counter,
) -> None:
    code = new_code()
    folded = await desk.refer(requested(code=code, sealed_for=new_code()))
    assert (folded.applied, folded.parked) == (0, 1)
    assert "SealBroken" in folded.writes.parked[0].error
