"""A small run made by hand: a station refers, a committee is offered the dispute and accepts.

Nothing of the exchange is used. A test changes the scene before it is observed, or the
observation after it, and so breaks one promise.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.checker.case import cause_of
from tests.checker.hashing import GENESIS, canonical, entry_hash, sha256
from tests.checker.history import (
    Delivery,
    Entry,
    Invoke,
    Mark,
    Observation,
    Outcome,
    SeenClock,
    SeenDispute,
    SeenEntry,
    SeenHandoff,
    SeenKey,
    SeenPosition,
    SeenRecord,
    SeenService,
)

CODE = "330803-2026-0123456789-A"
STATION, COMMITTEE, OTHER = "PS-1", "MC-1", "MC-2"
EXCHANGE = "EX-1"
REQUESTS, DISPUTES, REFERRALS, PROPOSALS = (
    "police_link.request.v1",
    "intake.dispute.v1",
    "routing.referral.v1",
    "mediation.proposal.v1",
)
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAYS = timedelta(days=1)
RULE, REFERRAL = "referral.accept", "r1"
LIMIT = 3 * DAYS

READS: Mapping[str, tuple[str, ...]] = {
    "intake": (REQUESTS, REFERRALS),
    "routing": (DISPUTES, PROPOSALS),
    "police_link": (REFERRALS,),
    "mediation": (REFERRALS,),
}


@dataclass
class Scene:
    """`now` is machine time, legal time is `lead` ahead of it; every event carries `standing`."""

    now: datetime = NINE
    lead: timedelta = timedelta()
    history: list[Entry] = field(default_factory=list)
    records: list[SeenRecord] = field(default_factory=list)
    ledger: list[SeenEntry] = field(default_factory=list)
    handoffs: list[SeenHandoff] = field(default_factory=list)
    clocks: list[SeenClock] = field(default_factory=list)
    standing: dict[str, Any] = field(
        default_factory=lambda: {"origin": STATION, "holder": None, "referrals": []}
    )
    keys: dict[str, Ed25519PrivateKey] = field(
        default_factory=lambda: {
            agency: Ed25519PrivateKey.from_private_bytes(sha256(agency.encode()).encode()[:32])
            for agency in (EXCHANGE, STATION, COMMITTEE, OTHER)
        }
    )

    @property
    def legal(self) -> datetime:
        return self.now + self.lead

    # What agencies and the exchange do

    def request(self, agency: str, operation: str, key: str, **how: Any) -> Invoke:
        """A request goes out, unanswered."""
        op = sum(isinstance(e, Invoke) for e in self.history) + 1
        digest = how.pop("body_sha256", sha256(f"{agency} {operation}".encode()))
        invoke = Invoke(
            op, agency, "door", operation, key, f"n{op}", digest, self.now, self.legal, CODE, **how
        )
        self.history.append(invoke)
        return invoke

    def answer(self, invoke: Invoke, **changed: Any) -> Outcome:
        """It is answered 200, with a receipt."""
        document = {
            "dispute_code": CODE,
            "agency": invoke.agency,
            "request_sha256": invoke.body_sha256,
            "pinned": None,
        }
        form = {"alg": "ed25519", "key_id": f"{EXCHANGE}/k", "document": document}
        form["signature"] = self.sign(EXCHANGE, canonical(form))
        answered = {
            "kind": "ok",
            "status": 200,
            "dispute_code": CODE,
            "answer_sha256": sha256(invoke.key.encode()),
            "receipt": form,
        }
        outcome = Outcome(invoke.op, machine_at=self.now, legal_at=self.legal, **answered | changed)
        self.history.append(outcome)
        return outcome

    def hand(self, agency: str, handoff_id: str, about: str, sequence: int | None) -> None:
        """The handoff is owed, and reaches that agency."""
        position = len(self.handoffs) + 1
        self.handoffs.append(
            SeenHandoff(handoff_id, position, CODE, agency, about, "delivered", 1, ("answered",))
        )
        self.history.append(
            Delivery(
                agency, agency, handoff_id, CODE, about, sequence, sha256(about.encode()),
                self.now, self.legal,
            )
        )  # fmt: skip

    def mark(self, name: str, subject: str) -> None:
        self.history.append(Mark(name, subject, self.now, self.legal))

    def publish(self, topic: str, type_: str, id_: str, cause: str, **body: Any) -> SeenRecord:
        """An event on a topic; on the canonical one with sequence and hash, and in the ledger."""
        sequenced = topic == REFERRALS and type_ != "proposal.refused"
        body = {"dispute_code": CODE, **body}
        if sequenced:
            body["standing"] = json.loads(json.dumps(self.standing))
        value, time = json.dumps(body).encode(), self.now.isoformat()
        headers = {"ce_id": id_, "ce_type": type_, "ce_subject": CODE, "ce_time": time}
        headers["ce_causationid"] = cause
        if sequenced:
            sequence = len(self.ledger) + 1
            prev = self.ledger[-1].hash if self.ledger else GENESIS
            hash_ = entry_hash(prev, id_, type_, CODE, sequence, time, value)
            headers |= {"ce_sequence": str(sequence), "ce_ledgerhash": hash_.hex()}
        lines = tuple((name, text.encode()) for name, text in headers.items())
        if sequenced:
            proof = None if any(self.cause(e) == cause for e in self.ledger) else self.proof(cause)
            self.ledger.append(
                SeenEntry(CODE, sequence, id_, type_, lines, value, prev, hash_, proof)
            )
        offset = sum(record.topic == topic for record in self.records)
        record = SeenRecord(topic, 0, offset, CODE.encode(), lines, value, self.now)
        self.records.append(record)
        return record

    def propose(self, invoke: Invoke, id_: str, act: str, referral: str = REFERRAL) -> None:
        """The committee's door makes a proposal of a request."""
        self.publish(
            PROPOSALS,
            "proposal.made",
            id_,
            cause_of(invoke),
            actor=invoke.agency,
            proposal_id=f"proposal of {id_}",
            referral_id=referral,
            legal_at=self.legal.isoformat(),
            facts={"act": act},
            **self.evidence(invoke),
        )

    # Proof

    def sign(self, agency: str, message: bytes) -> str:
        return base64.b64encode(self.keys[agency].sign(message)).decode()

    def evidence(self, invoke: Invoke) -> dict[str, Any]:
        base = f'"idempotency-key": {invoke.key}\n"@signature-params": ();nonce="{invoke.nonce}"'
        evidence = {
            "key_id": f"{invoke.agency}/k",
            "agency": invoke.agency,
            "base": base,
            "signature": self.sign(invoke.agency, base.encode()),
            "algorithm": "ed25519",
            "on_behalf": False,
        }
        return {"evidence": evidence, "evidence_sha256": sha256(canonical(evidence))}

    def proof(self, cause: str) -> bytes | None:
        """The evidence that the event of that id carries."""
        for record in self.records:
            if dict(record.headers)["ce_id"].decode() == cause:
                evidence = json.loads(record.value or b"").get("evidence")
                return json.dumps(evidence).encode() if evidence else None
        return None

    def cause(self, entry: SeenEntry) -> str:
        return dict(entry.headers)["ce_causationid"].decode()

    # At rest

    def observed(self) -> Observation:
        ends = {topic: sum(r.topic == topic for r in self.records) for topic in (*READS, REFERRALS)}
        ends |= {t: sum(r.topic == t for r in self.records) for ts in READS.values() for t in ts}
        return Observation(
            machine_at=self.now,
            legal_at=self.legal,
            ledger_topic=REFERRALS,
            exchange=EXCHANGE,
            records=tuple(self.records),
            services=tuple(self._service(name, topics, ends) for name, topics in READS.items()),
            keys=tuple(
                SeenKey(f"{agency}/k", agency, key.public_key().public_bytes_raw())
                for agency, key in self.keys.items()
            ),
        )

    def _service(self, name: str, topics: tuple[str, ...], ends: Mapping[str, int]) -> SeenService:
        n, head = len(self.ledger), self.ledger[-1].hash
        routing, mediation = name == "routing", name == "mediation"
        state: dict[str, Any] = {"standing": self.standing, "last_sequence": n}
        if not routing:
            state["timeline"] = [{"sequence": k} for k in range(1, n + 1)]
        row = SeenDispute(
            CODE, 0, json.dumps(state).encode(), 0 if routing else n, n if routing else 0, head, 0
        )
        return SeenService(
            name,
            disputes=(row,),
            ledger=tuple(self.ledger) if routing else (),
            handoffs=tuple(self.handoffs) if mediation else (),
            clocks=tuple(self.clocks) if routing else (),
            positions=tuple(SeenPosition(t, 0, ends[t], ends[t]) for t in topics),
        )


def offered() -> Scene:
    """Referred, registered, offered; the committee's system holds the offer."""
    scene = Scene()
    refer = scene.request(STATION, "refer", "k-refer")
    proof = scene.evidence(refer)
    scene.publish(REQUESTS, "referral.requested", "q1", cause_of(refer), actor=STATION, **proof)
    scene.answer(refer)
    registered = {"actor": STATION, "origin": STATION}
    scene.publish(DISPUTES, "dispute.registered", "d1", "q1", **registered, **proof)
    told = {**registered, "evidence_sha256": proof["evidence_sha256"]}
    scene.publish(REFERRALS, "dispute.registered", "c1", "d1", **told)
    offer(scene, "c2", "d1", REFERRAL, COMMITTEE)
    scene.hand(COMMITTEE, "h1", f"referral.offered:{REFERRAL}", 2)
    return scene


def offer(scene: Scene, id_: str, cause: str, referral: str, receiver: str) -> None:
    """An offer, and the clock of its acceptance (ids `id_` and `id_`-clock)."""
    referrals = [r for r in scene.standing["referrals"] if r["referral_id"] != referral]
    one = {"referral_id": referral, "purpose": "mediation", "receiver": receiver}
    scene.standing["referrals"] = [*referrals, {**one, "status": "offered"}]
    parties = {"sender": STATION, "receiver": receiver}
    scene.publish(
        REFERRALS, "referral.offered", id_, cause, actor=EXCHANGE, referral_id=referral, **parties
    )
    clock = {"rule": RULE, "instance": referral, "ends_at": (NINE + LIMIT).isoformat()}
    scene.publish(REFERRALS, "clock.set", f"{id_}-clock", cause, actor=EXCHANGE, **clock)


def accept(scene: Scene, cause: str, id_: str, receiver: str, referral: str = REFERRAL) -> None:
    """The canonical acceptance of that proposal."""
    stand(scene, referral, "accepted", holder=receiver)
    about = {"referral_id": referral, "proposal_id": f"proposal of {cause}"}
    scene.publish(
        REFERRALS, "referral.accepted", id_, cause, actor=receiver, **about, **_digest(scene, cause)
    )


def stand(scene: Scene, referral: str, status: str, **changed: Any) -> None:
    scene.standing = json.loads(json.dumps({**scene.standing, **changed}))
    for one in scene.standing["referrals"]:
        if one["referral_id"] == referral:
            one["status"] = status


def accepted() -> Scene:
    """The whole story: offered, then accepted on the next day."""
    scene = offered()
    scene.now += DAYS
    act = scene.request(COMMITTEE, "accept", "k-accept", referral_id=REFERRAL)
    scene.propose(act, "p1", "accept")
    scene.answer(act)
    accept(scene, "p1", "c4", COMMITTEE)
    scene.hand(COMMITTEE, "h2", "referral.accepted:4", 4)
    return scene


def expire(scene: Scene, id_: str, due_at: datetime, referral: str = REFERRAL) -> None:
    """The clock of that offer expires, now."""
    cause = f"clock:{CODE}:{RULE}:{referral}:0:{due_at.isoformat()}"
    scene.publish(
        REFERRALS,
        "clock.expired",
        id_,
        cause,
        actor=EXCHANGE,
        rule=RULE,
        instance=referral,
        ends_at=due_at.isoformat(),
        fired_at=scene.legal.isoformat(),
    )


def expired() -> Scene:
    """Nobody answers; the clock expires at its end."""
    scene = offered()
    scene.now = NINE + LIMIT
    stand(scene, REFERRAL, "silent")
    expire(scene, "x1", NINE + LIMIT)
    return scene


def _digest(scene: Scene, cause: str) -> dict[str, Any]:
    record = next(r for r in scene.records if dict(r.headers)["ce_id"].decode() == cause)
    return {"evidence_sha256": json.loads(record.value or b"").get("evidence_sha256")}


def with_service(observation: Observation, name: str, **changed: Any) -> Observation:
    """The same observation, with one service's rows changed."""
    services = tuple(replace(s, **changed) if s.name == name else s for s in observation.services)
    return replace(observation, services=services)
