"""Routing again, at each batch size: the plot of throughput over batch size."""

from bench.ground import Figures, Ground
from bench.plots import PLOTS, Series, chart
from bench.routing import played_per_s

PLOT = PLOTS / "throughput.svg"


async def measure(ground: Ground) -> Figures:
    """Events a second for each size of `Sizes.by_batch`."""
    figures = {}
    for size, count in ground.sizes.by_batch.items():
        environment = {"FENGQIAO_BATCH_EVENTS_MAX": str(size)}
        per_s = await played_per_s(ground, ground.stories(count), environment=environment)
        ground.say(f"batches of {size}: {per_s:,.0f} events/s")
        figures[f"routing_events_per_s_in_batches_of_{size}"] = per_s
    points = list(zip(ground.sizes.by_batch, figures.values(), strict=True))
    PLOT.write_text(
        chart(
            "Routing: events a second over batch size",
            [Series("one process, whole semantics", points)],
            x="events in a batch, at most",
            y="events/s",
            logarithmic=True,
        )
    )
    return figures
