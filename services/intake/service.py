"""The declaration of `intake`."""

from exchange.chassis.service import Service
from services.intake.api import router
from services.intake.decider import decide, lookups
from services.intake.keys import load_keys
from services.intake.opening import prepare
from services.intake.state import Register, new_register

SERVICE = Service(
    name="intake",
    state=Register,
    initial=new_register,
    decide=decide,
    router=router,
    lookups=lookups,
    prepare=prepare,
    keys=load_keys,
)
