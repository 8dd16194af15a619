"""How much each bench is given to do: the defaults make one run of at most a quarter of an hour."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

DISPUTES_MAX = 10_000_000
BATCHES: Mapping[int, int] = {1: 150, 10: 700, 50: 1_500, 200: 2_500, 500: 2_500, 2_000: 2_500}
QUICK_BATCHES: Mapping[int, int] = {10: 20, 500: 20}


@dataclass(frozen=True, slots=True)
class Sizes:
    """`disputes` is how many lie in the large store, and how many clocks are pending.

    `stories` are played by routing and by the bare spine, `by_batch` (batch size → stories) by
    routing for the plot, `rebuilt` before a read model is rebuilt; each story is 6 inputs. The
    peers get inputs, as many as each can do in a while.
    """

    stories: int = 5_000
    by_batch: Mapping[int, int] = field(default_factory=lambda: BATCHES)
    rebuilt: int = 4_000
    faststream_inputs: int = 4_000
    dbos_inputs: int = 1_200
    disputes: int = 1_000_000
    few_disputes: int = 10_000
    growth_events: int = 20_000
    referrals_per_s: int = 100
    referrals_for_s: int = 60
    clocks_per_s: int = 1_000
    clocks_for_s: int = 20
    takeovers: int = 3
    kafka_restarts: int = 3

    def with_disputes(self, disputes: int) -> "Sizes":
        """Raises ValueError where so many cannot be meant."""
        if not self.few_disputes < disputes <= DISPUTES_MAX:
            raise ValueError(f"disputes: more than {self.few_disputes}, at most {DISPUTES_MAX}")
        return replace(self, disputes=disputes)


WHOLE = Sizes()
QUICK = Sizes(
    stories=200,
    by_batch=QUICK_BATCHES,
    rebuilt=200,
    faststream_inputs=300,
    dbos_inputs=120,
    disputes=20_000,
    few_disputes=2_000,
    growth_events=4_000,
    referrals_per_s=20,
    referrals_for_s=5,
    clocks_for_s=4,
    takeovers=1,
    kafka_restarts=1,
)
"""To see that every bench runs: its figures mean nothing."""
