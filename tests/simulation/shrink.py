"""A failing plan made smaller while it still fails: what is left is what it takes."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.plan import Plan

PARTS = ("faults", "twins", "lags", "again", "push", "stories")
TRIES_MAX = 400


def shrunk(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """The smallest plan found in TRIES_MAX tries; `fails` says whether one still fails."""
    tries = 0
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(plan):
            tries += 1
            if tries > TRIES_MAX:
                return plan
            if fails(candidate):
                plan, smaller = candidate, True
                break
    return plan


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Plans with one thing less, the largest steps first."""
    for name in PARTS:
        part = getattr(plan, name)
        if len(part) > 1 and name != "stories":
            yield replace(plan, **{name: ()})
        for n in range(len(part)):
            if name != "stories" or len(part) > 1:
                yield replace(plan, **{name: part[:n] + part[n + 1 :]})
    for n, story in enumerate(plan.stories):
        for acts in {0, story.acts_max // 2, story.acts_max - 1}:
            if 0 <= acts < story.acts_max:
                less = replace(story, acts_max=acts)
                yield replace(plan, stories=(*plan.stories[:n], less, *plan.stories[n + 1 :]))
    if plan.partitions > 1:
        yield replace(plan, partitions=1)
    if plan.yields:
        yield replace(plan, yields=0.0)
