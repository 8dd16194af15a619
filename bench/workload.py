"""What routing is given to do: whole stories, from the registration to the last payment.

A story is decided here on plain values first, because a proposal names the referral that the
registration led to; the ids come out the same when the process under test decides it.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle

from exchange.chassis.decider import Decision, EventArrived, Publish, View
from exchange.chassis.ids import Ids, derived_id
from exchange.chassis.reference import AgencyBook
from exchange.contracts.dispute_code import mint
from exchange.contracts.envelope import Envelope
from exchange.contracts.events.base import Event, Evidence
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.events.intake import (
    DisputeRegisteredV1,
    DossierPointer,
    FileRef,
    Matter,
    StartedClock,
)
from exchange.contracts.events.proposals import (
    Accept,
    Agree,
    Facts,
    Perform,
    ProposalMadeV1,
    Receive,
    Start,
)
from law import SHANGHAI
from services.directory.districts import agencies
from services.routing.decider import decide
from services.routing.state import DisputeState
from tests.support.listed import listed

COUNTY = "330803"
NEVER_FULL = 1_000_000
SAMPLED_IN = 10
"""One story in so many carries a sampled trace."""

EVENTS_PER_STORY = 6
FILE = FileRef(file_id="file-1", ciphertext_sha256="f" * 64)


def acts(today: date) -> tuple[Facts, ...]:
    """What the committee does, in order: no clock runs out meanwhile."""
    in_a_week = today + timedelta(days=7)
    return (
        Receive(),
        Accept(accepted_on=today),
        Start(),
        Agree(
            form="written",
            agreed_on=today,
            files=(FILE,),
            signed_by=("parties", "mediator", "committee"),
            due_on=(in_a_week,),
            performance_due_on=in_a_week,
        ),
        Perform(instalment=1),
    )


@dataclass(frozen=True, slots=True)
class Story:
    """One dispute's inputs: its registration, and what its committee then proposes, in order.

    `entries` is how many the ledger has at its end.
    """

    registration: Envelope
    proposals: tuple[Envelope, ...]
    entries: int


def listings() -> list[Envelope]:
    """The county's agencies, as the directory publishes them, their committees never full."""
    return [_envelope(each.agency, each, "directory", None) for each in _listed_agencies()]


def stories(count: int) -> Iterator[Story]:
    """`count` disputes, spread over the county's villages."""
    known = _listed_agencies()
    book = AgencyBook(1, {agency.agency: agency for agency in known})
    villages = sorted(a.place for a in known if a.kind == "committee" and a.level == "village")
    for number, place in zip(range(count), cycle(villages), strict=False):
        yield _story(book, place, sampled=number % SAMPLED_IN == 0)


def _story(book: AgencyBook, place: str, *, sampled: bool) -> Story:
    code = mint(COUNTY, 2026, secrets.token_bytes)
    trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-{'01' if sampled else '00'}"
    at = datetime.now(UTC)
    station = f"PS-{place[:9]}000-01"
    event: Event = DisputeRegisteredV1(
        dispute_code=code,
        legal_at=at,
        actor=station,
        origin=station,
        channel="police",
        mode="entrust",
        matter=Matter(kind="neighbourhood", place=place),
        received_at=at,
        started_clocks=(
            StartedClock(rule="police.case", started_on=at.astimezone(SHANGHAI).date()),
        ),
        dossier=DossierPointer(version=1, ciphertext_sha256="0" * 64, parties=2),
        evidence=_evidence(station),
    )
    registration = _envelope(code, event, "intake", trace)
    state = _decided(DisputeState(), registration, event, book).state
    proposals = []
    for number, facts in enumerate(acts(at.astimezone(SHANGHAI).date()), start=1):
        event = _proposal(code, state, facts, number, at)
        envelope = _envelope(code, event, "mediation", trace)
        state = _decided(state, envelope, event, book).state
        proposals.append(envelope)
    return Story(registration, tuple(proposals), state.sequence)


def _proposal(
    code: str, state: DisputeState, facts: Facts, number: int, at: datetime
) -> ProposalMadeV1:
    assert state.standing is not None
    referral = state.standing.referrals[-1]
    return ProposalMadeV1(
        dispute_code=code,
        legal_at=at,
        actor=referral.receiver,
        evidence_sha256="e" * 64,
        proposal_id=derived_id(at, code, str(number)),
        referral_id=referral.referral_id,
        basis=state.sequence,
        number=number,
        received_at=at,
        facts=facts,
        evidence=_evidence(referral.receiver),
    )


class Undecided(Exception):
    """Routing refused an act of the workload: the bench would measure refusals."""


def _decided(
    state: DisputeState, envelope: Envelope, event: Event, book: AgencyBook
) -> Decision[DisputeState]:
    view = View(envelope.subject, book, Ids(envelope.time, envelope.id))
    arrival = EventArrived(event, envelope.id, None, "")
    decision = decide(state, arrival, view, datetime.now(UTC))
    told = [e.event.type for e in decision.effects if isinstance(e, Publish)]
    if "proposal.refused" in told:
        raise Undecided(f"{event}: {told}")
    return decision


def _evidence(agency: str) -> Evidence:
    """As large as a real one: nobody verifies it on this way."""
    base = "\n".join(f'"component-{n}": {hashlib.sha256(b"x").hexdigest()}' for n in range(8))
    return Evidence(key_id=f"{agency}/1", agency=agency, base=base, signature="c" * 88)


def _envelope(subject: str, event: Event, source: str, trace: str | None) -> Envelope:
    now = datetime.now(UTC)
    value = event.model_dump_json(exclude_none=True).encode()
    return Envelope(
        id=derived_id(now, subject, secrets.token_hex(8)),
        type=event.type,
        version=event.version,
        source=source,
        subject=subject,
        time=now,
        value=value,
        traceparent=trace,
    )


def _listed_agencies() -> list[AgencyListedV1]:
    return [
        each.model_copy(update={"capacity": NEVER_FULL}) if each.kind == "committee" else each
        for each in map(listed, agencies(COUNTY))
    ]


def in_rounds(all_stories: Sequence[Story]) -> list[Envelope]:
    """Every proposal: the first of each story, then the second of each, as a day's traffic is."""
    return [story.proposals[n] for n in range(EVENTS_PER_STORY - 1) for story in all_stories]
