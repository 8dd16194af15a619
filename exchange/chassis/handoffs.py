"""Push: a signed POST per handoff, in order per dispute, settled before it is ever sent again.

A timeout, or a crash between POST and record, leaves a handoff *unknown*: a status query settles
it first. Only an answer that the agency signed counts. No HTTP call stands inside a transaction.
"""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import httpx
from http_message_signatures import HTTPMessageSignaturesException
from opentelemetry.trace import SpanKind

from exchange.chassis import names
from exchange.chassis.answers import ANSWER_BYTES_MAX, Answer, said_in, take_answer
from exchange.chassis.consumer import PartitionReader, killer
from exchange.chassis.failures import Transient
from exchange.chassis.reference import AgencyBook
from exchange.chassis.rows import HandoffRow
from exchange.chassis.telemetry import traceparent_of
from exchange.chassis.verify_keys import key_lookup
from exchange.identity.evidence import evidence_of
from exchange.identity.refusals import SignatureRefused
from exchange.identity.signatures import (
    SignedRequest,
    sign_request,
    verify_request,
    verify_response,
)

POLL_S = 0.5
DELIVERIES_MAX = 32
CLAIM_S = 30.0
CALL_TIMEOUT_S = 10.0
"""For the whole exchange, however slowly its answer drips; well within the claim."""

ATTEMPTS_MAX = 40
"""Then it is given up; one that an operator sends again has as many once more."""

RETRY_MIN_S = 0.5
RETRY_MAX_S = 3_600.0

NOT_TAKEN = frozenset({408, 425, 429, 503})
"""The receiver says that it did not take the handoff; any other 5xx may have come after it did."""

Outcome = Literal["answered", "refused", "unknown", "failed", "unsigned", "absent"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try came to; `answer` is there when the agency signed one."""

    outcome: Outcome
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP, nothing believed yet."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(slots=True)
class HandoffWorker:
    """Delivers the push handoffs of one leased partition number."""

    reader: PartitionReader
    client: httpx.AsyncClient
    stopping: bool = False
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set)

    async def run(self) -> None:
        """Until `stopping`, and until what is under way is over. Raises Fenced.

        A slow agency holds up nobody else: each delivery is a task of its own.
        """
        async with asyncio.TaskGroup() as deliveries:
            while not self.stopping:
                try:
                    claimed = await self._claim(deliveries)
                except Transient:
                    claimed = 0
                    await asyncio.sleep(RETRY_MIN_S)
                if not claimed:
                    await self.reader.wake.wait("handoffs", self.reader.lease.partition, POLL_S)

    async def _claim(self, deliveries: asyncio.TaskGroup) -> int:
        """Claim as many as there is room for, and set out with each; how many."""
        room = DELIVERIES_MAX - len(self._under_way)
        if room <= 0:
            return 0
        store, lease = self.reader.store, self.reader.lease
        per_s = self.reader.workshop.settings.handoffs_per_s_max
        rows = await store.claim(lease, limit=room, for_s=CLAIM_S, per_s=per_s)
        book = await store.book() if rows else None
        for row in rows:
            assert book is not None
            task = deliveries.create_task(self._delivered(row, book))
            self._under_way.add(task)
            task.add_done_callback(self._over)
        return len(rows)

    def _over(self, task: "asyncio.Task[None]") -> None:
        """There is room again, and the next handoff of that dispute may be due."""
        self._under_way.discard(task)
        self.reader.wake.up([self.reader.lease.partition], "handoffs")

    async def _delivered(self, row: HandoffRow, book: AgencyBook) -> None:
        """While the database is away the claim runs out; then the handoff is asked about."""
        try:
            await self._deliver(row, book)
        except Transient as error:
            self.reader.metrics.retried(self.reader.lease.partition, type(error).__name__)

    async def _deliver(self, row: HandoffRow, book: AgencyBook) -> None:
        attempt = await self._try(row, book)
        self.reader.metrics.handoff(attempt.outcome)
        given_up = row.attempts % ATTEMPTS_MAX == 0 or attempt.outcome == "refused"
        settled = attempt.answer is not None or given_up
        await self.reader.store.attempted(
            row,
            outcome=attempt.outcome,
            state=self._state_after(attempt),
            again_in_s=_again_in_s(attempt, row, settled=settled),
            settled_epoch=self.reader.lease.epoch if settled else None,
        )
        if settled:
            answer = attempt.answer or Answer(row, delivered=False, at=self.reader.workshop.now())
            careful = self.reader.caution if row.settlings else nullcontext()
            async with careful:  # one after the other, so that no innocent one dies beside a killer
                folded = await take_answer(self.reader.answers, answer, killer(row.settlings))
            self.reader.wake.after(folded)

    def _state_after(self, attempt: Attempt) -> str:
        return "unknown" if attempt.outcome in ("unknown", "unsigned", "answered") else "open"

    async def _try(self, row: HandoffRow, book: AgencyBook) -> Attempt:
        agency = book.get(row.agency)
        url = agency.delivery.url if agency else None
        if not url:
            return Attempt("failed")
        ask = row.state == "unknown"
        with self.reader.trace.span(
            "handoff ask" if ask else "handoff send",
            parent=row.traceparent,
            kind=SpanKind.CLIENT,
            attributes={
                names.HANDOFF_ID: row.id,
                names.AGENCY: row.agency,
                names.DISPUTE_CODE: row.code,
            },
        ) as span:
            parent = traceparent_of(span)
            method, target = ("GET", f"{url}/{row.id}") if ask else ("POST", url)
            attempt = await self._exchange(row, book, method, target, parent)
            span.set_attribute(names.OUTCOME, attempt.outcome)
            return attempt

    async def _exchange(
        self, row: HandoffRow, book: AgencyBook, method: str, url: str, traceparent: str | None
    ) -> Attempt:
        body = b"" if method == "GET" else row.body
        not_sent = Attempt("failed" if method == "POST" else "unknown")
        try:
            signed, headers = self._signed(row, method, url, body, traceparent)
            async with asyncio.timeout(CALL_TIMEOUT_S):
                reply = await self._call(method, url, body, headers)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, HTTPMessageSignaturesException):
            return not_sent
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return not_sent
        except (httpx.HTTPError, TimeoutError):
            return Attempt("unknown")
        return self._read(row, book, reply, signed)

    async def _call(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        """One request. What is longer than ANSWER_BYTES_MAX is not read to its end."""
        content = bytearray()
        async with self.client.stream(
            method, url, content=body, headers=headers, timeout=CALL_TIMEOUT_S
        ) as response:
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > ANSWER_BYTES_MAX:
                    break
        return Reply(response.status_code, response.headers.multi_items(), bytes(content))

    def _signed(
        self, row: HandoffRow, method: str, url: str, body: bytes, traceparent: str | None
    ) -> tuple[SignedRequest, dict[str, str]]:
        key, now = self.reader.workshop.signing, self.reader.workshop.now()
        headers = {"content-type": "application/json"}
        if traceparent:
            headers["traceparent"] = traceparent
        lines = sign_request(
            key,
            method,
            url,
            headers,
            body,
            created=now,
            nonce=f"{row.id}-{row.attempts}",
            idempotency_key=row.id if method == "POST" else None,
        )
        own = key.verify_key(datetime.min.replace(tzinfo=UTC))
        signed = verify_request(method, url, lines, body, keys=lambda _id: own, now=now)
        return signed, lines

    def _read(
        self, row: HandoffRow, book: AgencyBook, reply: Reply, signed: SignedRequest
    ) -> Attempt:
        status = reply.status
        if status == httpx.codes.NOT_FOUND and signed.method == "GET":
            return Attempt("absent")
        if status in NOT_TAKEN and signed.method == "POST":
            return Attempt("failed")
        if status in NOT_TAKEN or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return Attempt("unknown")
        if status >= httpx.codes.BAD_REQUEST:
            return Attempt("refused" if signed.method == "POST" else "unknown")
        if len(reply.body) > ANSWER_BYTES_MAX:
            return Attempt("unsigned")
        try:
            proof = verify_response(
                status,
                reply.headers,
                reply.body,
                request=signed,
                keys=key_lookup(book),
                now=self.reader.workshop.now(),
            )
        except SignatureRefused:
            return Attempt("unsigned")
        said = said_in(reply.body)
        if proof.agency != row.agency or said is None:
            return Attempt("unsigned")
        at, kept = self.reader.workshop.now(), evidence_of(proof)
        return Attempt("answered", Answer(row, delivered=True, at=at, said=said, proof=kept))


def _again_in_s(attempt: Attempt, row: HandoffRow, *, settled: bool) -> float:
    """When it may be claimed again. A settled one not before its answer had time to be folded;
    should that never happen, it is asked about."""
    if settled:
        return CLAIM_S
    return 0.0 if attempt.outcome == "absent" else backoff_s(row.attempts)


def backoff_s(attempts: int) -> float:
    """Seconds until the next try: doubling from RETRY_MIN_S to RETRY_MAX_S."""
    return min(RETRY_MAX_S, RETRY_MIN_S * 2.0 ** min(attempts, 32))
