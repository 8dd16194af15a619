"""The lifecycle, as one table: who may propose which act, from where, and what it leads to.

Every proposal is judged by its row before anything else; docs/lifecycle.md is drawn from it. What
an act also needs of its own facts (a notice given, a window open) is checked where it is told, in
`acts/`. Sources: 人民调解法 17-33, 民事诉讼法 205-206, 民诉解释 355-358, 治安管理处罚法 9,
程序规定 186; the climb is 三级四步 (衢江).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from exchange.contracts.events.base import ReferralStanding, Standing
from exchange.contracts.vocabulary import HELD, LIVE, OFFERED, Act, Purpose, ReferralStatus, Stage

Who = Literal["receiver", "origin"]
Basis = Literal["strict", "commuting"]
Key: TypeAlias = tuple[Act, Purpose | None]

OVER: frozenset[Stage] = frozenset({"closed", "linked"})
"""Stages that nothing leaves."""

CONFIRMABLE: frozenset[Stage] = frozenset({"agreed", "performed", "breached", "closing"})


@dataclass(frozen=True, slots=True)
class Step:
    """One row. `who` is the referral's receiver (its holder, once accepted) or the origin.

    `statuses` are the referral's, `stages` the dispute's, from which the act is possible. The
    basis of a `strict` act must be the last event that touched its referral (for an act on the
    dispute itself: the last that changed its stage). `leads_to` are the stages that may result,
    none where the stage stays; `tells` the events of the act itself, `rules` the gates that are
    checked besides. One that `undoes_silence` may come late, if it was timely; one that `says_why`
    names the missing condition itself where the stage does not fit.
    """

    title_zh: str
    who: Who
    stages: frozenset[Stage]
    statuses: frozenset[ReferralStatus] = frozenset()
    basis: Basis = "strict"
    leads_to: tuple[Stage, ...] = ()
    tells: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    undoes_silence: bool = False
    says_why: bool = False


def _at(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


LIFECYCLE: Mapping[Key, Step] = {
    ("receive", "mediation"): Step(
        "签收", "receiver", _at("offered", "accepted", "mediating"), OFFERED | HELD, "commuting",
        tells=("referral.received",),
    ),
    ("accept", "mediation"): Step(
        "受理", "receiver", _at("offered"), OFFERED,
        leads_to=("accepted",), tells=("referral.accepted",), undoes_silence=True,
    ),
    ("decline", "mediation"): Step(
        "不予受理", "receiver", _at("offered"), OFFERED,
        leads_to=("offered", "unplaced"),
        tells=("referral.declined", "referral.escalated", "referral.offered"),
        undoes_silence=True,
    ),
    ("start", "mediation"): Step(
        "开始调解", "receiver", _at("accepted", "mediating"), HELD,
        leads_to=("mediating",), tells=("mediation.started",),
    ),
    ("fail", "mediation"): Step(
        "调解不成", "receiver", _at("accepted", "mediating"), HELD,
        leads_to=("offered", "failed", "unplaced"),
        tells=("mediation.failed", "referral.escalated", "referral.offered"),
        rules=("mediation.failure.inform",),
    ),
    ("agree", "mediation"): Step(
        "达成协议", "receiver", _at("accepted", "mediating"), HELD,
        leads_to=("agreed",), tells=("agreement.reached",), rules=("agreement.instalments",),
    ),
    ("perform", "mediation"): Step(
        "履行（逐期）", "receiver", _at("agreed", "breached"), HELD, "commuting",
        leads_to=("agreed", "performed"),
        tells=("performance.recorded", "agreement.performed"),
        rules=("performance.order",),
    ),
    ("breach", "mediation"): Step(
        "未按期履行", "receiver", _at("agreed"), HELD,
        leads_to=("breached",), tells=("agreement.breached",),
        rules=("performance.unknown_instalment",),
    ),
    ("apply_confirmation", "mediation"): Step(
        "申请司法确认", "receiver", _at("agreed", "breached"), HELD,
        tells=("confirmation.applied", "referral.offered"),
        rules=(
            "confirmation.already", "confirmation.apply.window",
            "confirmation.apply.agreement", "confirmation.apply.court", "referral.too_many",
        ),
    ),
    ("receive", "confirmation"): Step(
        "法院签收", "receiver", CONFIRMABLE, OFFERED | HELD, "commuting",
        tells=("referral.received",),
    ),
    ("accept", "confirmation"): Step(
        "法院立案", "receiver", CONFIRMABLE, OFFERED, tells=("referral.accepted",),
    ),
    ("decline", "confirmation"): Step(
        "法院不予受理", "receiver", CONFIRMABLE, OFFERED,
        tells=("confirmation.ruled",), rules=("confirmation.refuse.ground",),
    ),
    ("rule", "confirmation"): Step(
        "裁定", "receiver", CONFIRMABLE, LIVE,
        tells=("confirmation.ruled",),
        rules=(
            "confirmation.ruling.unaccepted", "confirmation.refuse.ground",
            "confirmation.dismiss.ground",
        ),
    ),
    ("apply_closing", None): Step(
        "双方书面申请不予处罚", "origin", _at("performed"),
        leads_to=("closing",), tells=("closing.applied",),
        rules=(
            "closing.police_only", "police.close.agreement", "police.close.performed",
            "police.close.application",
        ),
        says_why=True,
    ),
    ("close", None): Step(
        "结案", "origin",
        _at("registered", "unplaced", "performed", "breached", "failed", "closing"),
        leads_to=("closed",), tells=("dispute.closed",),
        rules=(
            "police.close.in_scope", "police.close.agreement", "police.close.performed",
            "police.close.application", "police.close.approval", "closing.after_end",
            "closing.outcome",
        ),
        says_why=True,
    ),
}  # fmt: skip


def acts_allowed(
    standing: Standing | None, agency: str, referral_id: str | None
) -> tuple[Act, ...]:
    """What that agency may propose now: on that referral, or on the dispute where none is named.

    Further conditions of an act's own facts are not looked at.
    """
    if standing is None or standing.stage in OVER:
        return ()
    referral = standing.referral(referral_id) if referral_id else None
    if referral_id is not None and referral is None:
        return ()
    purpose = referral.purpose if referral else None
    return tuple(
        act
        for (act, of), step in LIFECYCLE.items()
        if of == purpose
        and is_party(step, standing, referral, agency)
        and is_possible(step, standing, referral)
    )


def is_party(step: Step, standing: Standing, referral: ReferralStanding | None, who: str) -> bool:
    """Whether the act is that agency's to propose."""
    if step.who == "origin":
        return standing.origin == who
    return referral is not None and referral.receiver == who


def is_possible(step: Step, standing: Standing, referral: ReferralStanding | None) -> bool:
    """Whether dispute and referral stand where the act can be done."""
    fits = referral is None or referral.status in step.statuses
    return fits and standing.stage in step.stages
