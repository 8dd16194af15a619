"""What is not signed as it was sent is answered 401, with what the server made of it.

The answer holds the server's own signature base and the first line in which the two differ, so
that an agency's programmer can mend it without asking anybody (docs/connect.md §7).
"""

import asyncio
import base64
import hashlib
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from exchange.identity.keys import SigningKey
from fengqiao.cli.operator import Operator
from fengqiao.cli.town_home import RunningTown
from sandbox.people import person
from sandbox.story.papers import PDF, SCAN
from sandbox.story.town import wait_for
from sandbox.story.wall_quarrel import WallQuarrel
from tests.security.scene import Scene
from tests.support.door import Signed
from tests.support.town import Stranger

STATION = "PS-330803113000-01"
SIMULATE = "/v1/routes:simulate"
MATTER = {"纠纷类别": "neighbourhood", "地点": "330803112213"}
TOO_OLD_S = 301
OVERLAP_S = 4


def refused(answer: httpx.Response, code: str) -> dict[str, Any]:
    """The problem, once it is sure that it is a 401 of that code."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (401, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["title"]
    assert problem["detail"]
    return problem


def simulated(stranger: Stranger, **how: Any) -> Signed:
    return stranger.signed(STATION, "routing", "POST", SIMULATE, MATTER, **how)


# Not signed, or not now


@pytest.mark.parametrize("header", ["Signature", "Signature-Input", "Content-Digest"])
async def test_a_request_without_a_header_of_its_signature_is_refused(
    stranger: Stranger, header: str
) -> None:
    request = simulated(stranger)
    bare = {name: value for name, value in request.headers.items() if name != header}
    problem = refused(await stranger.sends(replace(request, headers=bare)), "signature_missing")
    assert header in problem["detail"]


@pytest.mark.parametrize("age_s", [TOO_OLD_S, -TOO_OLD_S])
async def test_a_signature_older_or_newer_than_five_minutes_is_refused(
    stranger: Stranger, age_s: int
) -> None:
    problem = refused(await stranger.sends(simulated(stranger, age_s=age_s)), "signature_stale")
    assert '"@method": POST' in problem["signature_base"]


@pytest.mark.parametrize("age_s", [290, -290])
async def test_a_clock_that_is_off_by_less_is_no_reason_to_refuse(
    stranger: Stranger, age_s: int
) -> None:
    answer = await stranger.sends(simulated(stranger, age_s=age_s))
    assert answer.status_code == 200


# Altered on its way


async def test_an_altered_body_is_refused_with_the_line_that_differs(stranger: Stranger) -> None:
    request = simulated(stranger)
    altered = request.body.replace(b"330803112213", b"330803112239")
    problem = refused(await stranger.sends(replace(request, body=altered)), "signature_altered")
    arrived = base64.b64encode(hashlib.sha256(altered).digest()).decode()
    assert problem["first_difference"]["expected"] == f'"content-digest": sha-256=:{arrived}:'
    signed_for = request.headers["Content-Digest"]
    assert problem["first_difference"]["got"] == f'"content-digest": {signed_for}'


@pytest.mark.parametrize(
    ("target", "line", "expected"),
    [
        ("/v1/agencies/PM-1?limit=1", 3, '"@path": /v1/agencies/PM-1'),
        ("/v1/agencies/PM%2D2?limit=1", 3, '"@path": /v1/agencies/PM%2D2'),
        ("/v1/agencies/PM-2?limit=2", 4, '"@query": ?limit=2'),
        ("/v1/agencies/PM-2?limit=1&limit=2", 4, '"@query": ?limit=1&limit=2'),
        ("/v1/agencies/PM-2", 4, '"@query": ?'),
    ],
)
async def test_a_request_sent_elsewhere_than_signed_is_refused_at_that_line(
    stranger: Stranger, target: str, line: int, expected: str
) -> None:
    """The path is that which was sent: no other way of writing it passes for it."""
    request = stranger.signed(STATION, "directory", "GET", "/v1/agencies/PM-2?limit=1")
    there = httpx.URL(stranger.running.town.urls["directory"]).copy_with(raw_path=target.encode())
    answer = await stranger.http.get(there, headers=request.headers)
    difference = refused(answer, "signature_altered")["first_difference"]
    assert (difference["line"], difference["expected"]) == (line, expected)


async def test_a_request_signed_for_another_method_is_refused_at_that_line(
    stranger: Stranger,
) -> None:
    request = stranger.signed(STATION, "police_link", "GET", "/police/v1/referrals")
    posted = replace(request, method="POST")
    problem = refused(await stranger.sends(posted), "signature_altered")
    assert problem["first_difference"] == {
        "line": 1,
        "expected": '"@method": POST',
        "got": '"@method": GET',
    }


async def test_a_request_signed_for_another_service_is_refused_at_its_authority(
    stranger: Stranger,
) -> None:
    request = simulated(stranger)
    there = stranger.running.town.urls["intake"] + "/v1/disputes"
    problem = refused(await stranger.sends(replace(request, url=there)), "signature_altered")
    assert problem["first_difference"]["expected"].startswith('"@authority"')


async def test_a_write_signed_without_its_idempotency_key_is_refused(stranger: Stranger) -> None:
    """The key is one of the things that are signed: nobody else may put another in its place."""
    request = simulated(stranger)
    other = {**request.headers, "Idempotency-Key": "another"}
    problem = refused(await stranger.sends(replace(request, headers=other)), "signature_altered")
    assert problem["first_difference"]["expected"] == '"idempotency-key": another'


async def test_the_same_header_twice_is_refused(stranger: Stranger) -> None:
    request = simulated(stranger)
    twice = [*request.headers.items(), ("Idempotency-Key", "another")]
    answer = await stranger.http.post(request.url, content=request.body, headers=twice)
    refused(answer, "signature_malformed")


@pytest.mark.parametrize(
    "forged",
    [
        {"Signature": "sig=:AAAA:"},
        {"Signature": "not a structured field"},
        {"Signature-Input": "sig=()"},
        {"Signature-Input": 'sig=("@method");created=yesterday;keyid="x"'},
        {"Signature-Input": "sig=" + "(" * 5_000},
        {"Signature-Input": 'sig=("@method" "@nonsense");created=1;keyid="x";alg="ed25519"'},
        {"Content-Digest": "sha-256=:AAAA:"},
        {"Content-Digest": "md5=:AAAA:"},
    ],
    ids=str,
)
async def test_a_signature_that_cannot_be_read_is_refused_and_breaks_nothing(
    stranger: Stranger, forged: dict[str, str]
) -> None:
    request = simulated(stranger)
    answer = await stranger.sends(replace(request, headers={**request.headers, **forged}))
    assert answer.status_code == 401
    assert answer.json()["code"].startswith("signature_")


# Another's key, an unknown one, a new one


async def test_the_key_of_another_agency_speaks_for_that_agency_alone(
    scene: Scene, stranger: Stranger
) -> None:
    """Signed with its own key it is the other station, to whom the dispute is unknown; and under
    another's key id its signature does not hold.
    """
    target = f"/police/v1/referrals/{scene.taken.dispute}"
    own = await stranger.asks(STATION, "police_link", "GET", target)
    assert own.status_code == 404

    key = stranger.key_of(STATION)
    claimed = SigningKey(stranger.key_of(scene.taken.station).key_id, key.private)
    forged = await stranger.asks(claimed, "police_link", "GET", target)
    refused(forged, "signature_altered")


async def test_a_key_that_nobody_listed_is_refused(stranger: Stranger) -> None:
    unknown = SigningKey.generate(STATION)
    answer = await stranger.asks(unknown, "routing", "POST", SIMULATE, MATTER)
    problem = refused(answer, "signature_unknown_key")
    assert unknown.key_id in problem["signature_base"]


async def test_a_rotated_key_overlaps_the_old_one_until_its_end(
    running: RunningTown, stranger: Stranger
) -> None:
    agency = "PS-330803115000-01"
    old, new = stranger.key_of(agency), SigningKey.generate(agency)
    door = f"/v1/agencies/{agency}/keys"
    refused(await _simulates(stranger, new), "signature_unknown_key")

    added = await stranger.asks(old, "directory", "POST", door, _listing(new))
    assert added.status_code == 201, added.json()
    await _becomes(stranger, new, 200)
    assert (await _simulates(stranger, old)).status_code == 200

    ends = datetime.now(UTC) + timedelta(seconds=OVERLAP_S)
    name = old.key_id.partition("/")[2]
    ended = await stranger.asks(
        new, "directory", "POST", f"{door}/{name}:retire", {"失效时间": ends.isoformat()}
    )
    assert ended.status_code == 200, ended.json()
    await _becomes(stranger, old, 401)
    assert datetime.now(UTC) >= ends
    refused(await _simulates(stranger, old), "signature_unknown_key")
    assert (await _simulates(stranger, new)).status_code == 200

    book = await Operator.of_home(running.exchange.at.home).get(
        "directory", f"/v1/agencies/{agency}"
    )
    kept = {key["key_id"]: key["valid_to"] for key in book["keys"]}
    assert kept[new.key_id] is None
    assert datetime.fromisoformat(kept[old.key_id]) == ends


async def _becomes(stranger: Stranger, key: SigningKey, status: int) -> None:
    async def answered_so() -> bool:
        return (await _simulates(stranger, key)).status_code == status

    await wait_for(answered_so, f"{key.key_id} is answered {status}")


async def _simulates(stranger: Stranger, key: SigningKey) -> httpx.Response:
    return await stranger.asks(key, "routing", "POST", SIMULATE, MATTER)


def _listing(key: SigningKey) -> dict[str, str]:
    public = key.private.public_key().public_bytes_raw()
    return {
        "密钥编号": key.key_id,
        "算法": "ed25519",
        "公钥": base64.b64encode(public).decode(),
        "生效时间": (datetime.now(UTC) - timedelta(seconds=1)).isoformat(),
    }


# The same again


def _quarrel(running: RunningTown, number: str) -> WallQuarrel:
    """A quarrel of the other station, which the scene does not tell of."""
    return WallQuarrel(
        running.town,
        number,
        (person(211), person(212)),
        "330803113200",
        running.town.calendar.today,
    )


async def test_the_same_request_again_is_given_its_stored_receipt(
    running: RunningTown, stranger: Stranger
) -> None:
    form = _quarrel(running, "JJ00000211").referral()
    request = stranger.signed(STATION, "police_link", "POST", "/police/v1/referrals", form)
    first, again = await stranger.sends(request), await stranger.sends(request)
    assert (first.status_code, again.status_code) == (201, 201), first.json()
    assert again.content == first.content


async def test_twins_sent_at_once_have_one_effect(running: RunningTown, stranger: Stranger) -> None:
    form = _quarrel(running, "JJ00000212").referral()
    request = stranger.signed(STATION, "police_link", "POST", "/police/v1/referrals", form)
    answers = await asyncio.gather(*(stranger.sends(request) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1


async def test_a_nonce_that_was_used_for_anything_else_is_refused(
    running: RunningTown, stranger: Stranger
) -> None:
    nonce, target = secrets.token_hex(16), "/police/v1/referrals"
    form = _quarrel(running, "JJ00000213").referral()
    first = await stranger.asks(STATION, "police_link", "POST", target, form, nonce=nonce)
    assert first.status_code == 201, first.json()

    other = _quarrel(running, "JJ00000214").referral()
    reused = await stranger.asks(STATION, "police_link", "POST", target, other, nonce=nonce)
    refused(reused, "nonce_used")
    again = await stranger.asks(STATION, "police_link", "POST", target, form, nonce=nonce)
    refused(again, "nonce_used")


async def test_a_logged_read_is_answered_once_and_for_its_own_address_alone(
    scene: Scene, stranger: Stranger
) -> None:
    """A GET that is logged has no idempotency key: its nonce stands for it.

    Sent again it is refused: nobody reads by a grant of before, unjudged and unlogged."""
    nonce, holder = secrets.token_hex(16), scene.taken.township
    target = f"/v1/disputes/{scene.taken.dispute}/dossier?purpose="

    async def reads(purpose: str) -> httpx.Response:
        return await stranger.asks(holder, "intake", "GET", target + purpose, nonce=nonce)

    assert (await reads("conduct_mediation")).status_code == 200
    again = await reads("conduct_mediation")
    assert (again.status_code, again.json()["code"]) == (409, "sign_again")
    refused(await reads("contact_parties"), "nonce_used")


async def test_a_key_used_for_another_dispute_s_file_is_a_conflict(
    scene: Scene, stranger: Stranger
) -> None:
    """The same key and body for another query string is another request."""
    target = f"/v1/files?dispute={scene.taken.dispute}&purpose="
    key, holder = secrets.token_hex(8), scene.taken.township
    asked = {"key": key, "content_type": PDF}
    first = await stranger.asks(holder, "intake", "POST", f"{target}evidence", SCAN, **asked)
    other = await stranger.asks(holder, "intake", "POST", f"{target}other", SCAN, **asked)
    assert first.status_code == 201
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
