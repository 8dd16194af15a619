"""The committees' door, declared."""

from exchange.chassis.service import Service
from services.mediation.api import router
from services.mediation.decider import DESK, MediationState, decide

SERVICE = Service(
    name="mediation",
    state=MediationState,
    initial=lambda code: MediationState(dispute_code=code),
    decide=decide,
    router=router,
    serves=DESK.kinds,
)
