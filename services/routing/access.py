"""Who sees what of a dispute's standing: the policy's fields, from the standing's relations.

The holder, the origin and a supervisor see where it stands; an agency that was only offered it
sees place, kind, level and urgency; a former holder and everybody else see nothing.
"""

from typing import Any

from exchange.contracts.events.base import Standing
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.vocabulary import OFFERED, AgencyKind
from exchange.identity.policy import Allowed, DisputeAccess, Field, Purpose, Role, Subject, decide
from services.routing.lifecycle import acts_allowed
from services.routing.nearby import county_of
from services.routing.state import DisputeState

OPERATORS: frozenset[AgencyKind] = frozenset({"exchange"})
PURPOSES: tuple[Purpose, ...] = ("follow_progress", "triage", "supervise")
FORMER = frozenset({"declined", "silent", "failed", "concluded"})


def granted(state: DisputeState, asker: AgencyListedV1) -> frozenset[Field]:
    """The fields that the asker may see for any of its purposes; none: it is not told at all."""
    assert state.standing is not None
    role: Role = "supervisor" if is_supervisor(asker, state.standing) else "agency"
    subject, target = Subject(asker.agency, role), access_to(state.standing)
    answers = (decide(subject, "read", target, purpose) for purpose in PURPOSES)
    return frozenset[Field]().union(*(a.fields for a in answers if isinstance(a, Allowed)))


def is_supervisor(asker: AgencyListedV1, standing: Standing) -> bool:
    """The exchange's operators everywhere, the centre in its own county."""
    if asker.kind in OPERATORS:
        return True
    return asker.kind == "centre" and asker.place == county_of(standing.place)


def access_to(standing: Standing) -> DisputeAccess:
    """Who stands in which relation to the dispute now."""
    referrals = standing.referrals
    accepted = [r for r in referrals if r.status == "accepted"]
    holders = {r.receiver for r in accepted if r.purpose == "mediation"}
    reviewers = {r.receiver for r in accepted if r.purpose == "confirmation"}
    offered = {r.receiver for r in referrals if r.status in OFFERED}
    former = {r.receiver for r in referrals if r.status in FORMER}
    return DisputeAccess(
        holders=frozenset(holders),
        reviewers=frozenset(reviewers),
        offered=frozenset(offered),
        former_holders=frozenset(former - holders - reviewers - offered),
        senders=frozenset({standing.origin}),
    )


def shown(code: str, state: DisputeState, asker: str, fields: frozenset[Field]) -> dict[str, Any]:
    """The standing as far as `fields` go, and what the asker may do now on each of its parts."""
    standing, registration = state.standing, state.registration
    assert standing is not None
    assert registration is not None
    outline = {
        "place": standing.place,
        "kind": standing.kind,
        "level": standing.level,
        "urgency": registration.matter.urgency,
    }
    progress = standing.model_dump(mode="json", exclude=set(outline))
    body: dict[str, Any] = {"dispute_code": code, "sequence": state.sequence}
    body |= {name: value for name, value in outline.items() if name in fields}
    if "status" in fields:
        body |= {**progress, "lead_code": state.lead_code}
    return body | {"acts_allowed": _acts(standing, asker)}


def _acts(standing: Standing, asker: str) -> list[dict[str, Any]]:
    parts = [None, *(r.referral_id for r in standing.referrals)]
    allowed = [(part, acts_allowed(standing, asker, part)) for part in parts]
    return [{"referral_id": part, "acts": list(acts)} for part, acts in allowed if acts]
