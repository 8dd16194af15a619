"""The declaration of `directory`: one partition, since its topic has one."""

from exchange.chassis.service import Service
from exchange.contracts.topics import AGENCIES
from services.directory.api import router
from services.directory.decider import decide
from services.directory.state import Entry, new_entry

SERVICE = Service(
    name="directory",
    state=Entry,
    initial=new_entry,
    decide=decide,
    router=router,
    partitions=AGENCIES.partitions,
    subject="agency",
)
