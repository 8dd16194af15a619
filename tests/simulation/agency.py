"""An agency's own system: it signs what it asks, asks again where it must, and writes all down."""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

from exchange.chassis.answers import Answer, take_answer
from exchange.chassis.decider import CommandGiven, Refused
from exchange.chassis.failures import StoreError
from exchange.chassis.rows import HandoffRow
from exchange.contracts.events.base import Evidence
from exchange.identity.signatures import SignedRequest
from tests.checker.history import Delivery, Invoke, Outcome
from tests.simulation import scenery
from tests.simulation.process import NoAnswer
from tests.simulation.world import World

TRIES_MAX = 12
RETRY_MIN_S, RETRY_MAX_S = 0.05, 1.0
POLL_S = 0.05
SOON_OTHERWISE = frozenset({"busy", "proposal_pending", "not_found", "no_answer", "broken"})
"""Refusals after which the same request is sent again under the same key."""


@dataclass(frozen=True, slots=True)
class Request:
    """What an agency asks of a door. `code_of` mints one for what is new, as the door does."""

    service: str
    name: str
    body: Any
    raw: bytes
    key: str
    code_of: Callable[[], str]
    known_code: str | None = None
    target: str | None = None
    status: int = 202


@dataclass(slots=True)
class Agency:
    """`inbox` is what it was handed, by id; `on_handoff` what it does about it."""

    code: str
    world: World
    chance: Random
    on_handoff: Callable[["Agency", Mapping[str, Any]], None]
    inbox: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def door(self) -> str:
        return scenery.door_of(self.code)

    # Asking

    async def ask(self, request: Request) -> Mapping[str, Any] | None:
        """The answer's body once there is one; None where it was refused, or never answered."""
        pause_s = RETRY_MIN_S
        for tried in range(TRIES_MAX):
            because, body = await self._once(request, f"{request.key}-{tried}")
            if because not in SOON_OTHERWISE:
                return body
            await asyncio.sleep(pause_s)
            pause_s = min(RETRY_MAX_S, pause_s * 2)
        return None

    async def _once(self, request: Request, nonce: str) -> tuple[str, Mapping[str, Any] | None]:
        """Why it came to nothing ("" where it did not), and the answer's body."""
        world, signed = self.world, self._signed(request, nonce)
        op = self._invoke(request, signed)
        serving = world.serving(request.service)
        if not serving:
            return self._ended(op, "fail", "no_answer")
        process = self.chance.choice(serving)
        command = CommandGiven(
            name=request.name,
            agency=self.code,
            body=request.body,
            received_at=world.clock.machine(),
            own_digest=signed.digest_sha256,
            idempotency_key=request.key,
            evidence=_evidence(signed),
            target=request.target,
        )
        work = process.commands.execute(request.code_of(), command, signed, request.status)
        try:
            reply = await process.ask(work)
        except NoAnswer:
            return self._ended(op, "info", "no_answer")
        except Refused as refused:
            return self._ended(op, "fail", refused.code, status=refused.status)
        except Exception as error:  # noqa: BLE001 a defect of a door ends the run, not the loop
            world.crashes.append((process.name, error))
            return self._ended(op, "info", "broken", status=500)
        body = orjson.loads(reply.body)
        return self._ended(op, "ok", "", status=reply.status, raw=reply.body, body=body)

    def _invoke(self, request: Request, signed: SignedRequest) -> int:
        world = self.world
        op = world.operations = world.operations + 1
        world.history.append(
            Invoke(
                op=op,
                agency=self.code,
                service=request.service,
                operation=request.name,
                key=request.key,
                nonce=signed.nonce,
                body_sha256=signed.digest_sha256,
                machine_at=world.clock.machine(),
                legal_at=world.legal,
                dispute_code=request.known_code,
                referral_id=request.target,
            )
        )
        return op

    def _ended(
        self,
        op: int,
        kind: Any,
        because: str,
        *,
        status: int | None = None,
        raw: bytes = b"",
        body: Mapping[str, Any] | None = None,
    ) -> tuple[str, Mapping[str, Any] | None]:
        self.world.history.append(
            Outcome(
                op=op,
                kind=kind,
                machine_at=self.world.clock.machine(),
                legal_at=self.world.legal,
                status=status,
                dispute_code=body.get("dispute_code") if body else None,
                proposal_id=body.get("proposal_id") if body else None,
                answer_sha256=hashlib.sha256(raw).hexdigest() if raw else None,
                receipt=body.get("receipt") if body else None,
                because=because,
            )
        )
        return because, body

    def _signed(self, request: Request, nonce: str) -> SignedRequest:
        """A signature base as `exchange.identity.signatures` makes it, signed with its own key."""
        path = f"/{request.service}/{request.name}/{request.target or ''}"
        return signed_by(self.code, self.world, path, request.raw, nonce, request.key)

    # Being handed

    async def fetch(self) -> None:
        """Its mailbox, again and again; what it takes it answers for, in order."""
        while True:
            await asyncio.sleep(POLL_S)
            serving = self.world.serving(self.door)
            if not serving or not self._waits():
                continue
            process = self.chance.choice(serving)
            try:
                page = await process.ask(process.parts.store.mailbox(self.code, after=0, limit=100))
                for _, row in page:
                    await process.ask(self._answer(process, row))
            except (NoAnswer, StoreError):
                continue

    def _waits(self) -> bool:
        """Whether asking would show anything: spares the many times that it would not."""
        handoffs = self.world.databases[self.door].tables.handoffs.rows
        return any(h.row.agency == self.code and h.waits for h in handoffs.values())

    async def _answer(self, process: Any, row: HandoffRow) -> None:
        """As `mailbox_router` does: in order, for what still waits."""
        self.handed(row.body)
        if await process.parts.store.waiting(row.id) is None:
            return
        signed = signed_by(self.code, self.world, f"/v1/handoffs/{row.id}:answer", b"{}", row.id)
        answer = Answer(
            row,
            delivered=True,
            at=self.world.clock.machine(),
            said={"received": True},
            proof=_evidence(signed),
        )
        process.parts.wake.after(await take_answer(process.answers, answer))

    def handed(self, raw: bytes, *, signed: bool = True) -> None:
        """Write it down; act on it where it is new."""
        body = orjson.loads(raw)
        self.world.history.append(
            Delivery(
                agency=self.code,
                addressee=body["agency"],
                handoff_id=body["handoff_id"],
                dispute_code=body["dispute_code"],
                about=body["about"],
                sequence=body.get("sequence"),
                body_sha256=hashlib.sha256(raw).hexdigest(),
                machine_at=self.world.clock.machine(),
                legal_at=self.world.legal,
                signed=signed,
            )
        )
        if body["handoff_id"] not in self.inbox:
            self.inbox[body["handoff_id"]] = body
            self.on_handoff(self, body)


def signed_by(
    agency: str, world: World, path: str, raw: bytes, nonce: str, key: str | None = None
) -> SignedRequest:
    """RFC 9421 over the same components as a real request, without the cost of a real one."""
    signing, digest, now = scenery.key_of(agency), hashlib.sha256(raw), world.clock.machine()
    keyed = ' "idempotency-key"' if key else ""
    covered = f'("@method" "@authority" "@path" "@query" "content-digest"{keyed})'
    created = int(now.timestamp())
    parameters = f';created={created};keyid="{signing.key_id}";alg="ed25519";nonce="{nonce}"'
    lines = [
        '"@method": POST',
        '"@authority": exchange.test',
        f'"@path": {path}',
        '"@query": ?',
        f'"content-digest": sha-256=:{base64.b64encode(digest.digest()).decode()}:',
        *([f'"idempotency-key": {key}'] if key else []),
        f'"@signature-params": {covered}{parameters}',
    ]
    base = "\n".join(lines)
    return SignedRequest(
        key_id=signing.key_id,
        agency=agency,
        method="POST",
        url=f"http://exchange.test{path}",
        created=now,
        nonce=nonce,
        idempotency_key=key,
        digest_sha256=digest.hexdigest(),
        base=base,
        signature=signing.private.sign(base.encode()),
        label="fengqiao",
    )


def _evidence(signed: SignedRequest) -> Evidence:
    return Evidence(
        key_id=signed.key_id,
        agency=signed.agency,
        base=signed.base,
        signature=base64.b64encode(signed.signature).decode(),
    )
