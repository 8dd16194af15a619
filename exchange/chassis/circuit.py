"""When an agency's endpoint is left alone for a while: the rule that both stores keep.

So many failures after one another open its circuit for so long; any outcome of ALIVE closes it.
"""

FAILURES_MAX = 5
OPEN_S = 30
ALIVE = frozenset({"answered", "refused", "absent"})
"""Outcomes that show that the endpoint works, whatever it said."""
