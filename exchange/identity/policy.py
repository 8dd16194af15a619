"""Who may do what with a dispute, for which purpose: one table, and nothing that is not in it.

The relations are those of the word *holder*: an agency that was only offered a referral sees
place, kind, level and urgency, and names only to declare a conflict of interest; the agency that
accepted it sees the dossier field by field, as its purpose needs: a holder to mediate, a reviewer
(the court that accepted the confirmation) to review the agreement, and neither for the other's
purpose, whatever it states; a former holder sees nothing more; the sender sees status and
outcome, never session notes; a supervisor sees metadata.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["agency", "supervisor"]
Relation = Literal["offered", "holder", "reviewer", "former_holder", "sender", "supervisor"]
Action = Literal["read", "read_file", "act", "answer_offer", "recall"]
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
PROGRESS: frozenset[Field] = frozenset({"status", "outcome", "clocks"})
CASE: frozenset[Field] = OUTLINE | {"party_names", "narrative", "handling", "files"}

ALLOWED: dict[tuple[Relation, Action, Purpose], frozenset[Field]] = {
    ("offered", "read", "triage"): OUTLINE,
    ("offered", "read", "conflict_check"): OUTLINE | {"party_names"},
    ("offered", "answer_offer", "triage"): frozenset(),
    ("holder", "read", "conduct_mediation"): CASE | {"session_notes", "agreement"},
    ("holder", "read", "contact_parties"): frozenset({"party_names", "party_contacts"}),
    ("holder", "read", "close_case"): CASE | PROGRESS | {"agreement"},
    ("holder", "read", "follow_progress"): OUTLINE | PROGRESS,
    ("holder", "read_file", "conduct_mediation"): frozenset({"files"}),
    ("holder", "read_file", "close_case"): frozenset({"files"}),
    ("holder", "act", "conduct_mediation"): frozenset(),
    ("holder", "act", "close_case"): frozenset(),
    ("reviewer", "read", "review_agreement"): CASE | {"party_id_numbers", "agreement"},
    ("reviewer", "read", "follow_progress"): OUTLINE | PROGRESS,
    ("reviewer", "read_file", "review_agreement"): frozenset({"files"}),
    ("reviewer", "act", "review_agreement"): frozenset(),
    ("sender", "read", "follow_progress"): PROGRESS,
    ("sender", "recall", "follow_progress"): frozenset(),
    ("supervisor", "read", "supervise"): OUTLINE | PROGRESS,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks: an agency system, or a supervisor of the centre."""

    agency: str
    role: Role = "agency"


@dataclass(frozen=True, slots=True)
class DisputeAccess:
    """What matters of a dispute to the policy: who stands in which relation to it now.

    `holders` have accepted its mediation, `reviewers` the confirmation of its agreement;
    `senders` are the agencies whose own referral is still under way or has ended with an outcome.
    """

    holders: frozenset[str] = frozenset()
    reviewers: frozenset[str] = frozenset()
    offered: frozenset[str] = frozenset()
    former_holders: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Allowed:
    """The act is allowed; of the dossier exactly `fields` may be shown."""

    fields: frozenset[Field]


@dataclass(frozen=True, slots=True)
class Denied:
    """The act is not allowed; `rule` says why, for the access log, not for the caller."""

    rule: Rule


def decide(
    subject: Subject, action: Action, target: DisputeAccess, purpose: Purpose
) -> Allowed | Denied:
    """Allowed by the union of what each relation allows; denied when none allows it."""
    relations = _relations(subject, target)
    granted = [
        ALLOWED[relation, action, purpose]
        for relation in relations
        if (relation, action, purpose) in ALLOWED
    ]
    if granted:
        return Allowed(frozenset().union(*granted))
    if not relations:
        return Denied("no_relation")
    return Denied("former_holder" if relations == ["former_holder"] else "default_deny")


def _relations(subject: Subject, target: DisputeAccess) -> list[Relation]:
    if subject.role == "supervisor":
        return ["supervisor"]
    members: dict[Relation, frozenset[str]] = {
        "holder": target.holders,
        "reviewer": target.reviewers,
        "offered": target.offered,
        "sender": target.senders,
        "former_holder": target.former_holders,
    }
    return [relation for relation, agencies in members.items() if subject.agency in agencies]
