"""The catalogue of event types: an explicit dict from type and version to class."""

import orjson

from exchange.contracts.envelope import Envelope
from exchange.contracts.events import directory, intake, proposals, routing
from exchange.contracts.events.base import DisputeEvent, Event
from exchange.contracts.upcast import upcast

CATALOGUE: dict[tuple[str, int], type[Event]] = {
    (event.type, event.version): event
    for event in (
        directory.AgencyListedV1,
        intake.ReferralRequestedV1,
        intake.DisputeRegisteredV1,
        intake.DisputeLinkedV1,
        proposals.ProposalMadeV1,
        routing.ReferralOfferedV1,
        routing.ReferralReceivedV1,
        routing.ReferralAcceptedV1,
        routing.ReferralDeclinedV1,
        routing.ReferralEscalatedV1,
        routing.MediationStartedV1,
        routing.MediationFailedV1,
        routing.AgreementReachedV1,
        routing.PerformanceRecordedV1,
        routing.AgreementPerformedV1,
        routing.AgreementBreachedV1,
        routing.ConfirmationAppliedV1,
        routing.ConfirmationRuledV1,
        routing.ClosingAppliedV1,
        routing.DisputeClosedV1,
        routing.ClockSetV1,
        routing.ClockWarnedV1,
        routing.ClockExpiredV1,
        routing.ClockReinstatedV1,
        routing.ClockStoppedV1,
        routing.ProposalRefusedV1,
    )
}


NEWEST: dict[str, type[Event]] = {
    event.type: event for event in sorted(CATALOGUE.values(), key=lambda event: event.version)
}
"""The class by which every version of a type is read."""


class UnknownEventType(ValueError):
    """No class of ours reads this type and version."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(f"no event type {name} v{version} is known")
        self.name, self.version = name, version


def decode(envelope: Envelope) -> Event:
    """The event inside, as its newest version has it.

    Raises UnknownEventType, NoUpcaster or pydantic's ValidationError, all of them ValueErrors.
    """
    try:
        event = NEWEST[envelope.type]
    except KeyError:
        raise UnknownEventType(envelope.type, envelope.version) from None
    if envelope.version == event.version:
        return event.model_validate_json(envelope.value)
    value = orjson.loads(envelope.value)
    return event.model_validate(upcast(envelope.type, envelope.version, value, to=event.version))


__all__ = ["CATALOGUE", "DisputeEvent", "Event", "UnknownEventType", "decode"]
