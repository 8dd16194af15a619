"""The agencies of a county's facts as the directory lists them."""

from exchange.contracts.events.directory import AgencyListedV1
from services.directory.districts import AgencyFact


def listed(fact: AgencyFact) -> AgencyListedV1:
    """An agency of the facts as the directory lists it."""
    return AgencyListedV1(
        agency=fact.code,
        name=fact.name,
        kind=fact.kind,
        level=fact.level,
        place=fact.place,
        parent=fact.parent,
        stationed_at=fact.stationed_at,
        specialties=fact.specialties,
        capacity=fact.capacity,
        abolished=fact.abolished,
    )
