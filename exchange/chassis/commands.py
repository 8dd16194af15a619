"""Commands from the door: decided and committed in one transaction, answered once per key.

The same idempotency key gives the stored answer again; the same nonce with anything else is 401.
A read (GET) has no such key: each is judged and logged anew, and none is answered from the store.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson

from exchange.chassis.decider import CommandGiven, Decision, FieldError, Refused, Repeated
from exchange.chassis.failures import BadData, IndexTaken, LockTimeout, ReplyStored, Transient
from exchange.chassis.fold import DisputeParked, Folded, Item, fold
from exchange.chassis.ports import Store, Transaction
from exchange.chassis.problems import not_valid
from exchange.chassis.rows import StoredReply
from exchange.chassis.service import AnyService
from exchange.chassis.telemetry import Trace, current_traceparent
from exchange.chassis.wake import Wake
from exchange.chassis.workshop import Workshop
from exchange.identity.receipts import Pin, Receipt, sign_receipt
from exchange.identity.signatures import SignedRequest

LOCK_TIMEOUT_MS = 500
"""How long a command waits for its dispute. It is not tried again then: the caller is told 503."""

TRIES_MAX = 3
RETRY_AFTER_S = 1
CAUSE_HEX_CHARS = 32

NOT_STORABLE = FieldError(
    "",
    "not_storable",
    "某一字段含有无法保存的字符（如空字符），或者过长",
    "a field holds a character that cannot be kept (such as NUL), or is too long",
)

log = logging.getLogger(__name__)


class Commands:
    """Executes commands of one service against its store."""

    def __init__(
        self, service: AnyService, store: Store, workshop: Workshop, trace: Trace, wake: Wake
    ) -> None:
        self._service, self._store, self._workshop = service, store, workshop
        self._trace, self._wake = trace, wake

    async def execute(
        self, code: str, command: CommandGiven, signed: SignedRequest, status: int
    ) -> StoredReply:
        """The answer to send: committed, or stored from before.

        Raises Refused: 401 nonce used, 409 key used for another URL or body, or dispute parked,
        409 `sign_again` for a read sent again, 422 a value that the database cannot hold, 503 when
        the database is busy or away.
        """
        for tried in range(1, TRIES_MAX + 1):
            try:
                return await self._reply_to(code, command, signed, status)
            except (IndexTaken, ReplyStored):
                log.info("command.raced", extra={"command": command.name, "tried": tried})
            except DisputeParked as parked:
                raise _parked({self._service.subject: parked.code}) from parked
            except BadData as error:
                raise not_valid([NOT_STORABLE]) from error
            except LockTimeout as error:
                raise busy() from error
            except Transient as error:
                if tried == TRIES_MAX:
                    raise busy() from error
        raise busy()

    async def _reply_to(
        self, code: str, command: CommandGiven, signed: SignedRequest, status: int
    ) -> StoredReply:
        try:
            return await self._once(code, command, signed, status)
        except Repeated as before:
            return await self._stored(command, before.idempotency_key)

    async def _once(
        self, code: str, command: CommandGiven, signed: SignedRequest, status: int
    ) -> StoredReply:
        async with self._store.transaction(lock_timeout_ms=LOCK_TIMEOUT_MS) as tx:
            stored = await tx.reply(command.agency, command.idempotency_key, signed.nonce)
            if stored is not None:
                return _same(stored, command, signed)
            try:
                folded = await self._decide(tx, code, command)
            except Refused:
                # A twin may have been answered while this one waited for the dispute's lock.
                stored = await tx.reply(command.agency, command.idempotency_key, signed.nonce)
                if stored is None:
                    raise
                return _same(stored, command, signed)
            reply = self._reply(code, command, signed, folded, status)
            folded.writes.reply = reply
            await tx.write(folded.writes)
        self._wake.after(folded)
        return reply

    async def _decide(self, tx: Transaction, code: str, command: CommandGiven) -> Folded:
        prepared = self._service.prepare(command, self._workshop)
        item = Item(
            code=code,
            arrival=prepared,
            cause=_cause(command),
            cause_at=command.received_at,
            source=f"command:{command.name}",
            traceparent=current_traceparent(),
        )
        return await fold(tx, self._service, [item], self._trace)

    def _reply(
        self,
        code: str,
        command: CommandGiven,
        signed: SignedRequest,
        folded: Folded,
        status: int,
    ) -> StoredReply:
        decision = folded.last
        assert decision is not None
        body = {self._service.subject: code, "receipt": None, **(decision.reply or {})}
        body["receipt"] = self._receipt(code, command, signed, folded, decision)
        return StoredReply(
            agency=command.agency,
            key=command.idempotency_key,
            digest=_digest(command, signed),
            nonce=signed.nonce,
            status=decision.status or status,
            body=orjson.dumps(body),
            code=code,
        )

    def _receipt(
        self,
        code: str,
        command: CommandGiven,
        signed: SignedRequest,
        folded: Folded,
        decision: Decision[Any],
    ) -> dict[str, Any]:
        """Durably held under this code, no more; pinned to the last ledger entry seen here."""
        traceparent, (row,) = current_traceparent(), folded.writes.rows
        sequence = row.sequence_out or row.sequence_in
        about_dispute = self._service.subject == "dispute_code"
        receipt = Receipt(
            dispute_code=code if about_dispute else None,
            listed_agency=None if about_dispute else code,
            agency=command.agency,
            act=command.name,
            request_sha256=signed.digest_sha256,
            received_at=command.received_at,
            legal_at=folded.times.legal,
            trace_id=traceparent.split("-")[1] if traceparent else None,
            due=(decision.reply or {}).get("due"),
            pinned=Pin(sequence=sequence, hash_sha256=row.head.hex()) if row.head else None,
        )
        return sign_receipt(receipt, self._workshop.signing)

    async def _stored(self, command: CommandGiven, key: str) -> StoredReply:
        async with self._store.transaction() as tx:
            stored = await tx.reply(command.agency, key, "")
        if stored is None:
            raise _answer_gone()
        twin = key == command.idempotency_key
        return stored if twin else replace(stored, status=200)


def _digest(command: CommandGiven, signed: SignedRequest) -> str:
    """What makes a request the same request: where it went, and what it said."""
    url = urlsplit(signed.url)
    went = f"{signed.method} {url.path}?{url.query}"
    return hashlib.sha256(f"{went} {command.own_digest}".encode()).hexdigest()


def _cause(command: CommandGiven) -> str:
    """What the ids of all that follows are made from. The key is hashed: it goes into the headers
    of events, and who makes a key of a citizen's number must not have it published."""
    key = hashlib.sha256(command.idempotency_key.encode()).hexdigest()[:CAUSE_HEX_CHARS]
    return f"command:{command.agency}:{key}"


def _same(stored: StoredReply, command: CommandGiven, signed: SignedRequest) -> StoredReply:
    same_key = stored.key == command.idempotency_key
    if same_key and stored.digest == _digest(command, signed):
        if signed.method == "GET":
            raise _sign_again()
        return stored
    if stored.nonce == signed.nonce:
        raise Refused(
            "nonce_used",
            "此 nonce 已用于另一请求；每次签名请换新的 nonce",
            "this nonce was used for another request; take a new one for each signature",
            status=401,
        )
    raise Refused(
        "idempotency_conflict",
        "此 Idempotency-Key 已用于另一请求（地址、参数或内容不同）；更正请另用新键提交",
        "this Idempotency-Key was used for another request (another URL or body); "
        "send a correction under a new key",
        status=409,
    )


def _sign_again() -> Refused:
    return Refused(
        "sign_again",
        "此次查阅的签名已用过；每次查阅都要重新核对权限并留痕，请换新的 nonce 重新签名",
        "this signed read was answered before; each read is judged and logged: sign a new request",
    )


def _answer_gone() -> Refused:
    return Refused(
        "answer_no_longer_kept",
        "同一内容早已提交并受理，原回执已过保存期限；请按原案码或者本单位编号查询",
        "this was handed in and taken before; its answer is no longer kept: ask for its status",
        status=409,
    )


def _parked(about: Mapping[str, str]) -> Refused:
    return Refused(
        "dispute_parked",
        "该纠纷有一条信息待人工处理，暂不能办理；处理后请重试",
        "an earlier event of this dispute waits for a person; try again when it is released",
        status=409,
        extra=about,
    )


def busy() -> Refused:
    return Refused(
        "busy",
        f"系统繁忙，请在 {RETRY_AFTER_S} 秒后用同一 Idempotency-Key 重试",
        f"busy; try again in {RETRY_AFTER_S} s with the same Idempotency-Key",
        status=503,
        extra={"retry_after_s": RETRY_AFTER_S},
    )
