"""One idempotency key is one request: its method, its whole URL, what its body says."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from opentelemetry.sdk.trace import TracerProvider

from exchange.chassis.commands import Commands
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
        store = MemoryStore(
            Database(ManualClock(now=NOW)),
            partitions=service.partitions,
            ledger_topic=REFERRALS.name,
        )
        workshop = Workshop(settings, SigningKey.generate(EXCHANGE))
        trace = Trace(TracerProvider().get_tracer("test"))
        self.commands = Commands(service, store, workshop, trace, Wake())

    async def post(
        self, key: str, nonce: str, *, url: str = URL, body: bytes = BODY, method: str = "POST"
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
        return await self.commands.execute(new_code(), command, signed, 201)


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
