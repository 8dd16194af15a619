"""Why a proposal may not become a fact: a gate of the law, or a rule of the story itself.

`proposal.refused` is the answer to its proposer, beside the ledger: with the rule, the reason in
both languages, and the acts that are allowed now.
"""

from collections.abc import Mapping
from datetime import datetime

from exchange.chassis.decider import Alarm, Decision, Effect, Publish, View
from exchange.contracts.events.proposals import ProposalMadeV1
from exchange.contracts.events.routing import ProposalRefusedV1
from exchange.contracts.topics import REFERRALS
from law import LawInForce
from services.routing.lifecycle import acts_allowed
from services.routing.state import DisputeState
from services.routing.story import answered

OWN_RULES: Mapping[str, tuple[str, str]] = {
    "act.not_now": (
        "纠纷现在的状态不能办理这一项",
        "the act does not fit where the dispute stands",
    ),
    "act.future": ("办理日期晚于提交之日，请核对", "the act's day lies after the day it was sent"),
    "basis.stale": (
        "所据情况已有变化，请查看最新进展后重新提交",
        "the story has moved on since the sequence that this is based on",
    ),
    "holder.not_yours": (
        "这件对接不在贵单位，不能由贵单位办理",
        "this referral is not with your agency",
    ),
    "referral.unknown": ("没有这件对接，请核对编号", "there is no such referral"),
    "referral.too_many": (
        "本纠纷的对接次数已达上限，请联系区中心人工处理",
        "this dispute was handed over too often; a person decides",
    ),
    "referral.wrong_purpose": (
        "这一项不能在这类对接上办理",
        "this act is not one of referrals of this purpose",
    ),
    "dispute.closed": ("纠纷已办结，不再办理", "the dispute is closed"),
    "dispute.linked": (
        "本案码已并入另一件，请在主案码下办理",
        "this code leads to another one; act there",
    ),
    "dispute.unregistered": (
        "纠纷尚未登记，待办意见已达上限，请登记后重新提交",
        "the dispute is not registered and too many proposals wait for it; send it again later",
    ),
    "late.after_end": (
        "受理时限届满后才作出，要约已按无答复处理",
        "the act was done after the limit; the offer counts as unanswered",
    ),
    "late.other_accepted": (
        "期限内作出，但送达时另一机构已受理；已提请人工处理",
        "timely, but another agency had accepted when it arrived; raised to a person",
    ),
    "agreement.instalments": (
        "分期数至少为 1（一次履行的也算一期）",
        "an agreement has at least one instalment",
    ),
    "performance.order": (
        "分期履行应逐期登记，请先登记上一期",
        "instalments are recorded in their order",
    ),
    "performance.unknown_instalment": (
        "没有这一期，或者这一期已履行",
        "there is no such instalment, or it is paid already",
    ),
    "confirmation.already": (
        "司法确认已申请过，不能重复申请",
        "judicial confirmation was applied for already",
    ),
    "confirmation.refuse.ground": (
        "不予受理须写明民诉法解释第355条的具体情形",
        "a refusal to accept names its ground of article 355",
    ),
    "confirmation.dismiss.ground": (
        "驳回申请须写明民诉法解释第358条（或者受理后发现的第355条）的具体情形",
        "a dismissal names its grounds of article 358, or of 355 found after acceptance",
    ),
    "confirmation.ruling.unaccepted": (
        "法院尚未受理，不能裁定有效或者驳回",
        "the court has not accepted the application",
    ),
    "closing.police_only": (
        "只有公安机关移送的治安案件才申请不予处罚",
        "only a public-security case of the police is closed without penalty",
    ),
    "closing.outcome": (
        "这一结案结果不适用于本件现在的状态",
        "this outcome does not fit the matter as it stands",
    ),
    "closing.after_end": (
        "已超过办案期限，不能据此不予处罚结案；请依法处理案件",
        "the statutory end of the case has passed",
    ),
}


NO_ARTICLE = (
    "办理条件不齐；这一条件在行为当日当地没有现行条文，请人工核对",
    "a condition is not met; no article of it was in force there on that day",
)
"""What a story still needs where its gate's own article is not in force."""


class Unlawful(Exception):
    """A proposal that may not become a fact. `alarm` is raised where a person must look too."""

    def __init__(
        self, rule: str, message_zh: str, message_en: str, alarm: Alarm | None = None
    ) -> None:
        super().__init__(f"{rule}: {message_en}")
        self.rule, self.message_zh, self.message_en = rule, message_zh, message_en
        self.alarm = alarm


def unlawful(rule: str, *, because_zh: str = "", alarm: Alarm | None = None) -> Unlawful:
    """A refusal by one of the story's own rules."""
    message_zh, message_en = OWN_RULES[rule]
    return Unlawful(rule, f"{message_zh}{because_zh}", message_en, alarm)


def not_met(here: LawInForce, gate_id: str) -> Unlawful:
    """A refusal by a gate of the law, with its article as of that day in that place."""
    gate = here.gate(gate_id)
    if gate is None:
        return Unlawful(gate_id, *NO_ARTICLE)
    return Unlawful(
        gate.id,
        f"{gate.message_zh}（{gate.citation_zh}）",
        f"{gate.message_en} ({gate.citation_en})",
    )


def refuse(
    state: DisputeState, proposal: ProposalMadeV1, why: Unlawful, view: View, now: datetime
) -> Decision[DisputeState]:
    """The answer to a proposal that changes nothing."""
    refused = ProposalRefusedV1(
        dispute_code=view.code,
        proposal_id=proposal.proposal_id,
        number=proposal.number,
        agency=proposal.actor,
        referral_id=proposal.referral_id,
        act=proposal.facts.act,
        rule=why.rule,
        message_zh=why.message_zh,
        message_en=why.message_en,
        acts_allowed=acts_allowed(state.standing, proposal.actor, proposal.referral_id),
        legal_at=now,
    )
    effects: tuple[Effect, ...] = (Publish(REFERRALS.name, refused),)
    if why.alarm is not None:
        effects = (*effects, why.alarm)
    after = state.changed(answered=answered(state, proposal))
    return Decision(after, effects)
