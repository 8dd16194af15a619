"""One idempotency key is one request: its method, its whole URL, what its body says."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from opentelemetry.sdk.trace import TracerProvider

from exchange.chassis.commands import LOCK_TIMEOUT_MS, Commands
from exchange.chassis.decider import CommandGiven, Decision, Refused, Repeated
from exchange.chassis.door import canonical_digest
from exchange.chassis.rows import StoredReply
from exchange.chassis.service import AnyService
from exchange.chassis.settings import Settings
from exchange.chassis.telemetry import Trace
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.contracts.topics import REFERRALS
from exchange.identity.keys import SigningKey
from exchange.identity.signatures import SignedRequest
from exchange.memory.clock import ManualClock
from exchange.memory.database import Database
from exchange.memory.hook import BEGIN
from exchange.memory.store import MemoryStore
from tests.support.running import new_code
from tests.support.toy import STATION, Act, ToyState, toy

NOW = datetime(2026, 3, 2, tzinfo=UTC)
URL = "http://exchange.test/toy/v1/acts?purpose=agreement"
BODY = b'{"kind": "neighbourhood", "count": 1}'


def noted(state: ToyState, *_given: object) -> Decision[ToyState]:
    return Decision(state.noting("act"), reply={"acts": len(state.journal) + 1})


class Desk:
    """A service's commands on a store in memory, asked by one agency."""

    def __init__(self, service: AnyService) -> None:
        settings = Settings(
            kafka_bootstrap="",
            postgres_dsn="",
            http_port=1,
            public_url="http://exchange.test",
            signing_key_file=Path("unread"),
        )
        self.points: list[str] = []
        self.clock = ManualClock(now=NOW)
        self.store = MemoryStore(
            Database(self.clock),
            partitions=service.partitions,
            ledger_topic=REFERRALS.name,
            hook=self._passes,
        )
        workshop = Workshop(settings, SigningKey.generate(EXCHANGE))
        trace = Trace(TracerProvider().get_tracer("test"))
        self.commands = Commands(service, self.store, workshop, trace, Wake())

    async def _passes(self, point: str) -> None:
        self.points.append(point)

    async def post(
        self,
        key: str,
        nonce: str,
        *,
        url: str = URL,
        body: bytes = BODY,
        method: str = "POST",
        code: str | None = None,
    ) -> StoredReply:
        signed = SignedRequest(
            key_id=f"{STATION}/1",
            agency=STATION,
            method=method,
            url=url,
            created=NOW,
            nonce=nonce,
            idempotency_key=key,
            digest_sha256=hashlib.sha256(body).hexdigest(),
            base="base",
            signature=b"signature",
            label="fengqiao",
        )
        command = CommandGiven(
            name="act",
            agency=STATION,
            body=Act(kind="neighbourhood"),
            received_at=NOW,
            own_digest=canonical_digest(body),
            idempotency_key=key,
        )
        return await self.commands.execute(code or new_code(), command, signed, 201)


@pytest.mark.parametrize(
    "other",
    [
        {"url": "http://exchange.test/toy/v1/acts?purpose=evidence"},
        {"url": "http://exchange.test/toy/v1/acts"},
        {"url": "http://exchange.test/toy/v1/others?purpose=agreement"},
        {"method": "PUT"},
        {"body": b'{"kind": "neighbourhood", "count": 2}'},
    ],
    ids=["other query", "no query", "other path", "other method", "other body"],
)
async def test_a_key_that_was_used_for_another_request_is_a_conflict(other: dict[str, str]) -> None:
    desk = Desk(toy(decide=noted))
    await desk.post("key-1", "nonce-1")
    with pytest.raises(Refused) as refused:
        await desk.post("key-1", "nonce-2", **other)  # type: ignore[arg-type]  # one of many
    assert (refused.value.status, refused.value.code) == (409, "idempotency_conflict")
    with pytest.raises(Refused) as refused:
        await desk.post("key-1", "nonce-1", **other)  # type: ignore[arg-type]  # one of many
    assert (refused.value.status, refused.value.code) == (401, "nonce_used")


async def test_white_space_and_the_order_of_keys_make_no_other_request() -> None:
    desk = Desk(toy(decide=noted))
    first = await desk.post("key-1", "nonce-1")
    again = await desk.post("key-1", "nonce-2", body=b'{"count":1,"kind":"neighbourhood"}')
    assert again == first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"n": 12345678901234567890123}', b'{"n": 12345678901234567890124}'),
        (b'{"n": 1.00000000000000000001}', b'{"n": 1.00000000000000000002}'),
        (b'{"n": 1}', b'{"n": "1"}'),
        (b'{"n": 1}', b'{"n": 1.0}'),
        (b"[" * 300 + b"1" + b"]" * 300, b"[" * 300 + b"2" + b"]" * 300),
        (b"%PDF-1.7 a", b"%PDF-1.7 b"),
    ],
    ids=["long integers", "long fractions", "text", "fraction", "nested deep", "no JSON"],
)
def test_bodies_that_differ_have_digests_that_differ(one: bytes, other: bytes) -> None:
    assert canonical_digest(one) != canonical_digest(other)


async def test_a_read_is_judged_each_time_and_never_answered_from_the_store() -> None:
    judged: list[str] = []

    def decide(state: ToyState, arrival: CommandGiven, *_given: object) -> Decision[ToyState]:
        judged.append(arrival.idempotency_key)
        return noted(state)

    desk = Desk(toy(decide=decide))
    await desk.post("key-1", "nonce-1", method="GET")

    with pytest.raises(Refused) as refused:
        await desk.post("key-1", "nonce-1", method="GET")

    assert (refused.value.status, refused.value.code) == (409, "sign_again")
    await desk.post("key-2", "nonce-2", method="GET")
    assert judged == ["key-1", "key-2"]


async def test_a_command_waits_for_its_dispute_once_and_is_busy_then() -> None:
    desk, code = Desk(toy(decide=noted)), new_code()
    await desk.post("key-1", "nonce-1", code=code)

    async with desk.store.transaction() as tx:
        await tx.lock([code])
        desk.points.clear()
        waiting = asyncio.create_task(desk.post("key-2", "nonce-2", code=code))
        while "lock disputes" not in desk.points:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        desk.clock.advance(timedelta(milliseconds=LOCK_TIMEOUT_MS))
        with pytest.raises(Refused) as refused:
            await waiting

    assert (refused.value.status, refused.value.code) == (503, "busy")
    assert desk.points.count(BEGIN) == 1


async def test_a_reply_and_its_receipt_name_what_the_rows_are_about() -> None:
    of_dispute = orjson.loads((await Desk(toy(decide=noted)).post("key-1", "nonce-1")).body)
    of_listing = orjson.loads(
        (await Desk(toy(decide=noted, subject="agency")).post("key-1", "nonce-1")).body
    )
    for reply, named, unnamed in (
        (of_dispute, "dispute_code", "listed_agency"),
        (of_listing, "listed_agency", "dispute_code"),
    ):
        document = reply["receipt"]["document"]
        assert document[unnamed] is None
        assert document[named] == reply[named if named == "dispute_code" else "agency"]
    assert "dispute_code" not in of_listing


async def test_a_repetition_whose_answer_is_no_longer_kept_is_told_so() -> None:
    """The same own number after the answers' age: neither done twice nor asked to try again."""

    def decide(*_given: object) -> Decision[ToyState]:
        raise Repeated("a key of long ago")

    with pytest.raises(Refused) as refused:
        await Desk(toy(decide=decide)).post("key-2", "nonce-2")
    assert (refused.value.status, refused.value.code) == (409, "answer_no_longer_kept")
