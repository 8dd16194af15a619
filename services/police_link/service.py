"""The police linkage, declared."""

from exchange.chassis.service import Service
from services.police_link.api import router
from services.police_link.decider import DESK, PoliceState, decide, lookups

SERVICE = Service(
    name="police_link",
    state=PoliceState,
    initial=lambda code: PoliceState(dispute_code=code),
    decide=decide,
    router=router,
    lookups=lookups,
    serves=DESK.kinds,
)
