"""Evidence proves the act of its entry: a true signature of anything else fails `verify`.

The forger here is the strongest there is: the exchange itself, which writes the ledger, keeps every
agency's signed questions, and can make the chain fit whatever it puts in.
"""

import base64
import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.contracts.events.base import Evidence
from exchange.identity.evidence import evidence_of, evidence_sha256, request_sha256
from exchange.identity.ledger import GENESIS, entry_hash
from exchange.identity.signatures import verify_request
from fengqiao.cli.operator import Operator
from fengqiao.cli.town_home import RunningTown
from fengqiao.client.verifier import verify_bundle
from tests.security.scene import Scene
from tests.support.town import Stranger

AGREED = "agreement.reached"


async def test_a_courts_question_is_no_evidence_of_a_committees_act(
    running: RunningTown, scene: Scene, stranger: Stranger
) -> None:
    bundle = await told(running, scene)
    asked = await question(scene, stranger, "court")
    forged = standing_on(bundle, asked)

    assert wrong_in(bundle) == {}
    assert set(wrong_in(forged)) == {"evidence"}
    assert scene.agencies["court"] in wrong_in(forged)["evidence"]


async def test_nor_is_it_when_it_is_passed_off_as_the_committees(
    running: RunningTown, scene: Scene, stranger: Stranger
) -> None:
    asked = await question(scene, stranger, "court")
    renamed = asked.model_copy(update={"agency": scene.agencies["holder"]})

    assert set(wrong_in(standing_on(await told(running, scene), renamed))) == {"evidence"}


async def test_nor_is_a_question_of_the_committees_own(
    running: RunningTown, scene: Scene, stranger: Stranger
) -> None:
    forged = standing_on(await told(running, scene), await question(scene, stranger, "holder"))

    assert set(wrong_in(forged)) == {"evidence"}
    assert "neither a POST nor an answer" in wrong_in(forged)["evidence"]


@pytest.mark.parametrize("others", ["referral.accepted", "mediation.started"])
async def test_nor_is_what_the_committee_signed_for_another_act(
    running: RunningTown, scene: Scene, others: str
) -> None:
    """The entry tells the body of its own request, and that signature is over another."""
    bundle = await told(running, scene)
    of_another = signature_of(bundle, others, scene.agencies["holder"])
    forged = standing_on(bundle, of_another, tells_its_body=False)

    assert set(wrong_in(forged)) == {"evidence"}


async def told(running: RunningTown, scene: Scene) -> dict[str, Any]:
    """The bundle of the dispute that lies at the court, its checkpoints left out.

    A forger who rewrites the chain leaves them out too: they would show that it was rewritten.
    """
    operator = Operator.of_home(running.exchange.at.home)
    bundle = await operator.get("routing", f"/v1/disputes/{scene.taken.dispute}/ledger")
    return {**bundle, "checkpoints": []}


def signature_of(bundle: dict[str, Any], act: str, agency: str) -> Evidence:
    """The signature that an agency's entry of that type names, wherever it stands."""
    events = [json.loads(base64.b64decode(entry["value_b64"])) for entry in bundle["ledger"]]
    (named,) = (
        event["evidence_sha256"]
        for event, entry in zip(events, bundle["ledger"], strict=True)
        if (entry["type"], event["actor"]) == (act, agency)
    )
    kept = [Evidence.model_validate(e["evidence"]) for e in bundle["ledger"] if e["evidence"]]
    return next(evidence for evidence in kept if evidence_sha256(evidence) == named)


async def question(scene: Scene, stranger: Stranger, actor: str) -> Evidence:
    """What the exchange could keep of a page that the agency asked for, and was given."""
    agency, target = scene.agencies[actor], f"/v1/disputes/{scene.taken.dispute}"
    signed = stranger.signed(agency, "routing", "GET", target)
    assert (await stranger.sends(signed)).status_code == 200
    now, key = datetime.now(UTC), stranger.key_of(agency)
    keys = {key.key_id: key.verify_key(now)}.get
    kept = verify_request(signed.method, signed.url, signed.headers, b"", keys=keys, now=now)
    return evidence_of(kept)


def standing_on(
    bundle: dict[str, Any], evidence: Evidence, *, tells_its_body: bool = True
) -> dict[str, Any]:
    """The bundle as it would be, had the holder's agreement been told on that signature."""
    forged, prev = deepcopy(bundle), GENESIS
    for entry in forged["ledger"]:
        value = base64.b64decode(entry["value_b64"])
        if entry["type"] == AGREED:
            event = json.loads(value) | {"evidence_sha256": evidence_sha256(evidence)}
            if tells_its_body:
                event["request_sha256"] = request_sha256(evidence)
            value = json.dumps(event, ensure_ascii=False).encode()
            entry["evidence"] = evidence.model_dump(mode="json")
        fields = {name: entry[name] for name in ("id", "type", "subject", "sequence", "time")}
        digest = entry_hash(prev, value=value, **fields)
        entry |= {"value_b64": b64(value), "prev_b64": b64(prev), "hash_b64": b64(digest)}
        prev = digest
    return forged


def wrong_in(bundle: dict[str, Any]) -> dict[str, str]:
    """The checks that fail, with what each says."""
    return {check.name: check.detail for check in verify_bundle(bundle).checks if not check.ok}


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
