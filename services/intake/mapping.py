"""From the printed register to what the exchange knows, and to the dossier that is enclosed."""

from typing import Any

from exchange.contracts.events.intake import Matter
from exchange.doors.matters import level_of
from services.intake.opening import Enclosed
from services.intake.registering import Registration
from services.intake.schemas import RegistrationForm


def registration_of(form: RegistrationForm, enclosed: Enclosed | None) -> Registration:
    return Registration(
        channel=form.channel,
        mode=form.mode,
        matter=matter_of(form),
        enclosed=enclosed,
        own_number=form.own_number,
        paper_at=form.paper_at,
        distinct=form.distinct,
    )


def matter_of(form: RegistrationForm) -> Matter:
    place = form.place.division
    return Matter(kind=form.kind, place=place, level=level_of(place), urgency=form.urgency)


def dossier_of(form: RegistrationForm) -> dict[str, Any]:
    """The dossier in the words that every linkage uses towards intake."""
    return {
        "parties": [
            {"ordinal": ordinal, **party.model_dump()}
            for ordinal, party in enumerate(form.parties, start=1)
        ],
        "address": form.place.address,
        "narrative": form.narrative,
        "claims": form.claims,
    }
