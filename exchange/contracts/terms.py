"""What a clerk reads for each closed word of the contracts: one table a list, no word without.

docs/glossary.md explains the same terms; a test holds the two together. A text for a clerk is
made by `said`: the Chinese term, the code in brackets.
"""

from collections.abc import Mapping
from typing import Any

from exchange.contracts.vocabulary import (
    Act,
    AgencyKind,
    Channel,
    ClosingOutcome,
    DeclineReason,
    FailReason,
    Ruling,
)

EVENTS: Mapping[str, str] = {
    "dispute.registered": "登记",
    "dispute.linked": "并案",
    "dispute.closed": "办结",
    "referral.offered": "对接要约",
    "referral.received": "签收",
    "referral.accepted": "受理",
    "referral.declined": "不予受理",
    "referral.escalated": "逐级上报",
    "mediation.started": "开始调解",
    "mediation.failed": "调解不成",
    "agreement.reached": "达成调解协议",
    "agreement.performed": "履行完毕",
    "agreement.breached": "未履行",
    "performance.recorded": "分期履行",
    "confirmation.applied": "申请司法确认",
    "confirmation.ruled": "司法确认结果",
    "closing.applied": "申请不予处罚",
    "clock.set": "起算",
    "clock.warned": "预警",
    "clock.expired": "逾期",
    "clock.reinstated": "恢复时限",
    "clock.stopped": "停止计时",
    "proposal.refused": "意见被拒",
}
"""The events of a dispute's story, and the answer beside it."""

ACTS: Mapping[Act, str] = {
    "receive": "签收",
    "accept": "受理",
    "decline": "退回",
    "start": "开始调解",
    "fail": "调解不成",
    "agree": "达成协议",
    "perform": "履行",
    "breach": "未履行",
    "apply_confirmation": "申请司法确认",
    "rule": "裁定",
    "apply_closing": "申请不予处罚",
    "close": "办结",
}

CHANNELS: Mapping[Channel, str] = {
    "police": "公安",
    "window": "窗口",
    "phone": "电话",
    "paper": "书面",
    "grid": "网格",
    "court": "法院",
    "petition": "信访",
}

DECLINE_REASONS: Mapping[DeclineReason, str] = {
    "conflict_of_interest": "回避",
    "out_of_scope": "不属受理范围",
    "not_our_place": "不属本辖区",
    "no_capacity": "力量不足",
    "special_organ": "依法由专门机关管辖",
    "court_has_it": "法院已受理",
    "danger": "有现实危险",
    "other": "其他",
}

FAIL_REASONS: Mapping[FailReason, str] = {
    "refused": "当事人拒绝",
    "deadlocked": "分歧过大",
    "unreachable": "无法联系",
    "withdrawn": "撤回申请",
    "expired": "期限届满",
    "unfit": "不宜调解",
}

RULINGS: Mapping[Ruling, str] = {
    "valid": "确认有效",
    "dismissed": "驳回申请",
    "refused": "不予受理",
}

OUTCOMES: Mapping[ClosingOutcome, str] = {
    "not_punished": "不予处罚",
    "case_resumed": "恢复办案",
    "settled": "化解",
    "unsettled": "未化解",
}

AGENCY_KINDS: Mapping[AgencyKind, str] = {
    "police": "派出所",
    "court": "人民法院",
    "committee": "人民调解委员会",
    "stationed_room": "驻所调解室、派驻调解室",
    "specialist_committee": "行业性、专业性人民调解委员会",
    "centre": "社会矛盾纠纷调处化解中心",
    "procuratorate": "人民检察院",
    "petition_bureau": "信访局",
    "judicial_bureau": "司法局",
    "exchange": "对接总线",
}

GROUNDS: Mapping[str, str] = {
    "all_parties": "当事人全部相同",
    "some_parties": "部分当事人相同",
    "same_township": "同一乡镇",
    "same_county": "同一区县",
    "same_kind": "同一类别",
    "days_apart": "相隔天数",
}
"""What two disputes have in common; `days_apart` is told with its number, after a colon."""


def said(code: str, terms: Mapping[Any, str]) -> str:
    """The term with its code in brackets; a word that the list does not have, as it is."""
    word, colon, number = code.partition(":")
    if word not in terms:
        return code
    return f"{terms[word]} {number}（{word}）" if colon else f"{terms[word]}（{word}）"
