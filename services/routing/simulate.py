"""Where a matter would go now, and why: the same choice as for a real one, nothing is changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.directory import AgencyListedV1
from law.local_time import local_day
from services.routing.choice import Query, first_level, place_matter
from services.routing.limits import acceptance
from services.routing.schemas import SimulateForm


def simulate(
    form: SimulateForm,
    asker: AgencyListedV1,
    book: AgencyBook,
    loads: Mapping[str, int],
    now: datetime,
) -> dict[str, Any]:
    """The agency that would be offered it, every reason, everyone passed over, the limit."""
    matter = form.matter()
    origin = book.get(form.origin) if form.origin else asker
    query = Query(
        matter=matter,
        origin=form.origin or asker.agency,
        on=local_day(now),
        by_police=origin is not None and origin.kind == "police",
    )
    found = place_matter(query, book, loads, first_level(matter, book))
    limit = acceptance("mediation", matter.place, now, ())
    return {
        "chosen": _named(found.agency),
        "level": found.level,
        "reasons": [reason.model_dump() for reason in found.reasons],
        "alternatives": [other.model_dump() for other in found.alternatives],
        "due_at": limit.limit.ends_at,
        "due_because": limit.because,
        "directory_version": book.version,
    }


def _named(agency: AgencyListedV1 | None) -> dict[str, str] | None:
    if agency is None:
        return None
    return {"agency": agency.agency, "name": agency.name, "kind": agency.kind}
