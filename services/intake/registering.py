"""A dispute enters the register: by a linkage's referral, or at intake's own door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange.chassis.decider import (
    CommandGiven,
    Decision,
    Effect,
    Index,
    KeepBlob,
    Publish,
    Refused,
    View,
)
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.events.intake import DisputeLinkedV1, DisputeRegisteredV1, Matter
from exchange.contracts.topics import DISPUTES
from exchange.contracts.vocabulary import Channel, Mode
from exchange.doors.forms import day_in_beijing
from exchange.doors.own_numbers import own_number_row, used_before
from exchange.doors.refusals import require_existing
from exchange.identity.evidence import evidence_sha256, request_sha256
from services.intake.opening import KEY_BLOB, Enclosed, Opened, dossier_blob
from services.intake.reading import access_row
from services.intake.same_dispute import PARTY, Match, Sighting, candidates, matches, the_same
from services.intake.state import Register


class AlreadyRegistered(Exception):
    """A second request under a code that stands in the register: a person must look."""


class WrongDispute(Exception):
    """A request that names another dispute than the one that it was sent under."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What intake's own door asks to register. Without `enclosed` the matter is sensitive."""

    channel: Channel
    mode: Mode
    matter: Matter
    enclosed: Enclosed | None = None
    own_number: str | None = None
    paper_at: str | None = None
    distinct: bool = False


def register_referral(
    state: Register, opened: Opened, view: View, now: datetime
) -> Decision[Register]:
    """Register what a linkage sent. Raises WrongDispute, AlreadyRegistered."""
    request = opened.request
    if request.dispute_code != view.code:
        raise WrongDispute(view.code)
    event = DisputeRegisteredV1(
        **{name: getattr(request, name) for name in FACTS_OF_REQUEST},
        dossier=opened.enclosed.pointer,
    )
    return _register(state, event, opened.enclosed, view, now)


FACTS_OF_REQUEST = (
    "dispute_code",
    "legal_at",
    "actor",
    "evidence_sha256",
    "request_sha256",
    "origin",
    "channel",
    "mode",
    "matter",
    "received_at",
    "started_clocks",
    "gates_passed",
    "evidence",
)


def register_at_door(
    state: Register, command: CommandGiven, view: View, now: datetime
) -> Decision[Register]:
    """Register what came in at the window, by phone, on paper or from the grid.

    Raises Repeated or Refused (409 `already_registered`) for an own number that came before,
    Refused 409 `agency_abolished`.
    """
    given: Registration = command.body
    numbered = _own_number_row(given, command, view)
    require_existing(view.agencies.get(command.agency))
    evidence = command.evidence
    event = DisputeRegisteredV1(
        dispute_code=view.code,
        legal_at=now,
        actor=command.agency,
        evidence_sha256=evidence_sha256(evidence) if evidence else None,
        request_sha256=request_sha256(evidence) if evidence else None,
        origin=command.agency,
        channel=given.channel,
        mode=given.mode,
        matter=given.matter,
        received_at=command.received_at,
        dossier=given.enclosed.pointer if given.enclosed else None,
        sensitive=given.enclosed is None,
        evidence=evidence,
    )
    decided = _register(state, event, given.enclosed, view, now, distinct=given.distinct)
    entry = decided.state
    reply = {
        "status_url": f"/v1/disputes/{view.code}/registration",
        "candidates": [candidate.model_dump(mode="json") for candidate in entry.candidates],
        "linked_to": entry.lead_code,
    }
    return Decision(
        entry.model_copy(update={"paper_at": given.paper_at}),
        (*numbered, *decided.effects),
        reply=reply,
    )


def _own_number_row(given: Registration, command: CommandGiven, view: View) -> tuple[Index, ...]:
    """The index row of the registrar's own number, once in its life."""
    if given.own_number is None:
        return ()
    before = used_before(command, given.own_number, view)
    if before is not None:
        raise Refused(
            "already_registered",
            "此登记编号已登记为另一内容；如需更正，请在原案码下补充",
            "this own number was registered with another content; add to that dispute instead",
            extra={"dispute_code": before.dispute_code},
        )
    return (own_number_row(command, given.own_number),)


def _register(
    state: Register,
    event: DisputeRegisteredV1,
    enclosed: Enclosed | None,
    view: View,
    now: datetime,
    *,
    distinct: bool = False,
) -> Decision[Register]:
    """Link it to the same dispute, or name that one to a person.

    A referral that comes with a clock of its sender's is never linked: under a linked code the
    sender could no more do what stops it.
    """
    if state.registered_at is not None:
        raise AlreadyRegistered(view.code)
    parties = enclosed.parties if enclosed else ()
    hashes = tuple(dict.fromkeys(one for party in parties for one in party))
    own = _sighting(event, now, len(parties))
    near = matches(view.code, own, parties, view.found)
    same = None if distinct or event.started_clocks else the_same(own, near)
    found = candidates(own, near)
    entry = state.model_copy(
        update={
            "registered_at": now,
            "origin": event.origin,
            "channel": event.channel,
            "matter": event.matter,
            "dossier": event.dossier,
            "parties": hashes,
            "sensitive": event.sensitive,
            "candidates": found,
            "lead_code": same.lead if same else None,
        }
    )
    effects: list[Effect] = [
        *_kept(enclosed, event.actor, view),
        *_party_rows(own, hashes, same),
        Publish(DISPUTES.name, event),
    ]
    if same is not None:
        grounds = next(c.why for c in found if c.dispute_code == same.lead)
        effects.append(Publish(DISPUTES.name, _linked(event, same, grounds, now)))
    return Decision(entry, tuple(effects))


def _kept(enclosed: Enclosed | None, agency: str, view: View) -> tuple[Effect, ...]:
    if enclosed is None:
        return ()
    return (
        access_row(view, agency, "register"),
        KeepBlob(KEY_BLOB, enclosed.key_blob),
        KeepBlob(dossier_blob(enclosed.pointer.version), enclosed.ciphertext),
    )


def _sighting(event: DisputeRegisteredV1, now: datetime, parties: int) -> Sighting:
    return Sighting(
        place=event.matter.place,
        on=day_in_beijing(now),
        kind=event.matter.kind,
        channel=event.channel,
        parties=parties,
    )


def _party_rows(own: Sighting, hashes: Sequence[str], same: Match | None) -> tuple[Index, ...]:
    seen = Sighting(
        own.place, own.on, own.kind, own.channel, own.parties, same.lead if same else ""
    )
    return tuple(Index(PARTY, one, seen.text()) for one in hashes)


def rows_over(state: Register) -> tuple[Index, ...]:
    """The rows of a closed dispute's parties; none where it has none, or is erased."""
    if state.registered_at is None or state.matter is None or state.channel is None:
        return ()
    seen = Sighting(
        place=state.matter.place,
        on=day_in_beijing(state.registered_at),
        kind=state.matter.kind,
        channel=state.channel,
        parties=state.dossier.parties if state.dossier else 0,
        lead=state.lead_code or "",
        over=True,
    )
    return tuple(Index(PARTY, one, seen.text()) for one in state.parties)


def _linked(
    event: DisputeRegisteredV1, same: Match, grounds: tuple[str, ...], now: datetime
) -> DisputeLinkedV1:
    return DisputeLinkedV1(
        dispute_code=event.dispute_code,
        legal_at=now,
        actor=EXCHANGE,
        lead_code=same.lead,
        grounds=grounds,
    )
