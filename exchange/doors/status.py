"""Where a dispute stands, as a door tells an agency with a part in it: never a session's notes."""

from collections.abc import Sequence
from typing import Any

from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.base import ReferralStanding, Standing
from exchange.contracts.vocabulary import LIVE, Act
from exchange.doors.projection import Projection


def status(
    state: Projection, agency: str, book: AgencyBook, acts_allowed: Sequence[Act]
) -> dict[str, Any]:
    """Stage, holder, limits with their articles, timeline, the agency's own open proposals.

    Before the first canonical event the stage is `requested`: durably held, not yet registered.
    """
    standing, refused = state.standing, state.refused
    return {
        "dispute_code": state.dispute_code,
        "stage": standing.stage if standing else "requested",
        "sequence": state.last_sequence,
        "holder": _holder(standing, book),
        "limits": [clock.model_dump(mode="json") for clock in standing.clocks] if standing else [],
        "confirmation": standing.confirmation if standing else None,
        "agreement": _agreement(standing),
        "timeline": [moment.model_dump(mode="json") for moment in state.timeline],
        "pending": [p.model_dump(mode="json") for p in state.pending if p.agency == agency],
        "refused": refused.model_dump(mode="json")
        if refused and refused.agency == agency
        else None,
        "acts_allowed": list(acts_allowed),
    }


def referral_status(
    state: Projection, referral: ReferralStanding, book: AgencyBook, acts_allowed: Sequence[Act]
) -> dict[str, Any]:
    """What the receiver of a referral sees of it.

    The holder sees where the dispute stands; an agency that was only offered it sees the outline;
    one that held it once sees what became of its own part.
    """
    agency = referral.receiver
    own = referral.model_dump(mode="json", exclude={"receiver_kind", "last_sequence"})
    if state.standing is not None and state.standing.holder == agency:
        return {**own, **status(state, agency, book, acts_allowed)}
    known = {"dispute_code": state.dispute_code, "acts_allowed": list(acts_allowed)}
    if state.standing is None or referral.status not in LIVE:
        return {**own, **known}
    told = status(state, agency, book, acts_allowed)
    outline = {name: told[name] for name in ("sequence", "limits", "pending", "refused")}
    return {
        **own,
        **known,
        **outline,
        "kind": state.standing.kind,
        "place": state.standing.place,
    }


def _holder(standing: Standing | None, book: AgencyBook) -> dict[str, Any] | None:
    if standing is None or standing.holder is None:
        return None
    listed = book.get(standing.holder)
    if listed is None:
        return {"agency": standing.holder}
    return {
        "agency": listed.agency,
        "name": listed.name,
        "kind": listed.kind,
        "level": listed.level,
    }


def _agreement(standing: Standing | None) -> dict[str, Any] | None:
    if standing is None or standing.agreement_form is None:
        return None
    due = standing.performance_due
    return {
        "form": standing.agreement_form,
        "instalments_due": standing.instalments_due,
        "instalments_paid": standing.instalments_paid,
        "performance_due": due.isoformat() if due else None,
    }
