"""Routing over HTTP on a real database: who sees the standing, the evidence, the reasons."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from exchange.chassis.decider import EventArrived
from exchange.chassis.rows import Writes
from exchange.contracts.events.base import Evidence
from exchange.contracts.events.intake import DisputeRegisteredV1, Matter
from exchange.contracts.events.proposals import Accept, Decline, Facts, ProposalMadeV1
from exchange.contracts.topics import DISPUTES, MEDIATION_PROPOSALS
from exchange.identity.evidence import evidence_of, evidence_sha256, request_sha256
from exchange.identity.signatures import sign_request, verify_request
from exchange.local.stack import LocalStack
from fengqiao.client.verifier import verify_bundle
from services.routing.service import SERVICE
from services.routing.state import DisputeState
from tests.support.running import new_code
from tests.unit.doors.calling import URL, Calling, door_of
from tests.unit.doors.scene import CENTRE, COMMITTEE, COURT, EXCHANGE, STATION, TOWN_COMMITTEE

VILLAGE_PLACE = "330803112213"
CAPACITY = 10


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(
    stack: LocalStack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Calling]:
    async with door_of(SERVICE, stack, tmp_path_factory.mktemp("routing")) as opened:
        store = opened.parts.store
        able = [a.model_copy(update={"capacity": CAPACITY}) for a in await store.book()]
        async with store.transaction() as tx:
            rows = [(a.agency, a.model_dump_json().encode()) for a in able]
            await tx.write(Writes(agencies=rows))
        yield opened


def signed_by(door: Calling, agency: str) -> Evidence:
    now, url, key = datetime.now(UTC), f"{URL}/act", door.keys[agency]
    nonce = secrets.token_hex(8)
    headers = sign_request(
        key, "POST", url, {}, b"{}", created=now, nonce=nonce, idempotency_key=nonce
    )
    keys = {key.key_id: key.verify_key(now)}.get
    return evidence_of(verify_request("POST", url, headers, b"{}", keys=keys, now=now))


async def registered(door: Calling) -> str:
    """A quarrel that the station referred; the village's committee holds the offer."""
    code, now, evidence = new_code(), datetime.now(UTC), signed_by(door, STATION)
    event = DisputeRegisteredV1(
        dispute_code=code,
        legal_at=now,
        actor=STATION,
        evidence_sha256=evidence_sha256(evidence),
        request_sha256=request_sha256(evidence),
        origin=STATION,
        channel="police",
        mode="entrust",
        matter=Matter(kind="neighbourhood", place=VILLAGE_PLACE),
        received_at=now,
        evidence=evidence,
    )
    await door.hear(code, EventArrived(event, secrets.token_hex(8), None, DISPUTES.name))
    return code


async def propose(door: Calling, code: str, agency: str, facts: Facts) -> None:
    row = await door.parts.store.row(code)
    assert row is not None
    assert row.state is not None
    state = DisputeState.model_validate_json(row.state)
    assert state.standing is not None
    now, evidence = datetime.now(UTC), signed_by(door, agency)
    proposal = ProposalMadeV1(
        dispute_code=code,
        legal_at=now,
        actor=agency,
        evidence_sha256=evidence_sha256(evidence),
        request_sha256=request_sha256(evidence),
        proposal_id=secrets.token_hex(8),
        referral_id=state.standing.referrals[-1].referral_id,
        basis=state.sequence,
        number=1,
        received_at=now,
        facts=facts,
        evidence=evidence,
    )
    topic = MEDIATION_PROPOSALS.name
    await door.hear(code, EventArrived(proposal, secrets.token_hex(8), None, topic))


async def seen(door: Calling, agency: str, code: str, of: str = "") -> tuple[int, dict[str, Any]]:
    answer = await door.call(agency, "GET", f"/v1/disputes/{code}{of}")
    return answer.status_code, answer.json()


async def test_whoever_has_no_part_in_a_dispute_learns_not_even_that_it_exists(
    door: Calling,
) -> None:
    code = await registered(door)
    for path in ("", "/ledger", "/explain"):
        stranger = await seen(door, COURT, code, path)
        unknown = await seen(door, COURT, new_code(), path)
        assert (stranger[0], stranger[1]["code"]) == (404, "not_found")
        assert (unknown[0], unknown[1]["code"]) == (404, "not_found")
    assert (await seen(door, STATION, "no-code"))[0] == 404


async def test_an_offer_shows_place_kind_level_and_urgency_only(door: Calling) -> None:
    code = await registered(door)
    status, told = await seen(door, COMMITTEE, code)
    assert status == 200
    assert set(told) == {
        "dispute_code",
        "sequence",
        "place",
        "kind",
        "level",
        "urgency",
        "acts_allowed",
    }
    assert told["acts_allowed"][0]["acts"] == ["receive", "accept", "decline"]
    status, told = await seen(door, COMMITTEE, code, "/ledger")
    assert (status, told["code"]) == (403, "not_accepted_yet")


async def test_who_declined_sees_nothing_more(door: Calling) -> None:
    code = await registered(door)
    await propose(door, code, COMMITTEE, Decline(reason="no_capacity"))
    assert (await seen(door, COMMITTEE, code))[0] == 404
    assert (await seen(door, TOWN_COMMITTEE, code))[1]["level"] == "township"


async def test_origin_holder_and_supervisors_see_where_it_stands(door: Calling) -> None:
    code = await registered(door)
    await propose(door, code, COMMITTEE, Accept(accepted_on=datetime.now(UTC).date()))
    for agency in (STATION, COMMITTEE, CENTRE, EXCHANGE):
        status, told = await seen(door, agency, code)
        assert status == 200
        assert (told["stage"], told["holder"]) == ("accepted", COMMITTEE)
        assert told["clocks"][0]["rule"] == "mediation.conduct"


async def test_the_evidence_holds_for_code_that_shares_nothing_with_its_writer(
    door: Calling,
) -> None:
    code = await registered(door)
    await propose(door, code, COMMITTEE, Accept(accepted_on=datetime.now(UTC).date()))
    status, evidence = await seen(door, STATION, code, "/ledger")
    assert status == 200
    verdict = verify_bundle(evidence)
    assert verdict.ok, verdict.checks
    assert [e["type"] for e in evidence["ledger"]] == [
        "dispute.registered",
        "referral.offered",
        "clock.set",
        "referral.accepted",
        "clock.stopped",
        "clock.set",
    ]
    signers = {e["evidence"]["agency"] for e in evidence["ledger"] if e["evidence"]}
    assert signers == {STATION, COMMITTEE}
    evidence["ledger"][3]["value_b64"] = evidence["ledger"][2]["value_b64"]
    assert not verify_bundle(evidence).ok


async def test_each_step_is_explained(door: Calling) -> None:
    code = await registered(door)
    status, told = await seen(door, EXCHANGE, code, "/explain")
    assert status == 200
    assert [step["sequence"] for step in told["steps"]] == [1, 2, 3]
    assert "本村（社区）人民调解委员会" in told["steps"][1]["why"]


async def test_a_simulation_tells_where_a_matter_would_go_and_changes_nothing(
    door: Calling,
) -> None:
    form = {"纠纷类别": "neighbourhood", "地点": VILLAGE_PLACE, "起始层级": "村级"}
    answer = await door.call(STATION, "POST", "/v1/routes:simulate", form)
    told = answer.json()
    assert answer.status_code == 200
    assert told["chosen"]["agency"] == COMMITTEE
    assert told["reasons"][0]["rule"] == "choice.village_committee"
    assert "约定时限" in told["due_because"]
    english = {"kind": "medical", "place": VILLAGE_PLACE, "level": "county"}
    answer = await door.call(STATION, "POST", "/v1/routes:simulate", english)
    assert answer.json()["chosen"]["agency"] == CENTRE


async def test_a_bad_simulation_is_told_every_error_at_once(door: Calling) -> None:
    form = {"纠纷类别": "邻里!", "地点": "330803", "起始层级": "省级", "多余": 1}
    answer = await door.call(STATION, "POST", "/v1/routes:simulate", form)
    assert answer.status_code == 422
    told = {error["pointer"] for error in answer.json()["errors"]}
    assert told == {"/纠纷类别", "/地点", "/起始层级", "/多余"}
