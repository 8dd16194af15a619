"""The directory over HTTP on a real database: who may change what, and looking up."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from exchange.identity.keys import SigningKey
from exchange.local.stack import LocalStack
from services.directory.service import SERVICE
from tests.unit.directory_service.office import FACTS, key_paper, paper
from tests.unit.doors.calling import Calling, door_of
from tests.unit.doors.scene import COMMITTEE, EXCHANGE, STATION

DAY = timedelta(days=1)
PUSH = {"方式": "推送", "推送地址": "https://committee.example/handoffs"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(
    stack: LocalStack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Calling]:
    """The directory with the two agencies of these tests listed."""
    async with door_of(SERVICE, stack, tmp_path_factory.mktemp("directory")) as opened:
        for code in (STATION, COMMITTEE):
            answer = await opened.call(EXCHANGE, "POST", "/v1/agencies", paper(FACTS[code]))
            assert answer.status_code in {200, 201}
        yield opened


async def test_only_the_operator_says_who_is_listed(desk: Calling) -> None:
    answer = await desk.call(COMMITTEE, "POST", "/v1/agencies", paper())
    assert answer.status_code == 403


async def test_an_agency_changes_its_own_entry_and_no_other(desk: Calling) -> None:
    path = f"/v1/agencies/{COMMITTEE}:delivery"
    assert (await desk.call(STATION, "POST", path, PUSH)).json()["code"] == "not_your_entry"
    assert (await desk.call(COMMITTEE, "POST", path, PUSH)).status_code == 200
    told = await desk.call(STATION, "GET", f"/v1/agencies/{COMMITTEE}")
    assert told.json()["delivery"]["url"] == PUSH["推送地址"]


async def test_an_agency_that_is_not_listed_is_not_found_and_leaves_no_row(desk: Calling) -> None:
    code = "PM-330803112999-01"
    path = f"/v1/agencies/{code}"
    assert (await desk.call(EXCHANGE, "POST", f"{path}:delivery", PUSH)).status_code == 404
    assert (await desk.call(EXCHANGE, "POST", f"{path}:abolish", {})).status_code == 404
    assert (await desk.call(STATION, "GET", path)).status_code == 404
    assert await desk.parts.store.row(code) is None


async def test_a_key_is_added_by_one_in_force_and_retired_by_its_owner(desk: Calling) -> None:
    path = f"/v1/agencies/{COMMITTEE}/keys"
    since = datetime.now(UTC) - DAY
    forms = [
        key_paper(COMMITTEE, SigningKey.generate(COMMITTEE), valid_from=since.isoformat())
        for _ in range(2)
    ]
    assert (await desk.call(STATION, "POST", path, forms[0])).status_code == 403
    assert (await desk.call(COMMITTEE, "POST", path, forms[0])).status_code == 201
    assert (await desk.call(EXCHANGE, "POST", path, forms[1])).status_code == 201
    name = forms[0]["key_id"].rpartition("/")[2]
    assert (await desk.call(COMMITTEE, "POST", f"{path}/{name}:retire", {})).status_code == 200
    told = (await desk.call(STATION, "GET", f"/v1/agencies/{COMMITTEE}")).json()
    ended = {key["key_id"]: "valid_to" in key and key["valid_to"] for key in told["keys"]}
    assert ended[forms[0]["key_id"]]
    assert not ended[forms[1]["key_id"]]


async def test_a_broken_key_is_refused_with_every_error(desk: Calling) -> None:
    form = key_paper(COMMITTEE, algorithm="rsa", public="c2hvcnQ=")
    answer = await desk.call(COMMITTEE, "POST", f"/v1/agencies/{COMMITTEE}/keys", form)
    assert {e["pointer"] for e in answer.json()["errors"]} == {"/算法", "/公钥"}


async def test_agencies_are_found_by_place_kind_and_page(desk: Calling) -> None:
    village = "/v1/agencies?place=330803112000&kind=committee&level=village&limit=1"
    page = (await desk.call(STATION, "GET", village)).json()
    assert [agency["agency"] for agency in page["agencies"]] == [COMMITTEE]
    assert "keys" not in page["agencies"][0]
    assert (await desk.call(STATION, "GET", "/v1/agencies?limit=0")).status_code == 422
    first = (await desk.call(STATION, "GET", "/v1/agencies?limit=1")).json()
    second = (await desk.call(STATION, "GET", f"/v1/agencies?limit=1&after={first['next']}")).json()
    assert first["agencies"][0]["agency"] < second["agencies"][0]["agency"]


async def test_a_division_is_told_with_its_source(desk: Calling) -> None:
    told = (await desk.call(STATION, "GET", "/v1/divisions/330803112000")).json()
    assert (told["name"], told["source"]["as_of"]) == ("廿里镇", "2023-06-30")
    assert (await desk.call(STATION, "GET", "/v1/divisions/330803999999")).status_code == 404
