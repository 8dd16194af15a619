"""The closed word lists of the contracts; their Chinese terms stand in docs/glossary.md."""

from typing import Literal

Channel = Literal["police", "window", "phone", "paper", "grid", "court", "petition"]
Level = Literal["village", "township", "county"]
Urgency = Literal["ordinary", "urgent", "danger"]
Mode = Literal["inform", "transfer", "assign", "entrust", "invite", "forward", "hand_over"]
"""告知 · 移送 · 委派 · 委托 · 邀请协助 · 转送 · 交办"""

Purpose = Literal["mediation", "confirmation"]

Stage = Literal[
    "registered",
    "offered",
    "accepted",
    "mediating",
    "agreed",
    "performed",
    "breached",
    "failed",
    "unplaced",
    "closing",
    "closed",
    "linked",
]
ReferralStatus = Literal[
    "offered", "received", "accepted", "declined", "silent", "concluded", "failed"
]
OFFERED: frozenset[ReferralStatus] = frozenset({"offered", "received"})
HELD: frozenset[ReferralStatus] = frozenset({"accepted"})
LIVE: frozenset[ReferralStatus] = OFFERED | HELD
ConfirmationStatus = Literal["applied", "accepted", "valid", "dismissed", "refused"]

Act = Literal[
    "receive",
    "accept",
    "decline",
    "start",
    "fail",
    "agree",
    "perform",
    "breach",
    "apply_confirmation",
    "rule",
    "apply_closing",
    "close",
]

DeclineReason = Literal[
    "conflict_of_interest",
    "out_of_scope",
    "not_our_place",
    "no_capacity",
    "special_organ",
    "court_has_it",
    "danger",
    "other",
]
FailReason = Literal["refused", "deadlocked", "unreachable", "withdrawn", "expired", "unfit"]
AgreementForm = Literal["written", "oral"]
Ruling = Literal["valid", "dismissed", "refused"]
ClosingOutcome = Literal["not_punished", "case_resumed", "settled", "unsettled"]

AgencyKind = Literal[
    "police",
    "court",
    "committee",
    "stationed_room",
    "specialist_committee",
    "centre",
    "procuratorate",
    "petition_bureau",
    "judicial_bureau",
    "exchange",
]
OPERATORS: frozenset[AgencyKind] = frozenset({"exchange"})
"""The kinds that operate the exchange: to them alone `/ops` and the directory's desk are open."""

MEDIATING: frozenset[AgencyKind] = frozenset(
    {"committee", "stationed_room", "specialist_committee", "centre"}
)
"""The kinds that mediate, and so may hold an agreement."""
