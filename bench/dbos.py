"""The same job in DBOS workflows, one lane per dispute."""

from bench.ground import Figures, Ground
from bench.peers.measuring import events_per_s


async def measure(ground: Ground) -> Figures:
    """Inputs that one such process handles in a second."""
    inputs = ground.sizes.dbos_inputs
    return {"dbos_events_per_s": await events_per_s(ground, "dbos", inputs)}
