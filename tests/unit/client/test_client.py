"""The agency's client over real HTTP: one effect however often it tries, no belief unsigned."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from exchange.identity.keys import SigningKey
from exchange.identity.signatures import SignedRequest, sign_response, verify_request
from fengqiao.client.async_client import AsyncClient
from fengqiao.client.calls import TRIES_MAX, Answer
from fengqiao.client.client import Client
from fengqiao.client.errors import (
    AnswerTooLarge,
    AnswerUntrusted,
    CallRefused,
    ExchangeUnavailable,
)

STATION = SigningKey.generate("PS-330803-01")
EXCHANGE = SigningKey.generate("EX-330803-00")
STRANGER = SigningKey.generate("EX-330803-00")
VALID_FROM = datetime.now(UTC) - timedelta(days=1)

POLL_S = 0.01

Body = dict[str, Any]
Behaviour = Callable[["FakeExchange", SignedRequest], tuple[int, dict[str, str], bytes]]


@dataclass
class FakeExchange:
    """The far side: verifies for real, then behaves as its script says, request by request."""

    script: list[Behaviour]
    seen: list[SignedRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""

    def handle(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        key = STATION.verify_key(VALID_FROM)
        request = verify_request(
            method, self.url + path, headers, body, keys=lambda _: key, now=datetime.now(UTC)
        )
        self.seen.append(request)
        self.bodies.append(body)
        return self.script[len(self.seen) - 1](self, request)


def answers(status: int = 200, key: SigningKey = EXCHANGE, **content: Any) -> Behaviour:
    def behave(_: FakeExchange, request: SignedRequest) -> tuple[int, dict[str, str], bytes]:
        body = json.dumps(content).encode()
        bound_to = None if status == 401 else request
        return status, sign_response(key, status, {}, body, bound_to, created=_now()), body

    return behave


def answers_unsigned(
    status: int, body: bytes = b"<html>", retry_after: str | None = None
) -> Behaviour:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda *_: (status, headers, body)


def repeats_an_older_answer(
    exchange: FakeExchange, _: SignedRequest
) -> tuple[int, dict[str, str], bytes]:
    return answers(200, note="old")(exchange, exchange.seen[0])


def hangs_up(*_: object) -> tuple[int, dict[str, str], bytes]:
    raise ConnectionAbortedError


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeExchange]]:
    """Starts a FakeExchange with a script on a free port."""
    servers: list[ThreadingHTTPServer] = []

    def start(*script: Behaviour) -> FakeExchange:
        exchange = FakeExchange(list(script))

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                try:
                    status, headers, answer = exchange.handle(
                        self.command, self.path, self.headers.items(), body
                    )
                except ConnectionAbortedError:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET  # noqa: N815 the name is http.server's

            def log_message(self, *_: object) -> None:
                """Say nothing in a test run."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, args=(POLL_S,), daemon=True).start()
        exchange.url = f"http://127.0.0.1:{server.server_port}"
        return exchange

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@dataclass
class Caller:
    """One API over the blocking and the asyncio client; remembers how long it was told to wait."""

    asynchronous: bool
    pauses_s: list[float] = field(default_factory=list)

    def make(self, exchange: FakeExchange, method: str, *arguments: Any, **keywords: Any) -> Answer:
        keys = [EXCHANGE.verify_key(VALID_FROM)]
        if self.asynchronous:
            return asyncio.run(self._make(exchange, keys, method, *arguments, **keywords))
        with Client(exchange.url, STATION, keys, sleep=self.pauses_s.append) as client:
            answer: Answer = getattr(client, method)(*arguments, **keywords)
            return answer

    async def _make(
        self, exchange: FakeExchange, keys: list[Any], method: str, *arguments: Any, **keywords: Any
    ) -> Answer:
        async def sleep(seconds: float) -> None:
            self.pauses_s.append(seconds)

        async with AsyncClient(exchange.url, STATION, keys, sleep=sleep) as client:
            answer: Answer = await getattr(client, method)(*arguments, **keywords)
            return answer


@pytest.fixture(params=[False, True], ids=["blocking", "asyncio"])
def caller(request: pytest.FixtureRequest) -> Caller:
    return Caller(asynchronous=request.param)


Serve = Callable[..., FakeExchange]
FORM: Body = {"警情类别": "殴打"}


def test_a_call_without_answer_is_made_again_under_the_same_key_and_another_nonce(
    caller: Caller, serve: Serve
) -> None:
    exchange = serve(
        hangs_up,
        answers_unsigned(502),
        answers(503, code="busy"),
        answers(201, dispute_code="330803"),
    )

    answer = caller.make(exchange, "post", "/v1/disputes", FORM, idempotency_key="JJD-1")

    assert answer.status == 201
    assert answer.json() == {"dispute_code": "330803"}
    assert {request.idempotency_key for request in exchange.seen} == {"JJD-1"}
    assert len({request.nonce for request in exchange.seen}) == 4
    assert len(set(exchange.bodies)) == 1
    assert caller.pauses_s == [0.5, 1.0, 2.0]


def test_it_gives_up_after_a_bounded_number_of_attempts_and_names_the_key_to_ask_with(
    caller: Caller, serve: Serve
) -> None:
    exchange = serve(*[hangs_up] * TRIES_MAX)

    with pytest.raises(ExchangeUnavailable) as caught:
        caller.make(exchange, "post", "/v1/disputes", FORM, idempotency_key="JJD-1")

    assert caught.value.tries == TRIES_MAX == len(exchange.seen)
    assert caught.value.idempotency_key == "JJD-1"


def test_retry_after_is_kept_to_but_not_beyond_the_limit(caller: Caller, serve: Serve) -> None:
    exchange = serve(
        answers_unsigned(425, retry_after="3"),
        answers_unsigned(429, retry_after="86400"),
        answers_unsigned(503, retry_after="Mon, 02 Mar 2026 09:30:00 GMT"),
        answers(),
    )

    caller.make(exchange, "get", "/v1/disputes/x")

    assert caller.pauses_s == [3.0, 30.0, 2.0]


def test_a_conflict_is_tried_again_when_the_exchange_says_when(
    caller: Caller, serve: Serve
) -> None:
    exchange = serve(answers_unsigned(409, retry_after="1"), answers(202))

    assert caller.make(exchange, "post", "/v1/disputes", FORM).status == 202
    assert caller.pauses_s == [1.0]


def test_a_conflict_that_stays_is_told_with_its_reason(caller: Caller, serve: Serve) -> None:
    exchange = serve(*[answers_unsigned(409, b'{"code": "x"}', retry_after="1")] * TRIES_MAX)

    with pytest.raises(CallRefused) as caught:
        caller.make(exchange, "post", "/v1/disputes", FORM)

    assert caught.value.problem == {"code": "x"}
    assert len(exchange.seen) == TRIES_MAX


@pytest.mark.parametrize(
    "behaviour",
    [
        answers_unsigned(200, b"{}"),
        answers(200, key=STRANGER),
        answers(200, key=STATION),
    ],
)
def test_a_success_that_the_exchange_did_not_sign_is_not_believed(
    caller: Caller, serve: Serve, behaviour: Behaviour
) -> None:
    with pytest.raises(AnswerUntrusted):
        caller.make(serve(behaviour), "get", "/v1/disputes/x")


def test_the_answer_to_another_request_is_not_believed(caller: Caller, serve: Serve) -> None:
    exchange = serve(hangs_up, repeats_an_older_answer)

    with pytest.raises(AnswerUntrusted):
        caller.make(exchange, "get", "/v1/disputes/x")


@pytest.mark.parametrize("status", [400, 401, 409, 422])
def test_a_refusal_is_told_with_its_problem_and_never_made_again(
    caller: Caller, serve: Serve, status: int
) -> None:
    exchange = serve(answers(status, code="proposal_pending"))

    with pytest.raises(CallRefused) as caught:
        caller.make(exchange, "post", "/v1/disputes", FORM)

    assert caught.value.status == status
    assert caught.value.problem == {"code": "proposal_pending"}
    assert caught.value.signed_by == EXCHANGE.key_id
    assert len(exchange.seen) == 1


def test_a_refusal_by_a_proxy_is_told_as_unsigned(caller: Caller, serve: Serve) -> None:
    for body in (b"<html>", b"[1]"):
        with pytest.raises(CallRefused) as caught:
            caller.make(serve(answers_unsigned(413, body)), "post", "/v1/files", b"%PDF-")

        assert caught.value.signed_by is None
        assert caught.value.problem == {}


def test_an_answer_without_end_is_cut_off(
    caller: Caller, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("client", "async_client"):
        monkeypatch.setattr(f"fengqiao.client.{module}.ANSWER_BYTES_MAX", 8)

    with pytest.raises(AnswerTooLarge):
        caller.make(serve(answers(200, text="longer than eight")), "get", "/v1/disputes/x")


def test_the_mailbox_is_polled_and_a_handoff_answered_under_its_own_id(
    caller: Caller, serve: Serve
) -> None:
    exchange = serve(answers(200, handoffs=[{"handoff_id": "h-7"}]), answers(200))

    page = caller.make(exchange, "poll_handoffs", after="h-6", wait_s=99).json()
    caller.make(exchange, "answer_handoff", page["handoffs"][0]["handoff_id"], {"received": True})

    polled, answered = exchange.seen
    assert polled.url.endswith("/v1/handoffs?after=h-6&wait=30")
    assert answered.url.endswith("/v1/handoffs/h-7:answer")
    assert answered.idempotency_key == "h-7"


def test_a_query_in_chinese_is_signed_as_it_is_sent(caller: Caller, serve: Serve) -> None:
    exchange = serve(answers(200))

    assert caller.make(exchange, "get", "/v1/committees", params={"place": "廿里镇"}).status == 200


def test_without_a_key_of_its_own_each_call_gets_another(caller: Caller, serve: Serve) -> None:
    exchange = serve(answers(200), answers(200))

    for _ in range(2):
        caller.make(exchange, "post", "/v1/files", b"%PDF-", content_type="application/pdf")

    first, second = (request.idempotency_key for request in exchange.seen)
    assert first
    assert first != second
