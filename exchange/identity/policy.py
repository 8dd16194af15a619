"""Who may do what with a dispute, for which purpose: one table, and nothing that is not in it.

An agency that was only offered a referral sees place, kind, level and urgency, and names only to
declare a conflict of interest; the agency that accepted it sees the dossier field by field, as its
purpose needs: a holder to mediate, a reviewer to review the agreement, and neither for the other's
purpose, whatever it states; a former holder sees nothing more; the sender sees status and
outcome, never session notes; a supervisor sees metadata. Who is what stands in `relations`; which
acts a party may propose, in routing's lifecycle.
"""

from dataclasses import dataclass
from typing import Literal

from exchange.identity.relations import Relation, Relations

Action = Literal["read", "read_file"]
Purpose = Literal[
    "triage",  # 受理审查: whether to accept
    "conflict_check",  # 回避核查
    "conduct_mediation",  # 主持调解
    "contact_parties",  # 联系、送达
    "review_agreement",  # 司法确认审查
    "close_case",  # 结案
    "follow_progress",  # 跟踪进展
    "supervise",  # 督办
]
Field = Literal[
    "place",
    "kind",
    "level",
    "urgency",
    "party_names",
    "party_id_numbers",
    "party_contacts",
    "narrative",
    "handling",
    "session_notes",
    "agreement",
    "files",
    "status",
    "outcome",
    "clocks",
]
Rule = Literal["default_deny", "former_holder", "no_relation"]

OUTLINE: frozenset[Field] = frozenset({"place", "kind", "level", "urgency"})
OVERVIEW: tuple[Purpose, ...] = ("triage", "follow_progress", "supervise")
PROGRESS: frozenset[Field] = frozenset({"status", "outcome", "clocks"})
CASE: frozenset[Field] = OUTLINE | {"party_names", "narrative", "handling", "files"}

ALLOWED: dict[tuple[Relation, Action, Purpose], frozenset[Field]] = {
    ("offered", "read", "triage"): OUTLINE,
    ("offered", "read", "conflict_check"): OUTLINE | {"party_names"},
    ("holder", "read", "conduct_mediation"): CASE | {"session_notes", "agreement"},
    ("holder", "read", "contact_parties"): frozenset({"party_names", "party_contacts"}),
    ("holder", "read", "close_case"): CASE | PROGRESS | {"agreement"},
    ("holder", "read", "follow_progress"): OUTLINE | PROGRESS,
    ("holder", "read_file", "conduct_mediation"): frozenset({"files"}),
    ("holder", "read_file", "close_case"): frozenset({"files"}),
    ("reviewer", "read", "review_agreement"): CASE | {"party_id_numbers", "agreement"},
    ("reviewer", "read", "follow_progress"): OUTLINE | PROGRESS,
    ("reviewer", "read_file", "review_agreement"): frozenset({"files"}),
    ("sender", "read", "follow_progress"): PROGRESS,
    ("supervisor", "read", "supervise"): OUTLINE | PROGRESS,
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """The act is allowed; of the dossier exactly `fields` may be shown."""

    fields: frozenset[Field]


@dataclass(frozen=True, slots=True)
class Denied:
    """The act is not allowed; `rule` says why, for the access log, not for the caller."""

    rule: Rule


def decide(relations: Relations, action: Action, purpose: Purpose) -> Allowed | Denied:
    """Allowed by the union of what each relation allows; denied when none allows it."""
    granted = [
        ALLOWED[relation, action, purpose]
        for relation in relations
        if (relation, action, purpose) in ALLOWED
    ]
    if granted:
        return Allowed(frozenset().union(*granted))
    if not relations:
        return Denied("no_relation")
    return Denied("former_holder" if relations == {"former_holder"} else "default_deny")


def overview(relations: Relations) -> frozenset[Field]:
    """What a page that asks for no purpose may show: where the dispute stands, nothing personal."""
    answers = (decide(relations, "read", purpose) for purpose in OVERVIEW)
    return frozenset[Field]().union(*(a.fields for a in answers if isinstance(a, Allowed)))
