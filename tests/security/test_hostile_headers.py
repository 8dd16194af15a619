"""Headers and addresses that try to say more than they may: to logs, traces, tables, the answer."""

import asyncio
import json

import httpx
import pytest

from fengqiao.cli.town_home import RunningTown
from sandbox.people import person
from sandbox.story.town import wait_for
from sandbox.story.wall_quarrel import WallQuarrel
from tests.support.door import Signed
from tests.support.town import Stranger

STATION = "PS-330803113000-01"
COMMITTEE = "PM-330803113000-01"
SIMULATE = "/v1/routes:simulate"
MATTER = {"纠纷类别": "neighbourhood", "地点": "330803112213"}
FORGED_TRACE = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
FORGED = f"00-{FORGED_TRACE}-f0f1f2f3f4f5f6f7-01"


# In the lines of a request


@pytest.mark.parametrize(
    "line",
    [
        b"Idempotency-Key: a\rX-Evil: 1",
        b"Idempotency-Key: a\n X-Evil: 1",
        b"Idempotency-Key: a\x00b",
        b"X-Ev\x00il: 1",
        b"X-Evil : 1",
        b"Content-Length: 2\r\nContent-Length: 4000",
        b"Transfer-Encoding: chunked\r\nContent-Length: 2",
    ],
)
async def test_a_request_whose_lines_are_ambiguous_gets_no_answer_from_a_route(
    stranger: Stranger, line: bytes
) -> None:
    """Not signed, and never so far that it would be asked: 400, 401, or the connection ends."""
    url = httpx.URL(stranger.running.town.urls["routing"])
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(
            b"POST /v1/routes:simulate HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%b\r\n\r\n{}"
            % line
        )
        async with asyncio.timeout(10):
            head = (await reader.read(65_536)).partition(b"\r\n\r\n")[0]
    finally:
        writer.close()
        await writer.wait_closed()
    assert head == b"" or head.split(b" ", 2)[1] in (b"400", b"401")
    assert b"x-evil" not in head.lower()


@pytest.mark.parametrize("path", [b"/v1/disputes/\xe5\xbc\xa0", b"/v1/disputes/x?name=\xff\xfe"])
async def test_an_address_that_is_not_ascii_is_refused_and_breaks_nothing(
    stranger: Stranger, path: bytes
) -> None:
    url = httpx.URL(stranger.running.town.urls["routing"])
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path)
        async with asyncio.timeout(10):
            status = (await reader.read(65_536)).split(b" ", 2)[1]
    finally:
        writer.close()
        await writer.wait_closed()
    assert status in (b"400", b"401", b"404")


@pytest.mark.parametrize("key", ["k" * 129, "a b"])
async def test_an_idempotency_key_that_is_no_plain_token_is_refused(
    stranger: Stranger, key: str
) -> None:
    """It is told on as the cause of events: what stands in it stays there for ever."""
    answer = await stranger.sends(_delivered(stranger, key))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


@pytest.mark.parametrize("key", [person(1).citizen_id, "13812345678", f"JF-{person(2).citizen_id}"])
async def test_an_idempotency_key_that_names_a_person_is_refused(
    stranger: Stranger, key: str
) -> None:
    """It stands in the signature base, which events carry as evidence."""
    answer = await stranger.sends(_delivered(stranger, key))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "names_a_person")
    assert problem["header"] == "Idempotency-Key"
    assert key not in answer.text


@pytest.mark.parametrize("key", ["", "张三", "a\u0085b", "é"])
async def test_an_idempotency_key_that_cannot_be_signed_for_is_refused(
    stranger: Stranger, key: str
) -> None:
    request = _delivered(stranger, "key")
    headers = {**request.headers, "Idempotency-Key": key}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await stranger.http.post(request.url, content=request.body, headers=raw)
    assert answer.status_code == 401


def _delivered(stranger: Stranger, key: str) -> Signed:
    target = f"/v1/agencies/{COMMITTEE}:delivery"
    return stranger.signed(COMMITTEE, "directory", "POST", target, {"方式": "信箱"}, key=key)


# In an address


@pytest.mark.parametrize(
    ("service", "agency", "target"),
    [
        ("police_link", STATION, "/police/v1/referrals/%00"),
        ("police_link", STATION, "/police/v1/referrals/JJ%00%0d%0a1"),
        ("police_link", STATION, "/police/v1/referrals/" + "9" * 4_000),
        ("police_link", STATION, "/police/v1/referrals/%E5%BC%A0%E4%B8%89"),
        ("mediation", COMMITTEE, "/mediation/v1/referrals/%00"),
        ("mediation", COMMITTEE, "/mediation/v1/disputes/%00"),
        ("routing", COMMITTEE, "/v1/disputes/%00"),
        ("routing", COMMITTEE, "/v1/disputes/%00/ledger"),
        ("intake", COMMITTEE, "/v1/disputes/%00/registration"),
        ("intake", COMMITTEE, "/v1/files/%00?dispute=%00&purpose=conduct_mediation"),
        ("directory", COMMITTEE, "/v1/agencies/%00"),
        ("directory", COMMITTEE, "/v1/divisions/%00"),
        ("directory", COMMITTEE, "/v1/agencies?place=%00"),
        ("directory", COMMITTEE, "/v1/agencies?after=%00&limit=1"),
        ("mediation", COMMITTEE, "/v1/handoffs?after=99999999999999999999"),
        ("mediation", COMMITTEE, "/v1/handoffs?after=-1"),
        ("mediation", COMMITTEE, "/v1/handoffs?wait=1e9"),
        ("intake", COMMITTEE, "/v1/disputes/x/dossier?purpose=curiosity"),
    ],
)
async def test_an_address_that_names_nothing_is_refused_and_breaks_nothing(
    stranger: Stranger, service: str, agency: str, target: str
) -> None:
    answer = await stranger.asks(agency, service, "GET", target)
    assert 200 <= answer.status_code < 500, answer.text
    assert answer.status_code != 200 or "after=%00" in target


@pytest.mark.parametrize(
    ("service", "agency", "target"),
    [
        ("mediation", COMMITTEE, "/mediation/v1/referrals/%00:breach"),
        ("mediation", COMMITTEE, "/v1/handoffs/%00:answer"),
        ("directory", "EX-000000000000-01", "/v1/agencies/%00:abolish"),
        ("routing", "EX-000000000000-01", "/ops/ledger/%00:resend"),
        ("routing", "EX-000000000000-01", "/ops/parked/%00:release"),
    ],
)
async def test_an_act_upon_what_cannot_be_named_is_refused_and_breaks_nothing(
    stranger: Stranger, service: str, agency: str, target: str
) -> None:
    form = {"期次": 1, "已告知可以起诉": True} if "breach" in target else {}
    answer = await stranger.asks(agency, service, "POST", target, form)
    assert 400 <= answer.status_code < 500, answer.text


# In a trace


@pytest.mark.parametrize(
    "forged",
    [
        FORGED,
        FORGED.upper(),
        f"00-{'0' * 32}-f0f1f2f3f4f5f6f7-01",
        f"ff-{FORGED_TRACE}-f0f1f2f3f4f5f6f7-ff",
        "00-" + "f" * 10_000,
        "'; DROP TABLE spans; --",
        f"{FORGED}, {FORGED}",
    ],
)
async def test_a_traceparent_from_outside_is_never_the_trace(
    stranger: Stranger, forged: str
) -> None:
    request = stranger.signed(STATION, "routing", "POST", SIMULATE, MATTER)
    headers = {**request.headers, "traceparent": forged, "tracestate": "a=b", "baggage": "a=张"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await stranger.http.post(request.url, content=request.body, headers=raw)
    assert answer.status_code == 200
    assert answer.headers["trace-id"] != FORGED_TRACE
    assert len(answer.headers["trace-id"]) == 32


async def test_a_story_s_trace_begins_at_our_door_and_links_to_the_caller_s(
    running: RunningTown, stranger: Stranger
) -> None:
    """The caller's context is linked to, so that both sides find one another; nothing hangs on it:
    a caller who says `not sampled`, or names somebody else's trace, hides nothing.
    """
    people = (person(231), person(232))
    number, village = "JJ00000231", "330803113201"
    story = WallQuarrel(running.town, number, people, village, running.town.calendar.today)
    target = "/police/v1/referrals"
    request = stranger.signed(STATION, "police_link", "POST", target, story.referral())
    request.headers["traceparent"] = FORGED
    posted = await stranger.sends(request)
    assert posted.status_code == 201, posted.text
    offer = await running.town.event(posted.json()["dispute_code"], "referral.offered")
    assert offer.trace_id not in (None, FORGED_TRACE)

    async def linked() -> bool:
        spans = await asyncio.to_thread(_spans, running)
        ours = [span for span in spans if span["traceId"] == posted.headers["trace-id"]]
        found[:] = [span for span in ours if FORGED_TRACE in json.dumps(span)]
        return bool(found)

    found: list[dict[str, object]] = []
    await wait_for(linked, "the span of the post")
    (span,) = found
    assert span["parentSpanId"] == ""
    assert span["links"] == [{"traceId": FORGED_TRACE, "spanId": "f0f1f2f3f4f5f6f7"}]


def _spans(running: RunningTown) -> list[dict[str, object]]:
    lines = running.exchange.at.spans_file.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]
