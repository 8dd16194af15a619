"""Routing, declared: it starts nothing."""

from exchange.chassis.service import Service
from services.routing.api import router
from services.routing.decider import decide
from services.routing.restore import restore
from services.routing.state import DisputeState

SERVICE = Service(
    name="routing",
    state=DisputeState,
    initial=lambda _code: DisputeState(),
    decide=decide,
    router=router,
    ledger=True,
    restore=restore,
)
