"""The checker: pure, and with no line in common with what it checks.

Each property is a function of its own, whose docstring names the promise that it holds the
exchange to. P1 to P12 are the promises of the exchange's own list:

    P1   2xx is durable, and reaches its addressee or is listed with a cause
    P2   one referral, one effect          P3   per dispute in sequence, without a gap, everywhere
    P4   a deadline fires once in effect, never early, also when it fell due while down
    P5   an agency acts only on what is its own
    P6   each handover leaves evidence     P7   in order per dispute
    P8   poison holds only its own dispute P9   bounded recovery
    P10  an altered history is detected    P12  never 2xx without commit
"""

from collections.abc import Callable, Mapping

from tests.checker.acts import doubled, lost, phantom
from tests.checker.case import Case
from tests.checker.clocks import early_clock, expired_though_timely
from tests.checker.history import History, Observation
from tests.checker.holders import wrong_holder
from tests.checker.order import hash_chain, out_of_order
from tests.checker.proofs import unsigned
from tests.checker.rest import not_caught_up
from tests.checker.verdict import Finding, Property, Verdict

CHECKS: Mapping[Property, Callable[[Case], Finding]] = {
    "lost": lost,
    "phantom": phantom,
    "doubled": doubled,
    "out_of_order": out_of_order,
    "hash_chain": hash_chain,
    "early_clock": early_clock,
    "expired_though_timely": expired_though_timely,
    "wrong_holder": wrong_holder,
    "unsigned": unsigned,
    "not_caught_up": not_caught_up,
}


def check(history: History, observation: Observation, *, scenario: str = "") -> Verdict:
    """Judge one run; `scenario` (a name, a seed) is told in the verdict, so that it can be run
    again."""
    case = Case(history, observation)
    violations = {name: tuple(property_(case)) for name, property_ in CHECKS.items()}
    return Verdict(scenario, case.counted(), violations)
