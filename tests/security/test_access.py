"""Every route answers every actor as the matrix says; what is foreign looks like what is not."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fengqiao.cli.declared import SERVICES
from fengqiao.cli.town_home import RunningTown
from sandbox.story.papers import PDF, SCAN
from tests.security.matrix import MATRIX
from tests.security.routes import ACTORS, Route
from tests.security.scene import NEVER_MINTED, Scene
from tests.support.town import JSON_TYPE, Stranger

METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
PATHS_WITH_A_DISPUTE = ("{code}", "{number}", "{referral_id}", "{handoff_id}")


def test_the_matrix_asks_every_actor_on_every_route() -> None:
    assert {str(one): sorted(one.answers) for one in MATRIX} == {
        str(one): sorted(ACTORS) for one in MATRIX
    }


async def test_no_route_is_absent_from_the_matrix(running: RunningTown) -> None:
    published = set()
    async with httpx.AsyncClient(trust_env=False) as http:
        for service in SERVICES:
            page = await http.get(running.town.urls[service] + "/openapi.json")
            published |= {
                (service, f"{method.upper()} {path}")
                for path, operations in page.json()["paths"].items()
                for method in METHODS & operations.keys()
            }
    assert published == {(one.service, one.operation) for one in MATRIX}


@pytest.mark.parametrize("route", MATRIX, ids=str)
async def test_each_actor_is_answered_as_the_matrix_says(
    scene: Scene, stranger: Stranger, route: Route
) -> None:
    expected = {actor: status for actor, status in route.answers.items() if status is not None}
    answers = await asyncio.gather(*(_asked(scene, stranger, route, actor) for actor in expected))
    assert dict(zip(expected, [a.status_code for a in answers], strict=True)) == expected


def test_of_every_page_of_a_dispute_the_matrix_says_what_each_is_told() -> None:
    """What is not cut by who asks is left out: a file, and the story as a whole."""
    pages = [
        one
        for one in MATRIX
        if one.method == "GET"
        and any(part in one.operation for part in ("{code}", "{number}", "{referral_id}"))
        and one.service != "directory"
        and not one.operation.startswith("GET /ops/")
        and not one.operation.endswith(("/ledger", "/explain"))
    ]
    let_in = {str(one): {who for who, said in one.answers.items() if said == 200} for one in pages}
    assert {str(one): set(one.keys) for one in pages} == let_in


@pytest.mark.parametrize("route", [one for one in MATRIX if one.keys], ids=str)
async def test_each_actor_is_told_what_the_matrix_says_and_no_more(
    scene: Scene, stranger: Stranger, route: Route
) -> None:
    answers = await asyncio.gather(*(_asked(scene, stranger, route, who) for who in route.keys))
    told = [frozenset(_fields(answer.json())) for answer in answers]
    assert dict(zip(route.keys, told, strict=True)) == route.keys


@pytest.mark.parametrize("route", MATRIX, ids=str)
async def test_without_a_signature_nobody_is_answered(
    scene: Scene, stranger: Stranger, route: Route
) -> None:
    target, body, content_type = _request(scene, route, "holder")
    answer = await stranger.http.request(
        route.method,
        stranger.running.town.urls[route.service] + target,
        content=body,
        headers={"content-type": content_type},
    )
    assert answer.status_code == 401
    assert answer.json()["code"] == "signature_missing"


HIDDEN = [
    one
    for one in MATRIX
    if 404 in one.answers.values() and any(p in one.operation for p in PATHS_WITH_A_DISPUTE)
]


@pytest.mark.parametrize("route", HIDDEN, ids=str)
async def test_what_is_foreign_is_answered_like_what_is_missing(
    scene: Scene, stranger: Stranger, route: Route
) -> None:
    """The same status and the same body, but for the trace's own id."""
    strangers = [actor for actor, status in route.answers.items() if status == 404]
    asked = [(one, actor) for actor in strangers for one in (route, _of_nothing(route))]
    answers = await asyncio.gather(*(_asked(scene, stranger, one, who) for one, who in asked))
    told = [_told(answer) for answer in answers]
    assert told[::2] == told[1::2]


def _fields(body: dict[str, Any]) -> Iterator[str]:
    """What is told: every key, and of the parties theirs too."""
    yield from body
    yield from (f"parties.{key}" for party in body.get("parties", []) for key in party)


async def _asked(scene: Scene, stranger: Stranger, route: Route, actor: str) -> httpx.Response:
    target, body, content_type = _request(scene, route, actor)
    return await stranger.asks(
        scene.agencies[actor],
        route.service,
        route.method,
        target,
        body,
        content_type=content_type,
    )


def _request(scene: Scene, route: Route, actor: str) -> tuple[str, bytes, str]:
    target = scene.filled(actor, route.target)
    if route.operation == "POST /v1/files":
        return target, SCAN, PDF
    if route.method == "GET":
        return target, b"", JSON_TYPE
    return target, json.dumps(_filled(scene, actor, route.body)).encode(), JSON_TYPE


def _filled(scene: Scene, actor: str, value: Any) -> Any:
    if isinstance(value, str):
        return scene.filled(actor, value)
    if isinstance(value, dict):
        return {key: _filled(scene, actor, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(scene, actor, inner) for inner in value]
    return value


def _of_nothing(route: Route) -> Route:
    """The same about a dispute, referral, file or handoff that never was."""
    target = route.target.replace("{code}", NEVER_MINTED).replace("{sensitive}", NEVER_MINTED)
    for name in ("referral", "asked", "file", "to_holder", "to_origin", "to_court"):
        target = target.replace(f"{{{name}}}", "00000000-0000-0000-0000-000000000000")
    return Route(route.service, route.operation, target, route.answers, route.body)


def _told(answer: httpx.Response) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key != "trace_id"}
