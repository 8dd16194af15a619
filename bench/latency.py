"""Receipt and offer at 100 referrals a second for a minute: what a station and a committee feel.

Referrals leave on a fixed schedule, however slow the answers are, and each latency is counted from
the moment at which its referral was to leave: nothing waits unseen. Receipt: until the station has
verified its signed receipt. Offer: until the committee's own system holds it.
"""

import asyncio
import time
from collections.abc import Sequence

from bench.ground import Figures
from bench.percentiles import curve, percentile
from bench.plots import PLOTS, Series, chart
from bench.sizes import Sizes
from bench.town import Town, open_town
from exchange.local.saying import Say

PLOT = PLOTS / "latency.svg"
WARM_UP = 50
OFFERED_WITHIN_S = 120.0


async def measure(sizes: Sizes, say: Say) -> Figures:
    """Percentiles over every referral of the minute."""
    async with open_town(say) as town:
        warm = [await town.refer(number) for number in range(WARM_UP)]
        await town.offered(warm, OFFERED_WITHIN_S)
        count = sizes.referrals_per_s * sizes.referrals_for_s
        began = time.monotonic() + 1.0
        due = [began + number / sizes.referrals_per_s for number in range(count)]
        told = await asyncio.gather(
            *(_referred(town, WARM_UP + number, at) for number, at in enumerate(due))
        )
        await town.offered([code for code, _ in told], OFFERED_WITHIN_S)
        receipt_ms = [(at - start) * 1000 for start, (_, at) in zip(due, told, strict=True)]
        offer_ms = [
            (town.offered_at[code] - start) * 1000
            for start, (code, _) in zip(due, told, strict=True)
        ]
    _plot(receipt_ms, offer_ms, sizes)
    return {
        "receipt_p50_ms": percentile(receipt_ms, 50),
        "receipt_p99_ms": percentile(receipt_ms, 99),
        "offer_p50_ms": percentile(offer_ms, 50),
        "offer_p99_ms": percentile(offer_ms, 99),
    }


async def _referred(town: Town, number: int, at: float) -> tuple[str, float]:
    """The dispute's code, and when its receipt was held."""
    await asyncio.sleep(at - time.monotonic())
    code = await town.refer(number)
    return code, time.monotonic()


def _plot(receipt_ms: Sequence[float], offer_ms: Sequence[float], sizes: Sizes) -> None:
    PLOT.write_text(
        chart(
            f"Latency at {sizes.referrals_per_s} referrals a second, {sizes.referrals_for_s} s",
            [Series("receipt", curve(receipt_ms)), Series("offer", curve(offer_ms))],
            x="percentile",
            y="ms",
        )
    )
