"""The door: one effect and one answer per key, every error a problem, never a 2xx uncommitted."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from exchange.chassis.door import BODY_BYTES_MAX
from exchange.chassis.process import Parts
from exchange.local.stack import LocalStack
from tests.support.agencies import EVER, Agency
from tests.support.door import Caller, caller_of, problem_of
from tests.support.receipts import signed_receipt
from tests.support.running import new_code, parts_of
from tests.support.toy import TOY
from tests.support.watching import journal_becomes, journal_of, queue_grows_to, told


@pytest.fixture
async def station(parts: Parts) -> AsyncIterator[Caller]:
    """A police station at the toy's door."""
    async with caller_of(parts) as caller:
        yield caller


def act(code: str) -> str:
    return f"/toy/v1/disputes/{code}:act"


# Who asks


async def test_an_unsigned_request_is_told_what_is_missing(station: Caller) -> None:
    answer = await station.http.post("http://127.0.0.1:1" + act(new_code()), json={"kind": "a"})

    problem = problem_of(answer)
    assert (answer.status_code, problem["code"]) == (401, "signature_missing")
    assert problem["trace_id"] == answer.headers["trace-id"]


async def test_a_stale_signature_is_refused(station: Caller) -> None:
    answer = await station.acts(code := new_code(), "a", age_s=301)

    assert (answer.status_code, problem_of(answer)["code"]) == (401, "signature_stale")
    assert await journal_of(station.parts.store, code) == ()


async def test_an_altered_body_is_refused_with_the_base_and_the_first_line_that_differs(
    station: Caller,
) -> None:
    signed = station.signed("POST", act(new_code()), {"kind": "a"})

    answer = await station.sends(replace(signed, body=b'{"kind":"b"}'))

    problem = problem_of(answer)
    assert answer.status_code == 401
    assert problem["signature_base"].startswith('"@method": POST\n')
    difference = problem["first_difference"]
    assert difference["expected"].startswith('"content-digest": ')
    assert difference["expected"] != difference["got"]


async def test_an_altered_path_is_refused_with_the_line_that_differs(station: Caller) -> None:
    signed = station.signed("POST", act(new_code()), {"kind": "a"})

    answer = await station.sends(replace(signed, url=signed.url + "-again"))

    assert '"@path"' in problem_of(answer)["first_difference"]["expected"]


async def test_a_key_that_nobody_listed_is_refused(parts: Parts) -> None:
    async with caller_of(parts, Agency.named("PS")) as stranger:
        answer = await stranger.acts(new_code(), "a")

    assert (answer.status_code, problem_of(answer)["code"]) == (401, "signature_unknown_key")


async def test_a_door_of_another_kind_of_agency_is_closed(station: Caller) -> None:
    answer = await station.gets("/v1/handoffs")

    assert (answer.status_code, problem_of(answer)["code"]) == (403, "wrong_door")


# The same request again


async def test_the_same_key_and_body_get_the_same_receipt_byte_for_byte(station: Caller) -> None:
    code = new_code()
    first = await station.acts(code, "a", key="k-1")

    again = await station.acts(code, "a", key="k-1")
    spaced = await station.sends(
        station.signed("POST", act(code), b'{ "kind" :\n "a" }', key="k-1")
    )

    assert first.status_code == again.status_code == spaced.status_code == 201
    assert first.content == again.content == spaced.content
    assert await journal_of(station.parts.store, code) == ("a",)


async def test_the_very_same_request_sent_twice_is_answered_twice(station: Caller) -> None:
    signed = station.signed("POST", act(new_code()), {"kind": "a"})

    first, again = await station.sends(signed), await station.sends(signed)

    assert first.content == again.content
    assert station.is_signed_by_the_exchange(again, signed)


async def test_the_same_key_with_another_body_is_a_conflict(station: Caller) -> None:
    code = new_code()
    await station.acts(code, "a", key="k-2")

    answer = await station.acts(code, "b", key="k-2")

    assert (answer.status_code, problem_of(answer)["code"]) == (409, "idempotency_conflict")
    assert await journal_of(station.parts.store, code) == ("a",)


async def test_the_same_key_and_body_for_another_act_is_a_conflict(station: Caller) -> None:
    code = new_code()
    await station.acts(code, "a", key="k-3")
    another = station.signed("POST", act(code) + "-again", {"kind": "a"}, key="k-3")

    assert (await station.sends(another)).status_code == 409


async def test_the_same_nonce_with_anything_else_is_a_replay(station: Caller) -> None:
    code = new_code()
    await station.acts(code, "a", key="k-4", nonce="n-4")

    other_body = await station.acts(code, "b", key="k-4", nonce="n-4")
    other_key = await station.acts(code, "a", key="k-5", nonce="n-4")

    for answer in (other_body, other_key):
        assert (answer.status_code, problem_of(answer)["code"]) == (401, "nonce_used")
    assert await journal_of(station.parts.store, code) == ("a",)


async def test_concurrent_twins_have_one_effect_and_one_answer(station: Caller) -> None:
    code = new_code()

    answers = await asyncio.gather(*(station.acts(code, "a", key="k-6") for _ in range(8)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await journal_of(station.parts.store, code) == ("a",)


async def test_two_agencies_may_use_the_same_key(parts: Parts, station: Caller) -> None:
    code = new_code()
    async with caller_of(parts) as other:
        await station.acts(code, "a", key="k-7")
        await other.acts(code, "b", key="k-7")

    assert await journal_of(parts.store, code) == ("a", "b")


async def test_an_idempotency_key_without_end_is_refused(station: Caller) -> None:
    answer = await station.acts(new_code(), "a", key="k" * 129)

    assert (answer.status_code, problem_of(answer)["code"]) == (400, "bad_idempotency_key")


async def test_a_receipt_says_what_is_held_and_is_pinned_to_the_ledger(station: Caller) -> None:
    code = new_code()
    await station.acts(code, "a")
    signed = station.signed("POST", act(code), {"kind": "b"})

    answer = await station.sends(signed)

    exchange = station.parts.workshop.signing.verify_key(EVER)
    receipt = signed_receipt(answer.json()["receipt"], exchange)
    last = (await station.parts.store.ledger(code))[-1]
    assert (receipt.dispute_code, receipt.agency) == (code, station.agency.code)
    assert receipt.pinned is not None
    assert (receipt.pinned.sequence, receipt.pinned.hash_sha256) == (2, last.hash.hex())
    assert station.is_signed_by_the_exchange(answer, signed)


# Bad input


async def test_all_errors_of_a_form_come_at_once_with_their_places(station: Caller) -> None:
    body = {"count": "many", "money": {"amount": 1.5, "purse": 1}, "colour": "red"}

    answer = await station.sends(station.signed("POST", act(new_code()), body))

    problem = problem_of(answer)
    assert answer.status_code == 422
    assert {e["pointer"]: e["code"] for e in problem["errors"]} == {
        "/kind": "missing_field",
        "/count": "not_a_number",
        "/money/amount": "invalid",
        "/money/purse": "unknown_field",
        "/colour": "unknown_field",
    }


@pytest.mark.parametrize("body", [b"{", b"[1]", b"null", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_form_is_not_valid(station: Caller, body: bytes) -> None:
    answer = await station.sends(station.signed("POST", act(new_code()), body))

    assert answer.status_code == 422
    assert problem_of(answer)["errors"]


async def test_a_body_over_the_limit_is_too_large(station: Caller) -> None:
    body = b'{"kind":"' + b"x" * BODY_BYTES_MAX + b'"}'

    answer = await station.sends(station.signed("POST", act(new_code()), body))

    assert (answer.status_code, problem_of(answer)["code"]) == (413, "too_large")


async def test_an_act_that_may_not_be_done_now_tells_what_may(station: Caller) -> None:
    answer = await station.acts(code := new_code(), "refuse")

    assert (answer.status_code, problem_of(answer)["acts_allowed"]) == (409, ["wait"])
    assert await station.parts.store.row(code) is None


async def test_a_value_that_postgres_refuses_is_an_error_without_effect(station: Caller) -> None:
    answer = await station.acts(code := new_code(), "index:a\x00b")

    assert (answer.status_code, problem_of(answer)["code"]) == (422, "not_valid")
    assert await journal_of(station.parts.store, code) == ()


async def test_no_such_address_and_no_such_method_are_problems_too(station: Caller) -> None:
    nowhere = await station.gets("/toy/v1/nowhere")
    wrong = await station.gets(act(new_code()))

    assert (nowhere.status_code, problem_of(nowhere)["code"]) == (404, "not_found")
    assert (wrong.status_code, problem_of(wrong)["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


async def test_a_query_that_does_not_parse_is_not_valid(parts: Parts) -> None:
    committee = Agency.named("PC")
    async with caller_of(parts, committee) as caller:
        answer = await caller.gets("/v1/handoffs?after=-1&wait=31&limit=x")

    assert answer.status_code == 422
    assert len(problem_of(answer)["errors"]) == 3


async def test_a_parked_dispute_takes_no_command_until_it_is_released(
    engines: LocalStack, station: Caller
) -> None:
    code = new_code()
    await told(engines, code, "fail")
    await queue_grows_to(station.parts.store, code, 1)

    answer = await station.acts(code, "a")

    assert (answer.status_code, problem_of(answer)["code"]) == (409, "dispute_parked")
    assert await station.parts.store.row(code)
    assert len(await station.parts.store.ledger(code)) == 0


# What is published


async def test_the_openapi_document_holds_together(station: Caller) -> None:
    document = (await station.http.get("http://127.0.0.1:1/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    for ref in {part.split('"')[0] for part in text.split('"$ref": "')[1:]}:
        assert ref.removeprefix("#/components/schemas/") in schemas, ref
    form = document["paths"]["/toy/v1/disputes/{code}:act"]["post"]["requestBody"]
    schema = form["content"]["application/json"]["schema"]
    Draft202012Validator.check_schema(schema)
    whole = {**schema, "components": document["components"]}
    Draft202012Validator(whole).validate({"kind": "a", "money": {"amount": 1}})
    assert not Draft202012Validator(whole).is_valid({"kind": "a", "money": {"amount": "x"}})


async def test_probes_tell_alive_ready_and_stopping(station: Caller) -> None:
    async def asked(path: str) -> int:
        return (await station.http.get("http://127.0.0.1:1" + path)).status_code

    assert (await asked("/livez"), await asked("/readyz")) == (200, 503)  # work has not begun
    station.readiness.work.set()
    assert await asked("/readyz") == 200
    station.readiness.stopping = True
    assert (await asked("/livez"), await asked("/readyz")) == (200, 503)
    assert await asked("/metrics") == 200


# While an engine is away


async def test_while_kafka_is_away_requests_are_accepted(
    engines: LocalStack, tmp_path: Path
) -> None:
    async with (
        parts_of(TOY, engines, tmp_path, kafka_bootstrap="127.0.0.1:1") as cut_off,
        caller_of(cut_off) as station,
    ):
        answer = await station.acts(code := new_code(), "a")

        assert answer.status_code == 201
        assert await journal_of(cut_off.store, code) == ("a",)


async def test_while_another_holds_the_dispute_the_caller_is_asked_to_come_back(
    engines: LocalStack, station: Caller
) -> None:
    store, code = station.parts.store, new_code()
    await station.acts(code, "a")
    async with store.transaction() as tx:
        await tx.lock([code])

        answer = await station.acts(code, "b", key="k-8")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (await station.acts(code, "b", key="k-8")).status_code == 201
    await journal_becomes(store, code, "a", "b")
