"""A rule that the code cites stands in the law's tables, or is a rule of the story by name."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from exchange.contracts.events import CATALOGUE
from exchange.contracts.topics import TOPICS
from law import load
from services.routing.refusals import OWN_RULES
from tests.tidy.repository import PACKAGES, nothing_to_mend, python, strings, tree

NOT_YET_USED = (
    "confirmation.execution",
    "confirmation.free",
    "confirmation.objection",
    "confirmation.objection_third",
    "consumer",
    "court",
    "dispatch",
    "labour",
    "legal_aid",
    "levels",
    "local",
    "medical",
    "mediation",
    "petition",
    "police",
    "practice",
    "prosecution",
    "traffic",
)
"""Families of rules of which no code cites every one: their linkages are still to come, or they
are read by place (`levels`, `practice`). A family that is cited whole leaves this list."""

_DOTTED = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")


@cache
def _law_ids() -> frozenset[str]:
    return frozenset(rule.id for rule in load().rules)


@cache
def _known() -> frozenset[str]:
    types = {name for name, _ in CATALOGUE}
    return _law_ids() | types | OWN_RULES.keys() | TOPICS.keys()


def _unknown_rules(path: str, module: ast.Module) -> Iterator[str]:
    """Texts that begin like a rule of the law and are none, nor another name of ours."""
    families = {rule.partition(".")[0] for rule in _law_ids()}
    for literal in strings(module):
        cited = str(literal.value)
        is_rule = _DOTTED.fullmatch(cited) and cited.partition(".")[0] in families
        if is_rule and cited not in _known():
            yield f"{path}:{literal.lineno} cites {cited}"


def test_a_rule_of_no_table_would_be_noticed() -> None:
    source = 'gate("police.consent.both")\ngate("police.consent.none")\n'
    assert list(_unknown_rules("a.py", ast.parse(source))) == ["a.py:2 cites police.consent.none"]


def test_every_rule_that_is_cited_exists() -> None:
    nothing_to_mend(
        (found for path in python(*PACKAGES) for found in _unknown_rules(path, tree(path))),
        "correct the id, or add its row with instrument and article to law/tables/",
    )


def test_no_rule_of_the_story_hides_a_rule_of_the_law() -> None:
    nothing_to_mend(
        (f"services/routing/refusals.py {rule}" for rule in OWN_RULES.keys() & _law_ids()),
        "rename it: the law's rule has its article",
    )


def _not_cited() -> frozenset[str]:
    cited = {str(one.value) for path in python(*PACKAGES) for one in strings(tree(path))}
    return _law_ids() - cited


def _is_of(rule: str, family: str) -> bool:
    return rule == family or rule.startswith(f"{family}.")


def test_every_rule_of_the_law_is_cited_or_listed_as_not_yet_used() -> None:
    nothing_to_mend(
        (rule for rule in _not_cited() if not any(_is_of(rule, family) for family in NOT_YET_USED)),
        "cite it where its condition is judged, or list its family in NOT_YET_USED",
    )


def test_a_family_that_is_cited_whole_is_listed_no_more() -> None:
    unused = _not_cited()
    nothing_to_mend(
        (family for family in NOT_YET_USED if not any(_is_of(rule, family) for rule in unused)),
        "strike it from NOT_YET_USED",
    )
