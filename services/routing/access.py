"""Routing's page of a dispute: as much of its standing as the policy lets the asker see.

The holder, the origin and a supervisor see where it stands; an agency that was only offered it
sees place, kind, level and urgency; a former holder and everybody else see nothing.
"""

from typing import Any

from exchange.contracts.events.base import Standing
from exchange.contracts.events.directory import AgencyListedV1
from exchange.identity.policy import Field, overview
from exchange.identity.relations import relations
from services.routing.lifecycle import acts_allowed
from services.routing.state import DisputeState


def granted(standing: Standing, asker: AgencyListedV1) -> frozenset[Field]:
    """The fields that the asker may see for any of its purposes; none: it is not told at all."""
    return overview(relations(asker, standing, origin=standing.origin, place=standing.place))


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
