"""Bodies that are too long, too deep, compressed, or hold what no form asks for."""

import asyncio
import gzip
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from exchange.identity.signatures import sign_request
from fengqiao.cli.operator import Operator
from fengqiao.cli.town_home import RunningTown
from sandbox.people import person
from sandbox.story.papers import PDF
from sandbox.story.town import wait_for
from sandbox.story.wall_quarrel import WallQuarrel
from tests.support.door import Signed
from tests.support.town import JSON_TYPE, Stranger

STATION = "PS-330803113000-01"
VILLAGE = "330803113200"
REFERRALS = "/police/v1/referrals"
MEGABYTE = b"0" * 1_048_576
HUGE_MEGABYTES = 100
NUL, BIDI = "\x00", "\u202e\u2066"


def form(running: RunningTown, number: str, **changes: Any) -> dict[str, Any]:
    people = (person(221), person(222))
    story = WallQuarrel(running.town, number, people, VILLAGE, running.town.calendar.today)
    return {**story.referral(), **changes}


async def refer(stranger: Stranger, body: dict[str, Any] | bytes) -> httpx.Response:
    return await stranger.asks(STATION, "police_link", "POST", REFERRALS, body)


# Too much


async def test_a_hundred_megabytes_without_a_length_are_refused_on_the_way(
    stranger: Stranger,
) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(HUGE_MEGABYTES):
            sent += 1
            yield MEGABYTE

    url = stranger.running.town.urls["police_link"] + REFERRALS
    headers = sign_request(
        stranger.key_of(STATION),
        "POST",
        url,
        {"Content-Type": JSON_TYPE},
        MEGABYTE,
        created=datetime.now(UTC),
        nonce=secrets.token_hex(16),
        idempotency_key=secrets.token_hex(8),
    )
    status, problem = 0, {}
    try:
        answer = await stranger.http.post(url, content=chunks(), headers=headers)
        status, problem = answer.status_code, answer.json()
    except (httpx.WriteError, httpx.ReadError):
        assert sent < HUGE_MEGABYTES, "the server reads on although it has refused"
        return
    assert (status, problem["code"]) == (413, "too_large")


async def test_a_body_one_byte_over_the_limit_is_refused_and_at_the_limit_read(
    stranger: Stranger,
) -> None:
    over = await refer(stranger, MEGABYTE + b"0")
    assert (over.status_code, over.json()["code"]) == (413, "too_large")
    within = await refer(stranger, MEGABYTE)
    assert within.status_code == 422


async def test_a_body_cut_off_half_way_leaves_nothing_and_its_key_is_free(
    stranger: Stranger,
) -> None:
    request = stranger.signed(
        STATION, "police_link", "POST", REFERRALS, form(stranger.running, "J3308032026900771")
    )
    await cut_off(request)

    answer = await stranger.sends(request)

    assert answer.status_code == 201, answer.text


async def cut_off(request: Signed) -> None:
    """Promise the whole body, send half of it, and hang up."""
    url = httpx.URL(request.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    promised = {"host": f"{url.host}:{url.port}", "content-length": str(len(request.body))}
    head = f"{request.method} {url.raw_path.decode()} HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in {**promised, **request.headers}.items()
    )
    writer.write(head.encode() + b"\r\n" + request.body[: len(request.body) // 2])
    await writer.drain()
    writer.write_eof()
    assert b" 201 " not in await reader.read()
    writer.close()


async def test_a_compressed_body_is_never_inflated(stranger: Stranger) -> None:
    """A bomb stays what it is: some bytes that are no JSON."""
    bomb = gzip.compress(MEGABYTE * 200)
    request = stranger.signed(STATION, "police_link", "POST", REFERRALS, bomb)
    request.headers["Content-Encoding"] = "gzip"
    answer = await stranger.sends(request)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_json")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"\xe6\x8e\xa5": "\xff\xfe"}',
        b'{"a": "\\ud800"}',
        b"\x00",
        b"",
        b"null",
        b"[]",
        b"1e400",
        b'{"a": NaN}',
        b'\xef\xbb\xbf{"a": 1}',
    ],
    ids=[
        "deep lists",
        "deep objects",
        "no UTF-8",
        "half a surrogate",
        "NUL",
        "nothing",
        "null",
        "a list",
        "no number",
        "NaN",
        "a byte order mark",
    ],
)
async def test_what_is_no_form_is_refused_and_breaks_nothing(
    stranger: Stranger, body: bytes
) -> None:
    answer = await refer(stranger, body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "not_valid"


@pytest.mark.parametrize("number", ["1" + "0" * 400, str(2**63), "-1", "1e400", "1.5", '"many"'])
async def test_a_number_out_of_all_bounds_is_refused_at_its_field(
    running: RunningTown, stranger: Stranger, number: str
) -> None:
    raw = json.dumps(form(running, "JJ00000221", 此前报警次数=1), ensure_ascii=False)
    answer = await refer(
        stranger, raw.replace('"此前报警次数": 1', f'"此前报警次数": {number}').encode()
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/此前报警次数"]
    assert number not in answer.text or len(number) < 3


async def test_the_same_key_twice_in_a_form_is_read_once_and_kept_as_signed(
    running: RunningTown, stranger: Stranger
) -> None:
    """Two readers never see two forms: what counts is what the last key says, everywhere."""
    raw = json.dumps(form(running, "JJ00000222"), ensure_ascii=False)
    twice = raw[:-1] + ', "接警单号": "JJ00000223"}'
    posted = await refer(stranger, twice.encode())
    assert posted.status_code == 201, posted.text
    for number, status in (("JJ00000222", 404), ("JJ00000223", 200)):
        seen = await stranger.asks(STATION, "police_link", "GET", f"{REFERRALS}/{number}")
        assert seen.status_code == status


# Files


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        (PDF, b"<html><script>alert(1)</script></html>"),
        ("text/html", b"<html></html>"),
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("application/zip", b"PK\x03\x04"),
        ("application/x-msdownload", b"MZ"),
        ("", b"%PDF-1.4"),
    ],
)
async def test_a_file_that_is_not_of_a_listed_type_is_refused(
    running: RunningTown, stranger: Stranger, content_type: str, content: bytes
) -> None:
    posted = await refer(stranger, form(running, "JJ00000224"))
    target = f"/v1/files?dispute={posted.json()['dispute_code']}&purpose=evidence"

    async def is_there() -> bool:
        answer = await stranger.asks(
            STATION, "intake", "POST", target, content, content_type=content_type
        )
        refusal.update(answer.json())
        return answer.status_code != 404

    refusal: dict[str, Any] = {}
    await wait_for(is_there, "the dispute at intake")
    assert (refusal["status"], refusal["code"]) == (415, "media_type_refused")


# What hides in a text


async def test_nul_and_reversed_text_in_a_name_stay_in_the_sealed_dossier(
    running: RunningTown, stranger: Stranger
) -> None:
    """They are taken as they are, since a name is what its bearer writes; and shown to the holder
    alone, as JSON.
    """
    number = "JJ00000225"
    paper = form(running, number)
    strange = f"试{NUL}甲{BIDI}某"
    paper["当事人"][0]["姓名"] = strange
    paper["简要案情"] = f"因{NUL}{BIDI}墙争吵。"
    posted = await refer(stranger, paper)
    assert posted.status_code == 201, posted.text
    code = posted.json()["dispute_code"]
    offer = await running.town.event(code, "referral.offered")
    holder = offer.data["receiver"]
    path = f"/v1/disputes/{code}/dossier?purpose=conflict_check&sequence={offer.sequence}"

    async def shown() -> bool:
        answer = await stranger.asks(holder, "intake", "GET", path)
        dossier.update(answer.json())
        return answer.status_code == 200

    dossier: dict[str, Any] = {}
    await wait_for(shown, "the dossier at intake")
    assert dossier["parties"][0]["name"] == strange
    parked = await Operator.of_home(running.exchange.at.home).get("intake", "/ops/parked")
    assert code not in {row["dispute_code"] for row in parked["parked"]}


@pytest.mark.parametrize("hidden", [NUL, BIDI, "\r\nX-Evil: 1", "%00", "'; DROP TABLE", "../.."])
@pytest.mark.parametrize("field", ["接警单号", "派出所代码", "收件机构", "纠纷类别"])
async def test_a_number_or_code_with_anything_hidden_in_it_is_refused(
    running: RunningTown, stranger: Stranger, field: str, hidden: str
) -> None:
    answer = await refer(stranger, form(running, "JJ00000226", **{field: f"330803{hidden}1"}))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]
