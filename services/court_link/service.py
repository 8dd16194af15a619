"""The court's linkage, declared."""

from exchange.chassis.service import Service
from services.court_link.api import router
from services.court_link.decider import DESK, CourtState, decide

SERVICE = Service(
    name="court_link",
    state=CourtState,
    initial=lambda code: CourtState(dispute_code=code),
    decide=decide,
    router=router,
    serves=DESK.kinds,
)
