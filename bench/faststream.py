"""The same job in a FastStream service: one transaction and one awaited send per message."""

from bench.ground import Figures, Ground
from bench.peers.measuring import events_per_s


async def measure(ground: Ground) -> Figures:
    """Inputs that one such process handles in a second."""
    inputs = ground.sizes.faststream_inputs
    return {"faststream_events_per_s": await events_per_s(ground, "faststream", inputs)}
